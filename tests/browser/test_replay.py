"""A notebook with stored outputs in JupyterLab, of which no cell is run: its live page replays recorded runs.

So does one that a reader has run and saved, when it is opened again.

Leaves ``build/screenshots/replay-NOTEBOOK-WIDTH-THEME.png`` to look at.
"""

import shutil

import pytest
from notebook_page import HEIGHT, THEMES, WIDTH, check_console, check_ran
from replays import WITH_RECORDED_RUNS, check_each_control_picks_its_run, recorded_data, recorded_page
from server import SCREENSHOTS
from until import until

from pollerlab.live.replay import LIVE_PAGE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

WIDTHS = (480, 1100)  # CSS pixels of the window


@pytest.mark.parametrize("path", WITH_RECORDED_RUNS, ids=lambda path: path.stem)
def test_a_trusted_notebook_replays_recorded_runs_without_being_run(lab, open_notebook, path):
    (lab.root / "stored").mkdir(exist_ok=True)
    shutil.copy(path, lab.root / "stored")
    notebook = open_notebook(f"stored/{path.name}")
    page = notebook.page
    root = page.locator(".jp-NotebookPanel:visible .recorded-runs")
    until(lambda: "This is a still picture of a run." in root.inner_text())
    assert root.locator("img").evaluate("picture => picture.naturalWidth") > 300
    assert root.locator("script, canvas").count() == 0
    page.evaluate("() => { jupyterapp.commands.execute('notebook:trust') }")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    check_each_control_picks_its_run(root, recorded_data(recorded_page(path)))
    for theme in THEMES:
        notebook.set_theme(theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            until(lambda: root.evaluate("root => root.scrollWidth <= root.clientWidth"))
            root.screenshot(path=SCREENSHOTS / f"replay-{path.stem}-{width}-{theme}.png")
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    check_console(notebook)


def test_a_notebook_that_was_run_and_saved_replays_its_runs_when_it_is_opened_again(lab, run_notebook):
    path = "saved/11_waiting_room.ipynb"  # a copy: other tests want it without outputs
    (lab.root / path).parent.mkdir()
    shutil.copy(lab.root / "notebooks" / "11_waiting_room.ipynb", lab.root / path)
    notebook = run_notebook(path)
    page = notebook.page
    check_ran(notebook)
    live, recorded = (
        page.locator(f".jp-NotebookPanel:visible .{name}") for name in (LIVE_PAGE, "recorded-runs")
    )
    until(live.first.is_visible)
    until(lambda: not recorded.first.is_visible())
    page.evaluate("() => window.panel.context.save()")
    page.evaluate("() => window.panel.dispose()")
    lab.end_kernels()
    notebook.open(path)
    (stored,) = (
        html
        for cell in notebook.cells()
        for output in cell["outputs"]
        if "recorded-runs" in (html := "".join(output.get("data", {}).get("text/html", "")))
    )
    check_each_control_picks_its_run(recorded, recorded_data(stored))
    assert not page.get_by_text("displaying widget").is_visible()
    area = page.locator(".jp-NotebookPanel:visible .jp-OutputArea:has(.recorded-runs)")
    area.screenshot(path=SCREENSHOTS / "replay-saved.png")
    # The console has an error, since ipywidgets misses its model: so this page is for no other notebook.
