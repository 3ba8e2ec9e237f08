"""The glossary: a line for each term, to which its first use in each notebook is linked."""

import re

import pytest
from kernels import NOTEBOOKS, read
from loaded import loaded

tool = loaded("tools/link_terms.py")

GLOSSARY = tool.GLOSSARY.read_text(encoding="utf-8")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def texts_of(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def anchors_in(texts):
    return re.findall(r"\]\(\.\./docs/glossary\.md#([\w-]+)\)", "\n".join(texts))


def test_it_has_one_line_for_each_term_in_order():
    first, *entries = GLOSSARY.split("\n## ")
    assert first.startswith("# Glossary\n")
    for entry in entries:
        term, empty, line, *rest = entry.rstrip("\n").split("\n")
        assert (empty, rest) == ("", []), term
        assert re.search(r"\.( \((\d\d[a-z]?(, )?)+\))$", line), (
            f"a sentence, and where it is explained: {term}"
        )
    terms = [entry.partition("\n")[0] for entry in entries]
    assert terms == sorted(terms, key=str.lower)


def entries():
    """``(term, numbers of notebooks)``."""
    found = re.findall(r"^## (.+)\n\n.+ \(([\da-z, ]+)\)$", GLOSSARY, re.M)
    return [(term, numbers.split(", ")) for term, numbers in found]


def test_it_names_notebooks_in_which_the_term_is_met():
    by_number = {path.stem.partition("_")[0]: "\n".join(texts_of(path)) for path in NOTEBOOKS}
    assert len(entries()) == len(tool.terms(GLOSSARY))
    for term, numbers in entries():
        for number in numbers:
            assert tool.pattern(term).search(by_number[number]), f"{term} is not in {number}"


@each_notebook
def test_the_first_use_of_each_term_is_linked(path):
    texts = texts_of(path)
    assert texts == tool.linked(texts, GLOSSARY), "python tools/link_terms.py makes the links"


def test_each_term_is_used():
    linked = {anchor for path in NOTEBOOKS for anchor in anchors_in(texts_of(path))}
    assert linked == {tool.anchor(term) for term in tool.terms(GLOSSARY)}


# The tool

SMALL = "# Glossary\n" + "".join(
    f"\n## {term}\n\nIt.\n" for term in ("drain", "lost wake-up", "PUB and SUB", "wake-up")
)


def linked(*texts):
    return tool.linked(list(texts), SMALL)


def link(shown, anchor):
    return f"[{shown}](../docs/glossary.md#{anchor})"


def test_the_first_use_is_linked_and_no_other():
    assert linked("To drain.", "Drained, and drain.") == [
        f"To {link('drain', 'drain')}.",
        "Drained, and drain.",
    ]
    assert linked("*Draining* it") == [f"*{link('Draining', 'drain')}* it"]


def test_code_headings_tables_pictures_and_links_are_left_out():
    left_out = "# drain\n\n`drain`, [drain](x)\n\n| drain |\n\n*Pictures drain.*\n\n```\ndrain\n```"
    assert linked(left_out) == [left_out]


def test_a_part_of_a_longer_term_is_no_use():
    text = "A lost wake-up, a lost wake-up, a wake-up"
    first, last = link("lost wake-up", "lost-wake-up"), link("wake-up", "wake-up")
    assert linked(text) == [f"A {first}, a lost wake-up, a {last}"]


def test_a_pair_of_names_has_one_link():
    assert linked("publish, SUB and PUB") == [f"publish, {link('SUB', 'pub-and-sub')} and PUB"]


def test_what_follows_your_turn_is_left_out():
    assert linked("## Your turn", "drain") == ["## Your turn", "drain"]


def test_links_are_made_again():
    once = linked("drain", "drain")
    assert linked("To drain", *once) == [f"To {link('drain', 'drain')}", "drain", "drain"]
