"""What it costs to draw the waiting room in a browser: the kernel's CPU, bytes, and the delays of messages.

Prints the figures: see with ``pytest -s``.  They are counts, and ratios within one run.
"""

import json
import time

import pytest
from effort import QUIET
from notebook_page import NotebookPage, check_console, check_ran
from test_waiting_room import Room

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SECONDS = 6.0  # in which CPU and bytes are counted
MOST_BYTES = 40_000  # a second: pictures of matplotlib's took 200,000
SHOW = """from pollerlab.live import Settings, WaitingRoom, run, ways
room = WaitingRoom(Settings("busy"), limit=60)
room"""
DELAYS = """import json, statistics, time

def quartiles(trial):
    return statistics.quantiles(trial.delays, n=4)

def drawn(way):
    room.settings = Settings(way, timeout_ms=20)
    room._trials = ()
    room.start()
    until = time.monotonic() + 20
    while not (room._trials and room._trials[0].seconds >= 1.5) and time.monotonic() < until:
        time.sleep(0.05)
    room.stop()
    return quartiles(room._trials[0])

def alone(way):
    return quartiles(run(Settings(way, timeout_ms=20), 1.8))

print(json.dumps({way: [[drawn(way), alone(way)] for _ in range(2)] for way in ways.WAYS}))"""


@pytest.fixture
def open_room(lab, window):
    """A function that opens a page with the room alone, and a cell after it.

    What comes through the websockets of the page has its sizes in ``notebook.bytes``.
    """
    context, _ = window
    page = context.new_page()
    opened = []

    def count(data):
        opened[-1].bytes.append(len(data))

    def open_one(cell):
        notebook = NotebookPage(page, lab)
        notebook.bytes = []
        opened.append(notebook)
        page.on("websocket", lambda socket: socket.on("framereceived", count))
        notebook.open(lab.write("drawing.ipynb", SHOW, cell))
        notebook.run_all(200)
        check_ran(notebook)
        return notebook

    yield open_one
    for notebook in opened:
        notebook.close()
    page.close()


def cpu_of_kernels(lab):
    """The CPU seconds of the kernels, without what they have started."""
    kernels = [child for child in lab.process.children() if "ipykernel_launcher" in child.cmdline()]
    return sum(sum(kernel.cpu_times()[:2]) for kernel in kernels)


def test_what_the_kernel_does_for_a_picture_that_moves(open_room, lab):
    notebook = open_room("1")
    room = Room(notebook)
    room.press("Start")
    room.says("busy: 1\\d\\d messages", 20)
    cpu, came = cpu_of_kernels(lab), sum(notebook.bytes)
    begin = time.monotonic()
    notebook.page.wait_for_timeout(1000 * SECONDS)
    took = time.monotonic() - begin
    cpu, came = (cpu_of_kernels(lab) - cpu) / took, (sum(notebook.bytes) - came) / took
    room.press("Stop")
    room.says("It was stopped")
    print(f"the kernel: {100 * cpu:.1f} % of a core; {came / 1000:.1f} kB/s through the websocket")
    check_console(notebook)
    assert 0 < came < MOST_BYTES


def in_words(pair):
    return " and ".join("/".join(f"{1000 * delay:.3g}" for delay in quartiles) for quartiles in pair) + ";"


@pytest.mark.skipif(not QUIET, reason="minutes of a quiet machine: QUIET=1 make browser")
def test_to_draw_delays_no_message(open_room):
    notebook = open_room(DELAYS)
    ratios = {}
    for way, pairs in json.loads(notebook.printed()).items():
        print(f"{way}: quartiles of delay in ms, drawn and alone:", *map(in_words, pairs), end=" ")
        ratios[way] = min(drawn[1] / alone[1] for drawn, alone in pairs)
        print(f"ratio of medians {ratios[way]:.2f}")
    assert max(ratios.values()) < 3
