"""The waiting room in a real browser: it moves, obeys, and recovers.

Prints the frames a second and the seconds from a slider to its effect: see with ``pytest -s``.
"""

import re
import time

import pytest
from census import experiments
from notebook_page import check_console, check_ran
from server import SCREENSHOTS
from until import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FRAMES_IN_2_SECONDS = """image => new Promise(done => {
    let frames = 0;
    const observer = new MutationObserver(() => frames++);
    observer.observe(image, {attributes: true, attributeFilter: ["src"]});
    setTimeout(() => { observer.disconnect(); done(frames); }, 2000);
})"""


def test_the_waiting_room_moves_obeys_and_recovers(run_notebook):
    notebook = run_notebook("11_waiting_room.ipynb")
    check_ran(notebook)
    room = Room(notebook)
    it_moves_and_shows_what_a_way_costs(room)
    each_run_leaves_a_dot(room)
    it_obeys_while_it_runs(room)
    to_start_twice_starts_one_child(room)
    a_killed_child_is_told_of_and_the_next_start_works(room)
    an_interrupt_of_the_kernel_does_not_end_a_run(room)
    check_console(notebook)
    a_restart_of_the_kernel_ends_the_run_and_the_page_runs_again(room)


class Room:
    """The page of 11, as a reader uses it."""

    def __init__(self, notebook):
        self.notebook = notebook
        self.panel = notebook.page.locator(".jp-NotebookPanel:visible")

    def press(self, name):
        self.button(name).click()

    def button(self, name):
        return self.panel.get_by_role("button", name=name, exact=True)

    def text(self):
        return "\n".join(self.panel.locator(".jupyter-widgets.widget-html").all_inner_texts())

    def says(self, pattern, seconds=10):
        """Wait until it says so: after how many seconds it did."""
        begin = time.monotonic()
        until(lambda: re.search(pattern, self.text()), seconds)
        return time.monotonic() - begin

    def choose(self, way):
        self.panel.get_by_label("wait by").select_option(way)

    def children(self):
        """The processes that run an experiment."""
        return experiments(self.notebook.lab.process)

    def wanted(self):
        """The CPU that the thread wants, in per cent of a core."""
        return float(re.search(r"([\d.]+) % of a core wanted", self.text()).group(1))


def it_moves_and_shows_what_a_way_costs(room):
    room.choose("busy")
    room.press("Start")
    room.says(r"busy: 1\d\d messages", 20)
    image = room.panel.locator(".jupyter-widgets.widget-image").first
    frames = image.evaluate(FRAMES_IN_2_SECONDS) / 2
    busy = room.wanted()
    room.notebook.take_picture(SCREENSHOTS / "11_waiting_room-running.png")
    room.choose("zmq.Poller")
    room.says(r"zmq\.Poller: [7-9]\d messages", 20)
    poller = room.wanted()
    print(f"{frames:.1f} frames a second; busy wants {busy:g} %, the poller {poller:g} %")
    assert frames >= 4
    assert busy > 80
    assert busy > 20 * poller


def each_run_leaves_a_dot(room):
    for way in ("nap", "blocking recv", "zmq.Poller"):
        room.choose(way)
        room.says(rf"{way}: [7-9]\d messages", 20)
    room.says(r"(?s)1\. busy, .*2\. zmq\.Poller, .*3\. nap, .*4\. blocking recv, ")
    room.notebook.take_picture(SCREENSHOTS / "11_waiting_room-map.png")
    box = room.panel.locator(".jp-OutputArea-output > .jupyter-widgets").first
    room.notebook.take_picture(SCREENSHOTS / "waiting-room.png", box)


def it_obeys_while_it_runs(room):
    room.panel.get_by_role("slider").first.focus()
    room.notebook.page.keyboard.press("ArrowRight")
    took = room.says("zmq.Poller, 5 sockets")
    print(f"{took:.2f} s from slider to effect")
    assert took <= 1
    room.press("Stop")
    room.says("It was stopped")


def to_start_twice_starts_one_child(room):
    room.button("Start").dblclick()
    room.says("It stops in")
    assert len(room.children()) == 1


def a_killed_child_is_told_of_and_the_next_start_works(room):
    (child,) = room.children()
    child.kill()
    room.says("ended by itself")
    room.press("Start")
    room.says("It stops in")


def an_interrupt_of_the_kernel_does_not_end_a_run(room):
    (child,) = room.children()
    room.notebook.interrupt_kernel()
    moment = re.search(r"It stops in (\d+) s", room.text()).group(1)
    until(lambda: moment not in re.search(r"It stops in (\d+) s", room.text()).group(1))
    assert room.children() == [child]
    room.press("Stop")
    room.says("It was stopped")


def a_restart_of_the_kernel_ends_the_run_and_the_page_runs_again(room):
    room.press("Start")
    room.says("It stops in")
    room.notebook.restart_kernel()
    until(lambda: not room.children())
    room.notebook.run_all()
    check_ran(room.notebook)
    room.press("Start")
    room.says("It stops in")
    room.press("Stop")
    room.says("It was stopped")
