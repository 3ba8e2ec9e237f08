"""The notebooks in a real kernel: each claim can fail, each cell runs twice, and nothing is left behind."""

import re

import pytest
from breaks import BREAKS
from kernels import NOTEBOOKS, ROOT, code_cells, kernel

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

BEFORE = f"import sys; sys.path.insert(0, {str(ROOT / 'tests' / 'support')!r}); import warm_up"
COUNT = """
from census import Census
get_ipython().display_formatter.active_types = ["text/plain"]  # nbval has all pictures drawn
census = Census()
"""
AFTER = "census.check()"
BREAKING = """
import gathered, pollerlab.scenery
pollerlab.scenery.claim = claim = gathered.claim
"""
MENDED = "pollerlab.scenery.claim = claim = pollerlab.scenery.claims.claim"
FAILED = "print(*gathered.failed, sep='\\n'); gathered.failed.clear()"

TRIES = 3
"""How often a break is tried until its claim fails."""

LEAK = """
import subprocess, sys
leaked = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
"""


def claims_in(source):
    return re.findall(r'claim\(\s*"([^"]+)"', source)


@each_notebook
def test_every_claim_has_a_break(path):
    claims = [text for source in code_cells(path) for text in claims_in(source)]
    assert len(claims) == sum(source.count("claim(") for source in code_cells(path))
    assert sorted(claims) == sorted({row.claim for row in BREAKS if row.notebook == path.stem})


@pytest.mark.timeout(600)
@each_notebook
def test_every_claim_can_fail_and_every_cell_runs_twice_and_leaves_nothing_behind(path):
    """Cells run in order; at a claim, those from the broken cell on run for each of its breaks.

    Then they run once more as they are, but not if the breaks of the next claim begin there or before: that
    is their second run.  The other cells run twice at once.
    """
    cells = code_cells(path)
    breaks = [breaks_of_claims_in(path, cells[: place + 1]) for place in range(len(cells))]
    first = [rows[-1][0] if rows else place for place, rows in enumerate(breaks)]
    broken_too = {
        cell for place, rows in enumerate(breaks) if rows for cell in range(first[place], place + 1)
    }
    survived = []
    with kernel() as run:
        assert run(BEFORE)[1] is None
        assert run(COUNT)[1] is None
        for place, source in enumerate(cells):
            survived += surviving(run, cells[: place + 1], breaks[place])
            later = next(filter(None, breaks[place + 1 :]), None)
            if later and all(broken <= first[place] and not keeps_the_last(row) for broken, row in later):
                continue
            assert first_error(run, cells[first[place] : place + 1]) is None
            if place not in broken_too:
                assert run(source)[1] is None
        assert run(AFTER)[1] is None
    assert not survived, "\n\n".join(survived)


def breaks_of_claims_in(path, cells):
    """``(cell to break, break)`` of the claims in the last of *cells*.

    The last cell to break comes first, so that no break meets what another left.
    """
    rows = [row for row in BREAKS if row.notebook == path.stem and row.claim in claims_in(cells[-1])]
    return sorted(((cell_to_break(row, cells), row) for row in rows), reverse=True)


def cell_to_break(row, cells):
    places = [place for place, source in enumerate(cells) if row.old in source]
    assert len(places) == 1, f"{row.old!r} must be in one cell before the claim, and is in {places}"
    return places[0]


def keeps_the_last(row):
    """Whether the broken cell takes what the cell has measured before, as in ``runs = runs | {...}``."""
    return re.search(r"^(\w+) = \1\b", row.new, re.M)


def surviving(run, cells, breaks):
    """Run the last of *cells* for each of its breaks; a text for each that a claim has survived.

    That a claim can fail is seen when it fails once: beside other tests, a crowded machine may hide a break.
    """
    if not breaks:
        return []
    survived = []
    run(BREAKING)
    for broken, row in breaks:
        for _ in range(TRIES):
            error = first_error(run, [cells[broken].replace(row.old, row.new), *cells[broken + 1 :]])
            failed = run(FAILED)[0].splitlines()
            if row.claim in failed:
                break
        else:
            survived.append(f"{row.claim}\n  broken by {row.new!r}\n  gave {error}, failed {failed}")
    run(MENDED)
    return survived


def first_error(run, sources):
    """Run cells up to the first that raises; its error, or None."""
    for source in sources:
        _, error = run(source)
        if error is not None:
            return error
    return None


def test_a_leak_would_be_seen():
    with kernel() as run:
        run(BEFORE)
        run(COUNT)
        run(LEAK)
        error = run(AFTER)[1]
        assert error.startswith(
            "AssertionError: left behind: threads [], 0 native threads, 1 descriptors or sockets, 1 processes"
        )


ANOTHER_THREAD_BURNS = """
import threading, time
from pollerlab.scenery import record
def burn():
    while time.monotonic() < end:
        pass
end = time.monotonic() + 1
other = threading.Thread(target=burn)
other.start()
with record() as r:
    other.join()
print(r.wall > 0.9, r.share < 0.02)
"""


def test_the_meter_counts_no_other_thread_of_the_kernel():
    with kernel() as run:
        assert run(ANOTHER_THREAD_BURNS) == ("True True\n", None)
