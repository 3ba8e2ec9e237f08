"""The drills find what is planted."""

import sys

import pytest
from loaded import loaded
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from until import has_ended, until

drills = loaded("tools/drills.py")

LEFT = """
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdin=subprocess.PIPE)
"""
KEPT = """
import socket
def interrupted():
    made = socket.socket()
    raise KeyboardInterrupt
interrupted()
"""
DEAF = """
import time
end = time.monotonic() + 2
while time.monotonic() < end:
    try:
        time.sleep(1)
    except KeyboardInterrupt:
        pass
"""


@pytest.fixture
def notebook(tmp_path):
    def with_cells(*sources):
        path = tmp_path / "tiny.ipynb"
        write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
        return path

    return with_cells


def test_a_cell_that_hangs_and_a_kernel_that_dies_are_found(notebook, monkeypatch):
    with drills.kernel(notebook()) as kernel:
        monkeypatch.setattr(drills, "LONGEST", 0.5)
        with pytest.raises(drills.Fault, match=r"did not end within 0\.5 s:\nwhile True"):
            kernel.run("while True: pass")
        monkeypatch.setattr(drills, "LONGEST", 10)
        kernel.interrupt()
        with pytest.raises(drills.Fault, match="the kernel died"):
            kernel.run("import os\nos._exit(1)")


def test_what_a_notebook_leaves_is_found(notebook, monkeypatch):
    path, faults = notebook(), []
    monkeypatch.setattr(drills, "PATIENCE", 0.3)
    with drills.kernel(path) as kernel:
        drills.note_what_is_left(kernel, faults, "before")
        assert faults == []
        kernel.run("import census; census.SECONDS = 0.3")
        kernel.run(LEFT)
        (path.parent / "file").touch()
        drills.note_what_is_left(kernel, faults, "after")
        inside, outside = faults
        assert "1 descriptors or sockets, 1 processes" in inside
        assert "after: 1 processes" in outside
        kernel.kill()
        assert "1 processes" in kernel.left_outside(killed=True)
        (process,) = kernel._others()
    until(lambda: has_ended(process.pid))


def test_what_is_kept_by_the_last_error_alone_is_not_left(notebook):
    faults = []
    with drills.kernel(notebook()) as kernel:
        assert kernel.run(KEPT).error == "KeyboardInterrupt: "
        drills.note_what_is_left(kernel, faults, "after")
    assert faults == []


def test_a_cell_that_does_not_heed_its_interrupt_is_found(notebook, monkeypatch):
    monkeypatch.setattr(drills, "BAR", 1.0)
    monkeypatch.setattr(drills, "PARTS", (0.25,))
    faults = []
    drills.interrupt(notebook(DEAF), faults)
    (fault,) = faults
    assert fault.startswith("cell 0 ended ")


def test_cells_that_fail_out_of_order_are_found(notebook):
    faults = []
    drills.backwards(notebook("x = 1", "assert x == 1", "x = 2", "import nosuch"), faults)
    missing = "ModuleNotFoundError: No module named 'nosuch'"
    assert faults == [
        f"backwards in a fresh kernel, cell 3: {missing}",
        "backwards in a fresh kernel, cell 1: AssertionError: ",
        f"in order after backwards, cell 3: {missing}",
        f"backwards after all had run, cell 3: {missing}",
        "backwards after all had run, cell 1: AssertionError: ",
    ]


def test_a_good_notebook_passes(notebook, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["drills.py", str(notebook("x = 1", "assert x == 1")), "--drill", "again"]
    )
    assert drills.main() == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("| tiny | ok, ")
