"""The neighbours of right answers that tools/mutants.py makes."""

import ast

from loaded import loaded

tool = loaded("tools/mutants.py")

TWO_LINES_ALIKE = """
def answer(box):
    box.open(1)
    box.look()
    box.open(1)
"""


def test_a_line_that_stands_at_two_places_has_neighbours_at_both():
    made = tool.mutants(TWO_LINES_ALIKE)
    assert "box.open(2)" in made["box.open(1) -> box.open(2)"].splitlines()[1]
    assert "box.open(2)" in made["box.open(1) -> box.open(2) (2)"].splitlines()[3]


def test_no_neighbour_is_made_twice_and_none_is_the_answer_itself():
    made = tool.mutants(TWO_LINES_ALIKE)
    assert len(set(made.values())) == len(made)
    assert ast.unparse(ast.parse(TWO_LINES_ALIKE)) not in made.values()
