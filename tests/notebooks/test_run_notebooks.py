import re
import subprocess
import sys

import nbformat
from kernels import ROOT
from nbformat.v4 import new_code_cell, new_notebook
from nbval.plugin import get_sanitize_patterns

SOURCE = """
import random
from pollerlab.scenery import plots, record
with record() as r:
    r.mark("ticked", "here", 0)
print(f"~{random.random()} ms of 3")
plots.timeline(r)
"""


def run(path):
    subprocess.run(
        [sys.executable, ROOT / "tools" / "run_notebooks.py", path], check=True, capture_output=True
    )
    return nbformat.read(path, as_version=4)


def compared(notebook):
    """What the tests compare of a notebook: neither pictures nor ``~`` numbers."""
    patterns = get_sanitize_patterns((ROOT / "tests" / "notebooks" / "nbval_sanitize.cfg").read_text())
    for cell in notebook.cells:
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    text = nbformat.writes(notebook)
    for pattern, replacement in patterns:
        text = re.sub(pattern, replacement, text)
    return text


def test_a_second_run_changes_only_pictures_and_numbers_with_a_tilde(tmp_path):
    path = tmp_path / "one.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(SOURCE, id="one")]), path)
    first = run(path)
    assert first.cells[0].execution_count == 1
    assert "image/png" in first.cells[0].outputs[1].data
    second = run(path)
    assert second.cells[0].outputs[0].text != first.cells[0].outputs[0].text
    assert compared(second) == compared(first)


def test_a_notebook_that_fails_is_not_stored(tmp_path):
    path = tmp_path / "one.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0", id="one")]), path)
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "run_notebooks.py", path], capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"ZeroDivisionError" in done.stderr
    assert path.read_bytes() == before
