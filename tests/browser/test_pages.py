"""Each page of the course, run in JupyterLab in a real browser, and looked at in both themes.

Leaves ``build/screenshots/NOTEBOOK-THEME.png`` to look at.
"""

import pytest
from controls import check_controls_live
from kernels import NOTEBOOKS, ROOT
from notebook_page import THEMES, check_console, check_ran, check_shown
from server import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_nothing_is_saved_unless_the_reader_saves_it(lab):
    """By the settings of `make lab`, which the pages here run under as well."""
    plugin = lab.ask("lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    assert plugin["schema"]["properties"]["autosave"]["default"] is False
    assert "--LabApp.app_settings_dir=tools/lab " in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_page_runs_shows_everything_and_its_controls_work(run_notebook, path):
    notebook = run_notebook(path.name)
    check_ran(notebook)
    assert "✓" in notebook.printed()
    for theme in THEMES:
        notebook.set_theme(theme)
        check_shown(notebook)
        notebook.take_picture(SCREENSHOTS / f"{path.stem}-{theme}.png")
    for box in notebook.boxes():
        check_controls_live(notebook.page, box)
    check_ran(notebook)  # and nothing has come up since
    check_console(notebook)
