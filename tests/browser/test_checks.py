"""The checks of a page, seen to fail: on notebooks made for it, with one thing wrong on purpose."""

import re

import controls
import notebook_page
import pytest
from controls import check_controls_live
from made import CONSOLE, INVISIBLE, NO_CHILD, NO_CLASS, NO_MODEL, live, write
from notebook_page import check_console, check_ran, check_shown
from until import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

DEAD = {
    "the slider 'size' changes nothing but its readout": live('size.observe(say, "value")'),
    "the slider 'rate' has no readout": live("9, description=", "9, readout=False, description="),
    "the button 'Start' changes nothing": live("start.on_click(begin)"),
    "the pictures stand still": live("picture.value, frames.value = png(number), ", "frames.value = "),
    "the pictures move on after Stop": live("    over.set()\n"),
    "the button 'Reset' changes nothing": live("reset.on_click(clear)"),
}


@pytest.fixture
def impatient(monkeypatch):
    """Have the checks give up early, where they are to fail."""
    monkeypatch.setattr(notebook_page, "SOON", 1.5)
    for name, value in {"OBSERVED": 0.5, "ANSWER": 1.5, "TRIES": 1}.items():
        monkeypatch.setattr(controls, name, value)


def test_nothing_is_wrong_with_a_good_page(lab, run_notebook):
    notebook = run_notebook(write(lab, "good", "print('fine')", live()))
    check_ran(notebook)
    check_shown(notebook)
    (box,) = notebook.boxes()
    check_controls_live(notebook.page, box)
    check_console(notebook)
    assert notebook.printed() == "fine\n"
    assert box.locator(".widget-readout").all_inner_texts() == ["3", "9"]


def test_an_error_is_seen(lab, run_notebook):
    notebook = run_notebook(write(lab, "error", "1 + 1", "1 / 0", "2 + 2"))
    with pytest.raises(AssertionError, match="code cell 2: ZeroDivisionError: division by zero"):
        check_ran(notebook)


def test_a_warning_is_seen(lab, run_notebook):
    notebook = run_notebook(write(lab, "warning", "import warnings; warnings.warn('odd')"))
    with pytest.raises(AssertionError, match=r"code cell 1, stderr: .*odd"):
        check_ran(notebook)


def test_a_cell_that_was_not_run_is_seen(lab, open_notebook):
    notebook = open_notebook(write(lab, "not_run", "1 + 1", "2 + 2"))
    with pytest.raises(AssertionError, match="not every cell has run: "):
        check_ran(notebook)


def test_a_widget_that_is_not_rendered_is_seen(lab, run_notebook, impatient):
    notebook = run_notebook(write(lab, "widgets", NO_MODEL, NO_CLASS, NO_CHILD, INVISIBLE, live()))
    check_ran(notebook)
    with pytest.raises(AssertionError) as caught:
        check_shown(notebook)
    found = re.findall(r"cell (\d), output 1: a widget is (broken|not rendered)", str(caught.value))
    assert found == [("1", "broken"), ("2", "broken"), ("3", "broken"), ("4", "not rendered")]


def test_an_error_on_the_console_is_seen(lab, run_notebook):
    notebook = run_notebook(write(lab, "console", CONSOLE))
    check_ran(notebook)
    until(lambda: notebook.page.title() and "404" in str(notebook.console))  # to ask has Playwright listen
    with pytest.raises(AssertionError) as caught:
        check_console(notebook)
    for part in ("it is odd", "uncaught it is late", "404"):
        assert part in str(caught.value)


def test_a_control_that_does_nothing_is_seen(lab, run_notebook, impatient):
    notebook = run_notebook(write(lab, "dead", *DEAD.values()))
    check_shown(notebook)
    for message, box in zip(DEAD, notebook.boxes(), strict=True):
        with pytest.raises(AssertionError, match=message):
            check_controls_live(notebook.page, box)


def test_a_dead_slider_is_seen_where_nothing_moves(lab, run_notebook, impatient):
    source = """
import ipywidgets as widgets
widgets.VBox([widgets.IntSlider(description="dead"), widgets.Label("beside it")])
"""
    notebook = run_notebook(write(lab, "still", source))
    (box,) = notebook.boxes()
    with pytest.raises(AssertionError, match="the slider 'dead' changes nothing but its readout"):
        check_controls_live(notebook.page, box)
