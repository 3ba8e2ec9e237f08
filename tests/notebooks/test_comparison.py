"""The comparison of outputs can fail: strict nbval over a small notebook, in a pytest of its own."""

import re
import subprocess
import sys

import nbformat
import pytest
from kernels import ROOT
from nbformat.v4 import new_code_cell, new_notebook, new_output

MAY_VARY = [  # source, stored output
    ("print('~13 ms')", "~12 ms\n"),
    ("print('~1,234 of ~0.5 %')", "~987,654 of ~99.12 %\n"),
    ("print('12 ms')", "12 ms\n"),
]
MUST_FAIL = [
    ("print('13 ms')", "12 ms\n"),
    ("print('~12 s')", "~12 ms\n"),
    ("print('12 ms')", "~12 ms\n"),
    ("print('~12 13')", "~12 14\n"),
    ("print('~ 12 ms')", "~ 13 ms\n"),
    ("print('✓ one')", "✓ another\n"),
    ("print('once'); print('once')", "once\n"),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The outcome of each cell, compared as the course's cells are."""
    path = tmp_path_factory.mktemp("compared") / "cells.ipynb"
    cells = [
        new_code_cell(source, execution_count=1, outputs=[new_output("stream", name="stdout", text=stored)])
        for source, stored in MAY_VARY + MUST_FAIL
    ]
    nbformat.write(new_notebook(cells=cells), path)
    strict = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider"]
    ours = ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    run = subprocess.run([*strict, *ours, str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^(PASSED|FAILED) \S*::Cell (\d+)", run.stdout, re.M)
    assert len(found) == len(cells), run.stdout + run.stderr
    return {int(place): outcome for outcome, place in found}


@pytest.mark.parametrize("place", range(len(MAY_VARY)))
def test_numbers_with_a_tilde_may_vary(outcomes, place):
    assert outcomes[place] == "PASSED"


@pytest.mark.parametrize("place", range(len(MAY_VARY), len(MAY_VARY) + len(MUST_FAIL)))
def test_anything_else_that_changes_fails(outcomes, place):
    assert outcomes[place] == "FAILED"
