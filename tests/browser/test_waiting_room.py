"""The waiting room in a real browser: it moves, obeys, and recovers.

Prints the frames a second and the seconds from a slider to its effect: see with ``pytest -s``.
"""

import re
import time

import pytest
from census import experiments
from notebook_page import HEIGHT, THEMES, WIDTH, check_console, check_ran
from server import SCREENSHOTS
from until import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WIDTHS = (480, 800, 1300)  # CSS pixels of the window
MANY = r"(?:[7-9]\d|\d{3})"  # messages: a run is on the map once it is so long
FRAMES_IN_2_SECONDS = """canvas => new Promise(done => {
    let frames = 0  // each begins with an empty canvas
    const {clearRect} = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        if (this.canvas === canvas) frames++
        clearRect.apply(this, box)
    }
    setTimeout(() => { CanvasRenderingContext2D.prototype.clearRect = clearRect; done(frames) }, 2000)
})"""
SMALL_LABELS = """box => [...box.querySelectorAll("svg text, label, button, .widget-label")]
    .filter(part => parseFloat(getComputedStyle(part).fontSize) < 11).map(part => part.textContent)"""

CHANGE_OWN = """async ([from, to]) => {
    const {content} = window.panel
    const sources = content.widgets.map(cell => cell.model.sharedModel)
    const place = sources.findIndex(cell => cell.source.startsWith("def take_all("))
    sources[place].setSource(sources[place].source.replace(from, to))
    content.deselectAll()
    content.activeCellIndex = place
    await window.jupyterapp.commands.execute("notebook:run-cell")
}"""
BROKEN = [  # what stands for the call of work() in the reader's loop, and what the room says of it
    ("1 / 0", r"It raised ZeroDivisionError: division by zero, in the line `1 / 0`\."),
    ("while True: pass", r"It hangs: for \d+ s it has taken no message"),
    ("while True: print('tick')", r"It prints: tick \.\.\."),
]


def test_the_waiting_room_moves_obeys_and_recovers(run_notebook):
    notebook = run_notebook("11_waiting_room.ipynb")
    check_ran(notebook)
    room = Room(notebook)
    it_moves_and_shows_what_a_way_costs(room)
    each_run_leaves_a_dot(room)
    it_obeys_while_it_runs(room)
    a_dot_is_pointed_at_replayed_saved_and_removed(room)
    it_fits_each_width(room)
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

    def go_on(self):
        """Start again, if it has stopped by itself: all of this may take long on a crowded machine."""
        if self.button("Start").is_enabled():
            self.press("Start")
            self.says("It stops in")

    def button(self, name):
        return self.panel.get_by_role("button", name=name, exact=True)

    def text(self):
        return "\n".join(self.panel.locator(".jupyter-widgets.widget-html").all_inner_texts())

    def says(self, pattern, seconds=10):
        """Wait until it says so: after how many seconds it did."""
        begin = time.monotonic()
        try:
            until(lambda: re.search(pattern, self.text()), seconds)
        except TimeoutError:
            raise AssertionError(f"it does not say {pattern!r}, but:\n{self.text()}") from None
        return time.monotonic() - begin

    def choose(self, way):
        self.panel.get_by_label("wait by").select_option(way)

    def title(self):
        """What the picture of the lanes says that it is."""
        return self.panel.locator("canvas").get_attribute("aria-label")

    def change_own(self, old, new):
        """Change a text in the cell with the reader's own loop, and run the cell."""
        self.notebook.page.evaluate(CHANGE_OWN, [old, new])

    def children(self):
        """The processes that run an experiment."""
        return experiments(self.notebook.lab.process)

    def wanted(self):
        """The CPU that the thread wants, in per cent of a core."""
        return float(re.search(r"([\d.]+) % of a core wanted", self.text()).group(1))


def it_moves_and_shows_what_a_way_costs(room):
    room.choose("busy")
    until(lambda: "Would run: busy, 4 sockets" in room.title())
    room.press("Start")
    until(lambda: "Runs: busy, 4 sockets" in room.title())
    room.says(rf"busy: {MANY} messages", 20)
    frames = room.panel.locator("canvas").evaluate(FRAMES_IN_2_SECONDS) / 2
    busy = room.wanted()
    room.notebook.take_picture(SCREENSHOTS / "11_waiting_room-running.png")
    room.choose("zmq.Poller")
    room.says(rf"zmq\.Poller: {MANY} messages", 20)
    poller = room.wanted()
    print(f"{frames:.1f} frames a second; busy wants {busy:g} %, the poller {poller:g} %")
    assert frames >= 30
    assert busy > 80
    assert busy > 20 * poller


def each_run_leaves_a_dot(room):
    for way in ("nap", "blocking recv", "zmq.Poller"):
        room.choose(way)
        room.says(rf"{way}: {MANY} messages", 20)
    room.says(r"(?s)1\. busy, .*2\. zmq\.Poller, .*3\. nap, .*4\. blocking recv, ")
    room.notebook.take_picture(SCREENSHOTS / "11_waiting_room-map.png")
    box = room.panel.locator(".jp-OutputArea-output > .jupyter-widgets").first
    room.notebook.take_picture(SCREENSHOTS / "waiting-room.png", box)


def it_obeys_while_it_runs(room):
    room.panel.get_by_role("slider").first.focus()
    room.notebook.page.keyboard.press("ArrowRight")
    took = room.says("zmq.Poller, 5 sockets")
    print(f"{took:.2f} s from slider to effect")
    assert took <= 0.5
    room.press("Stop")
    room.says("It was stopped")


def a_dot_is_pointed_at_replayed_saved_and_removed(room):
    dots = room.panel.locator("svg [role=button]")
    before = dots.count()
    dots.first.hover()
    room.panel.get_by_text(re.compile(r"^1\. busy, 4 sockets")).first.wait_for()
    dots.first.focus()
    room.press("Replay")
    until(lambda: "Replay of run 1: busy, 4 sockets" in room.title())
    for kind, begin in (("CSV", "way,sockets,rate,"), ("JSON", "[\n {")):
        with room.notebook.page.expect_download() as download:
            room.press(f"Save as {kind}")
        assert download.value.path().read_text().startswith(begin)
    dots.first.focus()
    room.press("Remove")
    until(lambda: dots.count() == before - 1)


def it_fits_each_width(room):
    page = room.notebook.page
    room.press("Start")
    room.says(r"zmq\.Poller: \d+ messages")
    for width in WIDTHS:
        for theme in THEMES:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            room.notebook.set_theme(theme)
            room.go_on()
            box = room.panel.locator(".jp-OutputArea-output > .jupyter-widgets").first
            output = room.panel.locator(".jp-OutputArea-output:has(canvas)")
            until(
                lambda output=output: output.evaluate(
                    "output => output.scrollWidth <= output.clientWidth + 1"
                )
            )
            assert box.evaluate(SMALL_LABELS) == []
            frames = room.panel.locator("canvas").evaluate(FRAMES_IN_2_SECONDS) / 2
            print(f"{width} pixels, {theme}: {frames:.1f} frames a second")
            assert frames >= 30
            box.screenshot(path=SCREENSHOTS / f"room-{width}-{theme}.png")
    room.notebook.set_theme("light")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    room.go_on()
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


def test_a_loop_of_the_readers_is_run_broken_and_mended(run_notebook):
    notebook = run_notebook("11_waiting_room.ipynb")
    check_ran(notebook)
    room = Room(notebook)
    box = room.panel.locator(".jp-OutputArea-output > .jupyter-widgets").first
    room.choose("take_all")
    room.press("Start")
    for number, (broken, said) in enumerate(BROKEN, 1):
        room.says(r"take_all: \d+ messages", 20)
        assert "Runs: take_all, 4 sockets" in room.title()
        room.change_own("work()", broken)
        assert broken in room.panel.locator(".widget-html pre").last.inner_text()
        room.says(said, 20)
        box.screenshot(path=SCREENSHOTS / f"room-own-{number}.png")
        room.choose("nap")
        if "raised" in said:  # it has ended
            room.press("Start")
        room.says(r"nap: \d+ messages", 20)
        room.change_own(broken, "work()")
        room.choose("take_all")
    room.says(rf"take_all: {MANY} messages", 20)
    room.press("Stop")
    room.says(r"It was stopped")
    room.says(r"\d+\. take_all, 4 sockets")
    box.screenshot(path=SCREENSHOTS / "room-own-mended.png")
    check_console(notebook)


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
