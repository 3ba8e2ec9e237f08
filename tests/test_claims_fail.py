"""Every claim can fail: each break in `breaks.py` is tried in a real kernel."""

import re

import pytest
from breaks import BREAKS
from kernels import NOTEBOOKS, code_cells, kernel


def claims_in(source):
    return re.findall(r'claim\(\s*"([^"]+)"', source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_claim_has_a_break(path):
    claims = [text for source in code_cells(path) for text in claims_in(source)]
    assert len(claims) == sum(source.count("claim(") for source in code_cells(path))
    assert sorted(claims) == sorted({row.claim for row in BREAKS if row.notebook == path.stem})


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_break_makes_its_claim_fail(path):
    """Cells run in order; at a claim, those from the broken cell on run again for each of its breaks."""
    cells = code_cells(path)
    survived = []
    with kernel() as run:
        for place, source in enumerate(cells):
            rows = [row for row in BREAKS if row.notebook == path.stem and row.claim in claims_in(source)]
            placed = sorted(((cell_to_break(row, cells[: place + 1]), row) for row in rows), reverse=True)
            for first, row in placed:  # the last cell first, so that no break meets what another left
                broken = [cells[first].replace(row.old, row.new), *cells[first + 1 : place + 1]]
                error = first_error(run, broken)
                if not (error and error.startswith(f"ClaimFailed: {row.claim}")):
                    survived.append(f"{row.claim}\n  broken by {row.new!r}\n  gave {error}")
            if placed:
                assert first_error(run, cells[placed[-1][0] : place]) is None
            assert run(source)[1] is None
    assert not survived, "\n\n".join(survived)


def cell_to_break(row, cells):
    places = [place for place, source in enumerate(cells) if row.old in source]
    assert len(places) == 1, f"{row.old!r} must be in one cell before the claim, and is in {places}"
    return places[0]


def first_error(run, sources):
    """Run cells up to the first that raises; its error, or None."""
    for source in sources:
        _, error = run(source)
        if error is not None:
            return error
    return None
