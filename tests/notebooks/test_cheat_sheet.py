"""The cheat sheet: one page of A4 on which nothing lies on anything else, made from what is there now."""

import re
from itertools import combinations

import pytest
from kernels import NOTEBOOKS, ROOT
from loaded import loaded

from pollerlab.scenery.plots import drawing

tool = loaded("tools/cheat_sheet.py")

AGAIN = "python tools/cheat_sheet.py makes it again"


@pytest.fixture(scope="module")
def extents():
    """Of each text, ``(text, box)``, in pixels."""
    sheet = tool.draw()
    with drawing():
        sheet.figure.canvas.draw()
        return [(text.get_text(), text.get_window_extent()) for text in sheet.texts if text.get_text()]


def overlapping(extents):
    return [(a, b) for (a, one), (b, other) in combinations(extents, 2) if one.overlaps(other)]


def test_no_text_lies_on_another(extents):
    assert overlapping(extents) == []


def test_texts_that_do_are_seen(extents):
    text, box = extents[0]
    assert overlapping([*extents, ("another", box)]) == [(text, "another")]


def test_all_is_on_the_page(extents):
    width, height = (side / 25.4 * 100 for side in (tool.WIDTH, tool.HEIGHT))
    printed = [(text, box.x0, box.y0, box.x1, box.y1) for text, box in extents]
    margin = 5 / 25.4 * 100  # printers leave out so much
    assert [
        text
        for text, left, bottom, right, top in printed
        if left < margin or bottom < margin or right > width - margin or top > height - margin
    ] == []


def test_the_pdf_is_one_page_of_a4_and_new():
    pdf = (tool.DOCS / "cheat-sheet.pdf").read_bytes()
    (box,) = re.findall(rb"/MediaBox \[ ([\d. ]+) \]", pdf)
    assert [float(side) for side in box.split()] == pytest.approx([0, 0, 595.3, 841.9], abs=0.2)
    assert tool.digest().encode() in pdf, AGAIN


def test_the_readme_shows_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](docs/cheat-sheet.png)" in readme
    assert "](docs/cheat-sheet.pdf)" in readme


def test_the_notebooks_that_it_names_are_there():
    numbers = {number for row in tool.TREE for number in row[-1].split(", ")}
    numbers |= {number for _, number in tool.TRAPS}
    assert numbers <= {path.stem.partition("_")[0] for path in NOTEBOOKS}


def test_the_loops_are_four_and_whole():
    loops = [tool.code_of(loop) for loop in tool.loops()]
    assert len(loops) == 4
    for purpose, code in loops:
        assert purpose.startswith("Wait")
        assert '"""' not in code
        compile(code, purpose, "exec")
