"""What ends a run of the waiting room besides its buttons: its limit, and the death of the server."""

import time

import pytest
from census import experiments
from notebook_page import NotebookPage
from server import SECONDS, running_lab
from until import has_ended, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

RUN = "from pollerlab.live import WaitingRoom\nroom = WaitingRoom(limit={limit})\nroom.start()\nroom"


def begin_run(page, lab, limit):
    """Begin a run in a notebook of its own: the process that runs the experiment."""
    notebook = NotebookPage(page, lab)
    notebook.open(lab.write("run.ipynb", RUN.format(limit=limit)))
    notebook.run_all()
    until(lambda: experiments(lab.process))
    (child,) = experiments(lab.process)
    return child


@pytest.fixture
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_run_whose_tab_was_closed_ends_at_its_limit(lab, page):
    begin = time.monotonic()
    child = begin_run(page, lab, limit=6)
    page.close()
    assert not has_ended(child.pid) or time.monotonic() - begin > 6
    until(lambda: has_ended(child.pid), 30)
    lab.end_kernels()


def test_a_killed_server_leaves_neither_a_kernel_nor_a_run(page, tmp_path):
    with running_lab(tmp_path) as lab:
        begin_run(page, lab, limit=60)
        started = lab.process.children(recursive=True)
        lab.process.kill()
        until(lambda: all(has_ended(process.pid) for process in started), SECONDS)
