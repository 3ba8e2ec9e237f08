"""Make neighbours of right answers, and hand them in: each must be refused, or be as good for a known reason.

Usage: python tools/mutants.py [EXERCISE ...]

A mutant differs from a right answer in one place: a number halved or doubled, a comparison turned, a line
left out, a flag or a function swapped for its neighbour.  One that is solved must stand in `AS_GOOD`, the
table in tests/support/as_good.py, with the reason.  The exit status is 1 if one is solved that does not stand
there, or if a row of the table is of none that was made.  A row whose mutant is refused is printed: its
reason is wrong, or it is at the edge of what the exercise asks for.
"""

import argparse
import ast
import copy
import itertools
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pollerlab.exercises import EXERCISES, said_of
from pollerlab.scenery import cores

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

from answers import ANSWERS, define  # noqa: E402
from as_good import AS_GOOD  # noqa: E402

ANCESTORS = {
    "collect_until_quiet": "poll",
    "keep_up": "a drain by the clock",
    "work_and_listen": "NOBLOCK and Again",
    "serve_both": "NOBLOCK and Again",
    "pass_on": "each in turn",
    "timeout_for": "int and a part",
    "poll_both": "select.poll",
    "serve_edges": "events",
    "beat_on_time": "a bounded drain",
    "serve_both_async": "a worker",
}
"""Besides the solutions: answers whose neighbours are made as well."""
COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NAMES = {
    "POLLIN": "POLLOUT",
    "POLLOUT": "POLLIN",
    "ceil": "floor",
    "max": "min",
    "min": "max",
    "a": "b",
    "b": "a",
}
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)


def replacements(node):
    """What may stand in the place of *node*."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        half, tenth = (node.value / 2, node.value / 10) if type(node.value) is float else (node.value // 2, 1)
        for value in (node.value * 2, half, node.value * 10, tenth, node.value + 1):
            if value != node.value:
                yield ast.Constant(value)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield ast.Constant(not node.value)
    if isinstance(node, ast.Compare):
        yield ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(OPERATORS[type(node.op)](), node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], node.ctx)
    if isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield ast.Name(NAMES[node.id], node.ctx)
    if isinstance(node, ast.Call) and node.args:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    if isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    if isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        if node.orelse:
            yield ast.If(node.test, node.orelse, node.body)
        yield ast.If(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, ast.While):
        yield ast.While(ast.Constant(True), node.body, node.orelse)
    if isinstance(node, SIMPLE):
        yield ast.Pass()
    if isinstance(node, ast.Continue):
        yield ast.Break()
    if isinstance(node, ast.Break):
        yield ast.Continue()


def places(tree):
    """Each node below the functions of *tree*, as ``(parent, field, index)``, index None if it is no list."""
    for function in tree.body:
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for parent in ast.walk(function):
                for field, value in ast.iter_fields(parent):
                    if isinstance(value, list):
                        yield from (
                            (parent, field, index)
                            for index, item in enumerate(value)
                            if isinstance(item, ast.AST)
                        )
                    elif isinstance(value, ast.AST):
                        yield parent, field, None


def mutants(source):
    """``{"the line as it was -> as it is": source}``; ``(2)`` follows where the same line stands again."""
    tree, found = ast.parse(source), {}
    original = ast.unparse(tree)
    for parent, field, index in list(places(tree)):
        before = getattr(parent, field)
        node = before if index is None else before[index]
        changed = [
            other if index is None else [*before[:index], other, *before[index + 1 :]]
            for other in replacements(copy.copy(node))
        ]
        if isinstance(node, ast.stmt) and node is not before[-1]:  # the next line first
            changed.append([*before[:index], before[index + 1], node, *before[index + 2 :]])
        for after in changed:
            setattr(parent, field, after)
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text != original and compiles(text):
                found.setdefault(name_of(difference(original, text), text, found), text)
        setattr(parent, field, before)
    return found


def name_of(change, text, found):
    """*change*, with a number where the same line stands at several places, and each has a mutant."""
    names = (change if place == 1 else f"{change} ({place})" for place in itertools.count(1))
    return next(name for name in names if found.get(name, text) == text)


def compiles(text):
    """Whether Python takes it: what it does not take needs no judge."""
    try:
        compile(text, "a mutant", "exec")
    except SyntaxError:
        return False
    return True


def difference(before, after):
    """The first lines in which two texts differ."""
    lines, others = before.splitlines(), after.splitlines()
    place = next(n for n, (line, other) in enumerate(zip(lines, others, strict=False)) if line != other)
    return f"{lines[place].strip()} -> {others[place].strip()}"


def main():
    """Read the command line, hand all mutants in, and print those that were solved."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*")
    exercises = parser.parse_args().exercises or EXERCISES
    jobs = [
        (answer.exercise, change, text)
        for answer in ANSWERS
        if answer.exercise in exercises and answer.name in ("the solution", ANCESTORS.get(answer.exercise))
        for change, text in mutants(answer.source).items()
    ]
    made, refused, excused, wrong = Counter(), Counter(), Counter(), []
    with ThreadPoolExecutor(3 * cores()) as pool:
        said = pool.map(lambda job: said_of(define(job[2], job[0])), jobs)
        for (exercise, change, _), text in zip(jobs, said, strict=True):
            made[exercise] += 1
            if not text.startswith("Solved"):
                refused[exercise] += 1
                if (exercise, change) in AS_GOOD:
                    print(f"In the table, and refused: {exercise}: {change}\n{text}", flush=True)
            elif (exercise, change) in AS_GOOD:
                excused[exercise] += 1
            else:
                wrong.append((exercise, change))
                print(f"Solved, and in no table: {exercise}: {change}", flush=True)
    print(f"{'exercise':22}{'made':>6}{'refused':>9}{'as good':>9}")
    for exercise in exercises:
        print(f"{exercise:22}{made[exercise]:6}{refused[exercise]:9}{excused[exercise]:9}")
    stale = [row for row in AS_GOOD if row[0] in exercises and row not in {job[:2] for job in jobs}]
    for row in stale:
        print(f"In the table, and not made: {': '.join(row)}")
    sys.exit(bool(wrong or stale))


if __name__ == "__main__":
    main()
