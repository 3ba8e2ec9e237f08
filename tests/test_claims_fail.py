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
    """Cells run in order; at a claim, the cells from the broken one on run again for each break."""
    cells = code_cells(path)
    survived = []
    with kernel() as run:
        for place, source in enumerate(cells):
            for row in BREAKS:
                if row.notebook == path.stem and row.claim in claims_in(source):
                    survived.append(survives(run, cells[: place + 1], row))
            assert run(source)[1] is None
    failures = [text for text in survived if text is not None]
    assert not failures, "\n\n".join(failures)


def survives(run, cells, row):
    """Try *row* on *cells*, of which the last makes the claim; say what went wrong, or None.

    Leaves the kernel as if the cells had run unbroken.
    """
    holders = [place for place, source in enumerate(cells) if row.old in source]
    assert len(holders) == 1, f"{row.old!r} must be in one cell before the claim, and is in {holders}"
    (broken,) = holders
    again = cells[broken:]
    error = None
    for source in [again[0].replace(row.old, row.new), *again[1:]]:
        _, error = run(source)
        if error is not None:
            break
    for source in again[:-1]:
        assert run(source)[1] is None
    if error is None or not error.startswith(f"ClaimFailed: {row.claim}"):
        return f"{row.claim}\n  broken by {row.new!r}\n  gave {error}"
    return None
