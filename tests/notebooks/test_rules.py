"""Notebook 06 has each rule of the table: a heading, linked in the index, and a run that is compared."""

import re

import pytest
from kernels import NOTEBOOKS, ROOT, read
from rules import RULES
from test_hygiene import EXEMPTIONS

from pollerlab.pollers.differences import DIFFERENCES

(REFERENCE,) = (path for path in NOTEBOOKS if path.stem == "06_the_rules")
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.M)
SANITIZE = (ROOT / "tests" / "notebooks" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
HIDDEN = re.findall(r"^regex: (.+)$", SANITIZE, re.M)

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.question)


def plain(heading):
    """A heading as it is shown."""
    return heading.replace("`", "")


def sections():
    """``(level, heading, code cells up to the next heading, whatever its level)``, in order."""
    found = []
    for cell in read(REFERENCE).cells:
        if cell.cell_type == "code":
            found[-1][2].append(cell)
        else:
            found += [(len(marks), plain(text), []) for marks, text in HEADING.findall(cell.source)]
    return found


def questions():
    """``(group, question)``: each heading of level 3 with that of level 2 above it, but for the exercise."""
    group, found = None, []
    for level, heading, _ in sections():
        if level == 2:
            group = heading
        elif level == 3 and group != "Your turn":
            found.append((group, heading))
    return found


def index():
    """``(text, anchor)`` of the links of the index, in order."""
    (cell,) = (cell for cell in read(REFERENCE).cells if cell.source.startswith("## Index\n"))
    return re.findall(r"\[(.+?)\]\(#(.+?)\)$", cell.source, re.M)


def printed(cell):
    """What a code cell printed, without what the comparison hides."""
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    for found in HIDDEN:
        text = re.sub(found, "", text)
    return text


def is_compared(cell):
    return not EXEMPTIONS & set(cell.metadata.get("tags", [])) and cell.execution_count is not None


def test_the_headings_are_those_of_the_table():
    assert questions() == [(rule.group, rule.question) for rule in RULES]


def test_the_index_links_to_each_in_this_order():
    assert [(plain(text), anchor) for text, anchor in index()] == [
        (rule.question, rule.anchor) for rule in RULES
    ]


@each_rule
def test_a_link_finds_one_heading(rule):
    anchors = [heading.replace(" ", "-") for _, heading, _ in sections()]
    assert anchors.count(rule.anchor) == 1
    assert not re.search(r"[^\w?,=-]", rule.anchor), "a link would escape it, or hide it from our tests"


@each_rule
def test_a_run_under_the_heading_is_compared(rule):
    (cells,) = (cells for _, heading, cells in sections() if heading == rule.question)
    assert any(is_compared(cell) and re.search(r"\w", printed(cell)) for cell in cells)


def test_every_link_within_the_notebook_leads_to_a_heading():
    text = "\n".join(cell.source for cell in read(REFERENCE).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(links) > len(RULES)
    assert set(links) <= {heading.replace(" ", "-") for _, heading, _ in sections()}


def test_each_row_of_the_differences_is_run():
    """With what `zmq.Poller` does and what ours do in its line."""
    (cells,) = (
        cells for _, heading, cells in sections() if heading == "Where do our pollers differ on purpose?"
    )
    lines = printed(cells[0]).splitlines()
    for row in DIFFERENCES:
        words = [row.what, row.usual, row.ours]
        assert any(re.fullmatch(r"\s+".join(map(re.escape, words)), line.strip()) for line in lines), row.what
        if row.edge:
            assert f"(EdgePoller: {row.edge})" in printed(cells[0])


def test_each_row_of_the_table_is_there_once():
    for column in zip(*RULES, strict=True):
        assert all(column)
    assert len({rule.anchor for rule in RULES}) == len(RULES)
    assert len({rule.row for rule in RULES}) == len(RULES)
