"""The book: built as by `make book`, and read in a real browser, wide and narrow, light and dark.

Leaves ``build/screenshots/book-PAGE-WIDTH-THEME.png`` of some pages to look at.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from book_page import HEIGHT, THEMES, WIDTHS, BookPage, dead_links
from kernels import NOTEBOOKS, ROOT, code_cells, read
from replays import WITH_RECORDED_RUNS, check_each_control_picks_its_run, recorded_data, recorded_page
from server import SCREENSHOTS
from until import until

pytestmark = [pytest.mark.book, pytest.mark.timeout(900)]

BOOK = ROOT / "docs" / "book"
LARGEST = 25_000_000  # bytes of the whole site
LONGEST = 60  # s of CPU time to build it
WINGS = ("pollers", "doctor", "scenery", "scenery.plots", "exercises", "live", "judges")
PICTURED = [
    *("index", "notebooks/04_polling_many_sockets", "notebooks/06_the_rules", "notebooks/11_waiting_room"),
    *("notebooks/09b_loops_that_end", "notebooks/12_the_clinic", "notebooks/13_the_hard_cases"),
    *("docs/cheat_sheet", "reference/pollers", "reference/ailments", "reference/differences"),
]
ITS_CODE_TOO = "notebooks/04_polling_many_sockets.html"  # axe looks at each word of code here


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """Serve a folder on a free port of this machine, and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def site():
    """The folder with the book, built anew."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, BOOK / "make.py"], capture_output=True, text=True, timeout=600, check=False
    )
    after = os.times()
    took = after.children_user + after.children_system - before.children_user - before.children_system
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert took < LONGEST
    return ROOT / "build" / "book"


@pytest.fixture(scope="module")
def address(site):
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def pages(site):
    """The file names of the pages, as they stand in an address."""
    names = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    return sorted(name for name in names if not name.startswith("_"))


@pytest.fixture
def open_tab(browser):
    """A function that opens a `BookPage` on the site at an address, in a window of its own."""
    windows = []

    def open_one(address, width=1280, theme="light"):
        window = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=theme)
        windows.append(window)
        return BookPage(window, address)

    yield open_one
    for window in windows:
        window.close()


@pytest.fixture
def tab(open_tab, address):
    return open_tab(address)


def page_of(notebook):
    return f"notebooks/{notebook.stem}.html"


def test_there_is_a_page_for_each_notebook_and_for_what_is_looked_up(pages):
    assert {page_of(notebook) for notebook in NOTEBOOKS} <= set(pages)
    assert {"index.html", "CHANGELOG.html", "docs/glossary.html", "docs/cheat_sheet.html"} <= set(pages)


def test_the_whole_site_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < LARGEST


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_can_be_read(open_tab, address, pages, width, theme):
    tab = open_tab(address, width, theme)
    wrong = {name: tab.judge(name, name == ITS_CODE_TOO and width == WIDTHS[-1]) for name in pages}
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name in PICTURED:
        tab.open(f"{name}.html")
        picture = f"book-{name.rpartition('/')[2]}-{width}-{theme}.png"
        tab.page.screenshot(path=SCREENSHOTS / picture, full_page=False)
    assert {name: what for name, what in wrong.items() if what} == {}


def test_every_link_leads_somewhere(tab, address, site, pages):
    found = {name: tab.links(name) for name in pages}
    assert sum(len(links) for links, _ in found.values()) > 1000
    assert dead_links(found, site, address) == []


WRONG = {
    "a script from elsewhere": (
        '<script src="https://example.org/elsewhere.js"></script>',
        "asks another host: https://example.org/elsewhere.js",
    ),
    "a font from elsewhere": (
        "<style>@font-face { font-family: f; src: url('https://example.org/f.woff2') }"
        "p { font-family: f }</style>",
        "asks another host: https://example.org/f.woff2",
    ),
    "a missing picture": ('<img src="gone.png" alt="gone">', "a picture is not shown: gone.png"),
    "a picture without words": ('<img src="_static/file.png">', "a picture is not put into words"),
    "a squeezed picture": (
        '<img src="_images/cheat-sheet.png" alt="a" style="width: 50px; height: 300px !important">',
        "a picture is squeezed: _images/cheat-sheet.png",
    ),
    "a wide block": ('<div style="width: 3000px">wide</div>', "pixels wider than the window"),
    "an error on the console": ("<script>console.error('it is odd')</script>", "console: it is odd"),
    "an error in a script": (
        "<script>setTimeout(() => { throw Error('it is late') })</script>",
        "it is late",
    ),
    "a solution that is open": ("<details open><summary>a</summary>b</details>", "folded away is open"),
    "a heavy page": (f"<!--{'x' * 1_500_000}-->", "bytes"),
    "a slow page": ("<script>for (const t = Date.now(); Date.now() < t + 1100;);</script>", "it takes "),
    "faint text": ('<p style="color: #ddd; background: #fff">faint</p>', "axe: Elements must meet"),
    "a button without a name": ("<button></button>", "axe: Buttons must have"),
}


@pytest.fixture(scope="module")
def spoilt(site, tmp_path_factory):
    """The address of a copy of the site, and a function that writes a page with something wrong in it."""
    copy = tmp_path_factory.mktemp("spoilt") / "site"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns("*.ipynb", "*.map"))
    good = (copy / "CHANGELOG.html").read_text(encoding="utf-8")

    def write(html):
        (copy / "spoilt.html").write_text(good.replace("</article>", f"{html}</article>"), encoding="utf-8")

    with served(copy) as address:
        yield address, write


@pytest.mark.parametrize("what", ["nothing", *WRONG])
def test_what_is_wrong_with_a_page_is_noticed(open_tab, spoilt, what):
    address, write = spoilt
    html, told = WRONG.get(what, ("", ""))
    write(html)
    wrong = open_tab(address).judge("spoilt.html")
    assert bool(wrong) == (what != "nothing"), wrong
    assert told in "\n".join(wrong)


def test_a_dead_link_is_noticed(open_tab, spoilt, site):
    address, write = spoilt
    write('<a href="gone.html">a</a> <a href="#nowhere">b</a> <a href="search.html#gone">c</a>')
    tab = open_tab(address)
    found = {name: tab.links(name) for name in ("spoilt.html", "search.html")}
    dead = [link for link in dead_links(found, site, address) if link.startswith("spoilt.html")]
    assert dead == [
        f"spoilt.html: {link}" for link in ("gone.html", "spoilt.html#nowhere", "search.html#gone")
    ]


def test_sphinx_refuses_a_dead_anchor_and_a_missing_picture(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BOOK)
    make = importlib.import_module("make")
    make.lay_out(tmp_path / "source")
    first, second, *_ = (tmp_path / "source" / "notebooks" / path.name for path in NOTEBOOKS)
    for path, text in [(first, f"[a]({second.name}#Gone)"), (second, "![b](gone.png)\n\n[c](#Gone-too)")]:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"][0]["source"] += [f"\n\n{text}"]
        path.write_text(json.dumps(notebook), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-c", BOOK, tmp_path / "source", tmp_path / "site"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "PYTHONPATH": str(BOOK)},
    )
    assert done.returncode
    for told in ("Gone", "image file not readable: notebooks/gone.png", "Gone-too"):
        assert told in done.stderr


def test_the_search_leads_from_lost_wake_up_to_07(tab):
    tab.open("index.html")
    tab.page.keyboard.press("Control+k")
    tab.page.keyboard.type("lost wake-up")
    tab.page.keyboard.press("Enter")
    found = tab.page.locator("#search-results a", has_text="07 · ").first
    found.click()
    tab.page.wait_for_url("**/07_inside_the_poller.html*")
    assert tab.wrong == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_has_its_notebook_whole(tab, path):
    """All code can be copied, solutions are folded, and the page can be run on Binder, and downloaded."""
    tab.open(page_of(path))
    page = tab.page
    code = page.locator(".cell_input pre")
    assert [text.rstrip("\n") for text in code.all_text_contents()] == code_cells(path)
    assert page.locator(".cell_input .copybtn").count() == len(code_cells(path))
    hidden = [cell for cell in read(path).cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert page.locator("details.hide > summary").count() == len(hidden)
    (binder,) = page.locator("a[href*='mybinder.org']").all()
    assert binder.get_attribute("href").endswith(f"/HEAD?urlpath=lab/tree/notebooks/{path.name}")
    (download,) = page.locator("a[href*='_sources/']").all()
    assert page.request.get(download.evaluate("link => link.href")).body() == path.read_bytes()


@pytest.mark.parametrize("path", WITH_RECORDED_RUNS, ids=lambda path: path.stem)
def test_a_live_page_replays_recorded_runs(open_tab, address, path):
    for theme in THEMES:
        tab = open_tab(address, theme=theme)
        tab.open(page_of(path))
        root = tab.page.locator(".recorded-runs")
        if theme == "light":
            check_each_control_picks_its_run(root, recorded_data(recorded_page(path)))
        until(root.locator("canvas").count)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        root.screenshot(path=SCREENSHOTS / f"book-replay-{path.stem}-{theme}.png")
        assert "recorded" in root.inner_text()
        assert tab.wrong == []


SPOILT_REPLAY = {
    "another run": ("settings[name] === wanted)", "settings[name] !== wanted)", "was chosen, and it shows"),
    "the same pictures": ("model.send({replay: run.seen.rows})", "", "two runs look the same"),
    "no replay": ('"Replay").onclick = () => replay()', '"Replay")', "it is not replayed"),
}


@pytest.mark.parametrize("what", SPOILT_REPLAY)
def test_a_control_that_picks_another_run_is_noticed(open_tab, spoilt, what):
    address, write = spoilt
    page = recorded_page(WITH_RECORDED_RUNS[0])
    old, new, told = SPOILT_REPLAY[what]
    assert page.count(old) == 1
    write(page.replace(old, new))
    tab = open_tab(address)
    tab.open("spoilt.html")
    with pytest.raises(AssertionError, match=told):
        check_each_control_picks_its_run(tab.page.locator(".recorded-runs"), recorded_data(page))


def test_where_no_scripts_run_a_live_page_is_a_picture_and_a_sentence(browser, address):
    window = browser.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(address + page_of(WITH_RECORDED_RUNS[0]))
    root = page.locator(".recorded-runs")
    assert root.inner_text().strip().startswith("This is a still picture of a run.")
    assert root.locator("img").bounding_box()["width"] > 300
    window.close()


def test_code_is_copied_as_it_stands(open_tab, address):
    tab = open_tab(address)
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open(page_of(NOTEBOOKS[1]))
    cell = tab.page.locator(".cell_input").first
    cell.hover()
    cell.locator(".copybtn").click()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.rstrip("\n") == code_cells(NOTEBOOKS[1])[0]


def test_a_solution_opens_on_a_click(tab):
    tab.open(page_of(NOTEBOOKS[1]))
    code = tab.page.locator("details.hide pre")
    assert not code.is_visible()
    tab.page.locator("details.hide > summary").click()
    assert code.is_visible()


def test_an_anchor_in_jupyters_spelling_leads_to_its_rule(tab):
    name = "notebooks/06_the_rules.html"
    tab.open(name)
    tab.page.locator("article a[href^='#']", has_text="What ends a poll?").first.click()
    heading = tab.page.locator("h3", has_text="What ends a poll?")
    assert 0 <= heading.bounding_box()["y"] < HEIGHT / 2
    tab.open("index.html")
    tab.open(f"{name}#What-ends-a-poll?")
    assert 0 <= heading.bounding_box()["y"] < HEIGHT / 2


def test_the_reference_has_every_public_name(tab, pages):
    names = {name for page in pages if page.startswith("reference/") for name in tab.links(page)[1]}
    modules = {wing: importlib.import_module(f"pollerlab.{wing}") for wing in WINGS}
    public = {f"pollerlab.{wing}.{name}" for wing, module in modules.items() for name in module.__all__}
    public |= {"pollerlab.EdgePoller", "pollerlab.Poller"}
    public -= {"pollerlab.pollers.EdgePoller", "pollerlab.pollers.Poller", "pollerlab.doctor.AILMENTS"}
    assert {f"module-{name}" if f"module-{name}" in names else name for name in public} <= names
