import subprocess
import sys

import nbformat
from kernels import ROOT
from nbformat.v4 import new_code_cell, new_notebook

SOURCE = """
import random
from pollerlab import plots, record
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


def without_pictures(notebook):
    for cell in notebook.cells:
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    return notebook


def test_a_second_run_changes_only_pictures_and_what_is_printed_otherwise(tmp_path):
    path = tmp_path / "two.ipynb"
    cells = [new_code_cell(SOURCE, id="one"), new_code_cell("print('~1 of 1')", id="two")]
    nbformat.write(new_notebook(cells=cells), path)
    first = run(path)
    assert [cell.execution_count for cell in first.cells] == [1, 2]
    assert "image/png" in first.cells[0].outputs[1].data
    changed = nbformat.read(path, as_version=4)
    changed.cells[1].source = "print('~1 of 2')"  # not only the number with the tilde
    nbformat.write(changed, path)
    second = without_pictures(run(path))
    assert second.cells[1].outputs[0].text == "~1 of 2\n"
    changed.cells[1].outputs = second.cells[1].outputs
    assert second == without_pictures(changed)


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
