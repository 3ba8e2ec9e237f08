"""JupyterLab over copies of the notebooks, a headless Chromium, and notebooks opened in it."""

import os
import shutil
from importlib.util import find_spec

import pytest
from server import SCREENSHOTS, running_lab

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

if find_spec("playwright") is None:  # `make browser` installs it, `make test` does not
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A running JupyterLab, `server.Lab`, over copies of the notebooks without outputs."""
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def browser():
    """Chromium, as Playwright's `Browser`: the one on the path, or the one that CHROMIUM names."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "there is no Chromium: install it, or name it in the environment variable CHROMIUM"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser):
    """One window: a browser's context, whose cache serves all pages, and its pages that are free."""
    from notebook_page import HEIGHT, WIDTH

    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    yield context, []
    context.close()


@pytest.fixture
def open_notebook(lab, window):
    """A function that opens a notebook of the course by file name, or one by path from the server's root.

    It returns a `NotebookPage`, which is closed after the test, and its kernel ended.
    """
    from notebook_page import NotebookPage

    context, free = window
    opened = []

    def open_one(name):
        notebook = NotebookPage(free.pop() if free else context.new_page(), lab)
        opened.append(notebook)
        notebook.open(name if "/" in name else f"notebooks/{name}")
        return notebook

    yield open_one
    free.extend(notebook.page for notebook in opened if notebook.close())


@pytest.fixture
def run_notebook(open_notebook):
    """As `open_notebook`, and all cells have been run; see `notebook_page.check_ran` for how that went."""
    from playwright.sync_api import TimeoutError

    def run_one(name):
        notebook = open_notebook(name)
        try:
            notebook.run_all()
        except TimeoutError:
            stem = name.rpartition("/")[2].removesuffix(".ipynb")
            notebook.take_picture(SCREENSHOTS / f"{stem}-stuck.png")
            raise
        return notebook

    return run_one
