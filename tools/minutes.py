"""How many minutes each notebook takes, by one rule, beside what it claims.

Usage: python tools/minutes.py

Words are read at 200 a minute and lines of code at 20.  *Your turn* is counted apart: its words, a minute for
each line of a solution, and two for each thing to predict.  Seconds to run are not computed:
``make notebooks`` prints them.
"""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat

ROOT = Path(__file__).resolve().parent.parent
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 20
MINUTES_A_LINE_TO_WRITE, MINUTES_A_PREDICTION = 1, 2
SOLUTION = "# Solution (click to open)"
NOT_READ = re.compile(r"\]\([^)]*\)|<[^>]+>")  # the targets of links, and tags
CLAIMED = re.compile(
    r"^\*\*Time:\*\* (?P<read>\d+) minutes to read\b[^;]*, (?P<run>\d+) seconds to run; "
    r"(?P<turn>\d+) minutes for \*Your turn\*\.$",
    re.M,
)


class Minutes(NamedTuple):
    """Of one notebook."""

    read: float
    """Text and code, without those of *Your turn*."""
    turn: float
    """*Your turn*: exercise and predictions."""


def words(text: str) -> int:
    """The words of a text cell that are read."""
    return sum(bool(re.search(r"\w", word)) for word in NOT_READ.sub("", text).split())


def lines(source: str) -> int:
    """The lines of a code cell that say something: neither empty nor a bracket alone."""
    return sum(bool(re.search(r"\w", line)) for line in source.splitlines())


def minutes(notebook) -> Minutes:
    """What the rule says of a notebook."""
    read, turn, your_turn = 0.0, 0.0, False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            # The two headings may stand within a cell.
            for part in re.split(r"^(?=## )", cell.source, flags=re.M):
                if part.startswith("## "):
                    your_turn = part.startswith("## Your turn")
                if your_turn:
                    turn += words(part) / WORDS_A_MINUTE + MINUTES_A_PREDICTION * predictions(part)
                else:
                    read += words(part) / WORDS_A_MINUTE
        elif not your_turn:
            read += lines(cell.source) / LINES_A_MINUTE
        elif cell.source.startswith(SOLUTION):
            turn += MINUTES_A_LINE_TO_WRITE * (lines(cell.source) - 2)  # the comment, and check(...)
    return Minutes(read, turn)


def predictions(text: str) -> int:
    """The numbered things to try, without their answers."""
    return len(re.findall(r"^\d+\. ", text.split("<details>")[0], re.M))


def claimed(notebook) -> dict[str, int]:
    """The figures of its line *Time*: ``read`` and ``turn`` in minutes, ``run`` in seconds."""
    found = CLAIMED.search(notebook.cells[0].source)
    return {name: int(figure) for name, figure in found.groupdict().items()} if found else {}


def main() -> None:
    """Print the table."""
    print(f"{'notebook':32}{'to read':>16}{'your turn':>16}")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        says, is_so = claimed(notebook), minutes(notebook)
        columns = [f"{says.get(name, '?')}, {getattr(is_so, name):.1f}" for name in ("read", "turn")]
        print(f"{path.stem:32}{columns[0]:>16}{columns[1]:>16}")
    print("Each: minutes as claimed, and as computed.")


if __name__ == "__main__":
    main()
