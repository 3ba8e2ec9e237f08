"""The waiting room in a real browser: it moves, obeys, and recovers.

Prints the frames a second and the seconds from a slider to its effect: see with ``pytest -s``.
"""

import re
import time

import psutil
import pytest
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
    room = run_notebook("11_waiting_room.ipynb")
    check_ran(room)
    page = room.page
    notebook = page.locator(".jp-NotebookPanel:visible")

    def press(name):
        notebook.get_by_role("button", name=name, exact=True).click()

    def text():
        return notebook.locator(".jupyter-widgets.widget-html").all_inner_texts()

    def says(pattern, seconds=10):
        begin = time.monotonic()
        until(lambda: re.search(pattern, "\n".join(text())), seconds)
        return time.monotonic() - begin

    def cpu():
        return float(re.search(r"([\d.]+) % of a core; ", "\n".join(text())).group(1))

    def run_for(way, messages):
        notebook.get_by_label("wait by").select_option(way)
        says(rf"(?s){re.escape(way)}, 4 sockets.*\b[{messages}]\d messages", 20)

    notebook.get_by_label("wait by").select_option("busy")
    press("Start")
    says(r"(?s)busy, 4 sockets.*\b1\d\d messages", 20)
    frames = notebook.locator(".jupyter-widgets.widget-image").first.evaluate(FRAMES_IN_2_SECONDS) / 2
    busy = cpu()
    room.take_picture(SCREENSHOTS / "11_waiting_room-running.png")
    run_for("zmq.Poller", "3-9")
    poller = cpu()
    slider = notebook.get_by_role("slider").nth(0)
    slider.focus()
    page.keyboard.press("ArrowRight")
    took = says("zmq.Poller, 5 sockets")
    press("Stop")
    says("It was stopped")
    notebook.get_by_role("button", name="Start", exact=True).dblclick()
    says("It stops in")
    children = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "pollerlab.child" in (process.info["cmdline"] or [])
    ]
    assert len(children) == 1
    children[0].kill()
    says("ended by itself")
    press("Start")
    says("It stops in")
    press("Stop")
    says("It was stopped")
    room.take_picture(SCREENSHOTS / "11_waiting_room-map.png")
    print(f"{frames:.1f} frames a second, {took:.2f} s from slider to effect, {busy:g} %, {poller:g} %")
    assert frames >= 4
    assert took <= 1
    assert busy > 20 * poller
    check_console(room)
