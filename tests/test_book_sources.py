"""What the book is made from, before Sphinx sees it; the book itself is read by `make book-check`."""

import re
import sys

import nbformat
import pytest
from kernels import NOTEBOOKS, ROOT
from loaded import loaded
from rules import RULES

from pollerlab.doctor import AILMENTS
from pollerlab.pollers import DIFFERENCES

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sources():
    sys.path.insert(0, str(ROOT / "docs" / "book"))
    try:
        import sources
    finally:
        sys.path.pop(0)
    return sources


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.question)
def test_an_anchor_is_spelled_as_in_jupyterlab(sources, rule):
    assert sources.slug(rule.question) == rule.anchor


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_taken_as_it_is(sources, path):
    taken, stored = sources.read_notebook(path.read_text(encoding="utf-8")), nbformat.read(path, 4)
    for cell in taken.cells:
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert ("hide-input" in cell.metadata.get("tags", [])) == hidden
        cell.metadata.pop("tags", None)
        cell.metadata.pop("mystnb", None)
    for cell in stored.cells:
        cell.metadata.pop("tags", None)
    assert taken == stored


def notebook_with(*texts):
    """A picture, and text cells after it; as text."""
    picture = nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})
    cells = [nbformat.v4.new_code_cell("plot()", outputs=[picture])]
    cells += [nbformat.v4.new_markdown_cell(text) for text in texts]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


def test_the_sentence_under_a_picture_becomes_its_words(sources):
    taken = sources.read_notebook(notebook_with("*It shows `poll`,\nasleep.*\n\nAnd *more*.", "*Later.*"))
    assert taken.cells[0].metadata["mystnb"] == {"image": {"alt": "It shows poll, asleep."}}


@pytest.mark.parametrize("texts", [(), ("Nothing in italics.",), ("Only *a word*.", "*Too late.*")])
def test_a_picture_that_is_not_put_into_words_is_refused(sources, texts):
    with pytest.raises(ValueError, match=r"No sentence in italics follows .*\nplot"):
        sources.read_notebook(notebook_with(*texts))


def test_the_front_page_is_the_readme_without_what_comes_from_elsewhere(sources):
    front = sources.front_page()
    assert "badge" in README
    assert "badge" not in front
    paragraphs = [part for part in README.split("\n\n") if "](" not in part]
    assert len(paragraphs) > 40
    assert [part for part in paragraphs if part not in front] == [sources._CHART]


def test_what_the_front_page_leads_to_is_in_the_book_or_in_the_repository(sources):
    front = sources.front_page()
    assert f"]({sources.REPOSITORY}/blob/HEAD/CONTRIBUTING.md)" in front
    assert "](#Other-ways-to-run-it)" in front
    assert "](docs/cheat-sheet.pdf)" in front
    assert "](docs/cheat-sheet.png)](docs/cheat_sheet.md)" in front
    for path in NOTEBOOKS:
        assert f"](notebooks/{path.name})" in front
        assert f"\nnotebooks/{path.stem}\n" in front


def test_the_chart_stands_on_the_front_page_and_leads_to_every_case(sources):
    front, chart = sources.front_page(), sources.chart()
    assert "chart stands here" in README
    assert "chart stands here" not in front
    linked = re.findall(r"\[case (\d+)\]\(<notebooks/1[23]_\w+\.ipynb#Case-(\d+):[^ >]+>\)", front)
    assert sorted((int(said), int(led)) for said, led in linked) == [(n, n) for n in range(1, 15)]
    rows = re.findall(r"^\|.*\|$", chart.replace("../", ""), re.M)
    assert len(rows) > 15
    assert [row for row in rows if row not in front] == []


def test_the_cheat_sheets_page_has_all_that_is_on_it(sources):
    page, tool = sources.cheat_sheet(), loaded("tools/cheat_sheet.py")
    said = [" ".join(question.split()) for question, *_ in tool.TREE] + [tool.ELSE]
    said += [text for row in [*tool.UNITS, *tool.TRAPS] for text in row]
    said += [text for loop in tool.loops() for text in tool.code_of(loop)]
    assert len(said) > 60
    assert [text for text in said if text not in page] == []


def test_the_words_of_a_picture_stand_on_one_line(sources):
    words = re.findall(r"!\[([^]]+)\]", sources.front_page())
    assert len(words) >= 5
    assert [text for text in words if "\n" in text] == []


def test_the_tables_have_every_row(sources):
    assert [
        row.what for row in DIFFERENCES if f"| `{row.what}` | {row.usual} |" not in sources.differences()
    ] == []
    assert [one.title for one in AILMENTS.values() if f"## {one.title}\n" not in sources.ailments()] == []


def test_the_command_line_is_what_help_prints(sources):
    text = sources.command_line()
    for command in ("push", "pull", "pub", "sub", "bench", "doctor"):
        assert f"## {command}\n\n```text\nusage: python -m pollerlab {command} " in text
    for option in ("--count N", "--topic T", "--sockets N", "--seconds N", "--fail"):
        assert option in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
