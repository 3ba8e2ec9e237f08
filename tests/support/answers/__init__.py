"""For each exercise right answers in many styles, and wrong ones with the hint that each must get.

A module here is named like its exercise, and has ``RIGHT``, ``WRONG`` and ``IN_THE_TESTS``: the names of
those that the tests try each time, a sample and all that an exercise has once judged wrongly.  All of them
are tried by ``make exercises-check``.
"""

import importlib
import linecache
import pkgutil
from itertools import count
from typing import NamedTuple

_numbers = count()


class Answer(NamedTuple):
    """*source* defines the function *exercise*; *hint* is a part of the hint, None if it is right."""

    exercise: str
    name: str
    source: str
    hint: str | None
    in_the_tests: bool

    def __str__(self):
        return f"{self.exercise}, {self.name}"


def define(source: str, name: str):
    """The function *name* that *source* defines, as if in a cell of a notebook."""
    file = f"<cell {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), namespace)  # noqa: S102
    return namespace[name]


def _answers() -> list[Answer]:
    found = []
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        rows = importlib.import_module(f"{__name__}.{module.name}")
        both = {**{name: (source, None) for name, source in rows.RIGHT.items()}, **rows.WRONG}
        assert len(both) == len(rows.RIGHT) + len(rows.WRONG)
        assert set(rows.IN_THE_TESTS) <= set(both)
        found += [Answer(module.name, name, *row, name in rows.IN_THE_TESTS) for name, row in both.items()]
    return found


ANSWERS = _answers()
