"""The minutes that each notebook says it takes are those of the rule, also in the README."""

import re

import pytest
from kernels import NOTEBOOKS, ROOT, read
from loaded import loaded
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

tool = loaded("tools/minutes.py")

STEP = 5  # minutes: what is claimed is a multiple of it
NEAR = 3  # minutes between claimed and computed; so a sentence more changes nothing
LONGEST = 35  # minutes: what is longer is cut or split
REFERENCE = "06_the_rules"  # nobody reads it from end to end

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def is_honest(claimed, computed):
    return claimed % STEP == 0 and abs(claimed - computed) <= NEAR


@each_notebook
def test_reading_running_and_your_turn_are_named_apart_and_are_those_of_the_rule(path):
    claimed, computed = tool.claimed(read(path)), tool.minutes(read(path))
    assert claimed, "**Time:** N minutes to read, N seconds to run; N minutes for *Your turn*."
    assert is_honest(claimed["read"], computed.read), f"to read: {computed.read:.1f}"
    assert is_honest(claimed["turn"], computed.turn), f"your turn: {computed.turn:.1f}"
    assert 0 < claimed["run"] < 60


@each_notebook
def test_it_can_be_read_in_one_go(path):
    assert path.stem == REFERENCE or tool.claimed(read(path))["read"] <= LONGEST


@each_notebook
def test_the_readme_says_the_same(path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = re.search(rf"\]\(notebooks/{path.name}\) \|.*\| (\d+) \| (\d+) \|$", readme, re.M)
    claimed = tool.claimed(read(path))
    assert [int(minutes) for minutes in row.groups()] == [claimed["read"], claimed["turn"]]


# What the rule counts

TIME = "# A title\n\n**Time:** 5 minutes to read, 7 seconds to run; 10 minutes for *Your turn*."
SOLUTION = "# Solution (click to open)\ndef f():\n    one\n    two\n    three\n\n\ncheck(f)"


def notebook(*cells):
    return new_notebook(cells=list(cells))


def test_text_and_code_are_counted():
    two = notebook(new_markdown_cell("word " * 400), new_code_cell("x = 1\n\n\n" * 19 + "f(\n    x\n)"))
    assert tool.minutes(two) == (2 + 21 / 20, 0)


def test_marks_and_targets_are_no_words():
    assert tool.words("- a [link](https://example.org/a/b c), <br> | it is |") == 4


def test_your_turn_is_counted_apart_and_ends_with_its_section():
    turn = notebook(
        new_markdown_cell(TIME),
        new_markdown_cell("word " * 200 + "\n\n## Your turn\n\nOne more word"),
        new_code_cell("def f():\n    pass\n\n\ncheck(f)"),
        new_code_cell(SOLUTION),
        new_markdown_cell(
            "1. This\n2. That\n\n<details>\n1. Yes\n2. No\n\n</details>\n\n## What we saw\n\n" + "word " * 196
        ),
    )
    read_words, turn_words = tool.words(TIME) + 200 + 199, 2 + 3 + 8
    expected = (read_words / 200, turn_words / 200 + 2 * 2 + 4)
    assert tool.minutes(turn) == pytest.approx(expected)


def test_the_line_time_is_read():
    assert tool.claimed(notebook(new_markdown_cell(TIME))) == {"read": 5, "run": 7, "turn": 10}
    assert tool.claimed(notebook(new_markdown_cell(TIME.replace("; 10", ", 10")))) == {}


def test_a_claim_that_is_no_more_true_is_seen():
    assert is_honest(25, 27.9)
    assert not is_honest(25, 28.1)
    assert not is_honest(27, 27)
