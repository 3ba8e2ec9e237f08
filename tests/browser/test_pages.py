"""Each page, run in JupyterLab in a real browser, in the light and in the dark theme.

Leaves ``build/screenshots/NOTEBOOK-THEME.png`` to look at.  Chromium is found on the path, or named in
the environment variable CHROMIUM.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nbformat
import psutil
import pytest
from kernels import NOTEBOOKS, ROOT
from until import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCREENSHOTS = ROOT / "build" / "screenshots"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTH = 1100  # of the window in CSS pixels
SECONDS = 60


def clear_copy(folder):
    """The notebooks in *folder* without outputs, so that what the page shows was run there."""
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / path.name)


def write_settings(folder, theme):
    settings = {
        # All cells stay in the page, also those out of sight.
        "notebook-extension/tracker": {"windowingMode": "none"},
        "apputils-extension/themes": {"theme": theme},
    }
    for name, value in settings.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))


@pytest.fixture(scope="session", params=THEMES)
def lab(request, tmp_path_factory):
    """A JupyterLab over cleared copies of the notebooks, in one theme: ``(address, theme)``."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "notebooks").mkdir()
    clear_copy(folder / "notebooks")
    write_settings(folder / "settings", THEMES[request.param])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "--ServerApp.root_dir": folder,
        "--ServerApp.ip": "127.0.0.1",
        "--ServerApp.port": port,
        "--ServerApp.port_retries": 0,
        "--IdentityProvider.token": "",
        "--LabApp.app_settings_dir": ROOT / "tools" / "lab",
        "--LabApp.user_settings_dir": folder / "settings",
        "--LabApp.workspaces_dir": folder / "workspaces",
    }
    address = f"http://127.0.0.1:{port}"
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
            + [f"{name}={value}" for name, value in options.items()],
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: server.poll() is not None or answers(f"{address}/api"), SECONDS)
        assert server.poll() is None, (folder / "log").read_text()
        yield address, request.param
    finally:
        server.terminate()
        server.wait(SECONDS)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=1) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "there is no Chromium: install it, or name it in the environment variable CHROMIUM"
    from playwright.sync_api import sync_playwright  # `make browser` installs it, `make test` does not

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def test_nothing_is_saved_unless_the_reader_saves_it(lab):
    """By the settings of `make lab`, which the pages here run under as well."""
    address, _ = lab
    plugin = f"{address}/lab/api/settings/@jupyterlab/docmanager-extension:plugin"
    with urllib.request.urlopen(plugin, timeout=SECONDS) as reply:
        assert json.load(reply)["schema"]["properties"]["autosave"]["default"] is False
    assert "--LabApp.app_settings_dir=tools/lab " in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_page_runs_and_shows_its_pictures(lab, browser, path):
    from playwright.sync_api import expect

    address, theme = lab
    stored = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.goto(f"{address}/lab/tree/notebooks/{path.name}?reset")
    notebook = page.locator(".jp-NotebookPanel:visible")
    prompts = notebook.locator(".jp-CodeCell .jp-InputPrompt")
    expect(prompts).to_have_count(len(stored), timeout=1000 * SECONDS)
    # Before the kernel is connected, "Run All" runs only the text.
    idle = page.locator("#jp-main-statusbar").get_by_text("| Idle")
    expect(idle).to_be_visible(timeout=1000 * SECONDS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    # JupyterLab shows no number beside a collapsed cell, which is a solution: that one says so in its output.
    folded = [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in stored]
    counts = ["" if hidden else f"[{number}]:" for number, hidden in enumerate(folded, 1)]
    solved = notebook.locator(".jp-OutputArea-output pre").filter(has_text=re.compile("^Solved: "))

    def has_run():
        return prompts.all_text_contents() == counts and solved.count() == sum(folded)

    try:
        until(lambda: has_run() or errors(notebook), SECONDS)
    except TimeoutError:
        page.screenshot(path=SCREENSHOTS / f"{path.stem}-{theme}-stuck.png")
        raise
    assert errors(notebook) == []
    assert has_run()
    pictures = [out for cell in stored for out in cell.outputs if "image/png" in out.get("data", {})]
    images = notebook.locator(".jp-OutputArea-output img")
    until(lambda: images.count() >= len(pictures))  # a widget may have more of them
    until(lambda: all(image.evaluate("image => image.naturalWidth") > 0 for image in images.all()))
    claims = notebook.locator(".jp-OutputArea-output pre").filter(has_text=re.compile("✓"))
    expect(claims.first).to_be_visible()
    take_picture(page, SCREENSHOTS / f"{path.stem}-{theme}.png")
    page.close()


def errors(notebook):
    return notebook.locator("[data-mime-type$=stderr]").all_inner_texts()


def take_picture(page, path):
    """Of the whole notebook: the window is made as high as it is."""
    page.keyboard.press("Control+b")  # close the side bar
    outer = page.locator(".jp-NotebookPanel:visible .jp-WindowedPanel-outer")
    height = outer.evaluate("outer => outer.scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": height + 150})
    outer.evaluate("outer => outer.scrollTo(0, 0)")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)


def test_the_waiting_room_moves_obeys_and_recovers(lab, browser):
    """Prints the frames a second and the seconds from a slider to its effect: see with ``pytest -s``."""
    address, theme = lab
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.goto(f"{address}/lab/tree/notebooks/11_waiting_room.ipynb?reset")
    notebook = page.locator(".jp-NotebookPanel:visible")
    idle = page.locator("#jp-main-statusbar").get_by_text("| Idle")
    idle.wait_for(timeout=1000 * SECONDS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    solved = notebook.locator(".jp-OutputArea-output pre").filter(has_text="A shorter timeout made")
    solved.wait_for(timeout=1000 * SECONDS)

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
        says(rf"(?s){re.escape(way)}, 4 sockets.*\b{messages}\d messages", 20)

    notebook.get_by_label("wait by").select_option("busy")
    press("Start")
    says(r"(?s)busy, 4 sockets.*\b1\d\d messages", 20)
    frames = notebook.locator(".jupyter-widgets.widget-image").first.evaluate(FRAMES_IN_2_SECONDS) / 2
    busy = cpu()
    take_picture(page, SCREENSHOTS / f"waiting-room-running-{theme}.png")
    run_for("zmq.Poller", 1)
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
    take_picture(page, SCREENSHOTS / f"waiting-room-map-{theme}.png")
    print(
        f"{frames:.1f} frames a second, {took:.2f} s from slider to effect, {busy:g} %, {poller:g} %"
    )
    assert frames >= 4
    assert took <= 1
    assert busy > 20 * poller
    assert errors(notebook) == []
    page.close()


FRAMES_IN_2_SECONDS = """image => new Promise(done => {
    let frames = 0;
    const observer = new MutationObserver(() => frames++);
    observer.observe(image, {attributes: true, attributeFilter: ["src"]});
    setTimeout(() => { observer.disconnect(); done(frames); }, 2000);
})"""
