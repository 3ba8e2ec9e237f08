"""What a notebook leaves behind in its kernel, and what the meter sees there."""

import pytest
from kernels import NOTEBOOKS, ROOT, code_cells, kernel

# First a throw-away plot, room, socket and long output: matplotlib keeps its font files open, a thread draws
# for all waiting rooms, libzmq keeps its threads, and pyzmq starts one when ipykernel first sends a frame of
# over 64 KiB, as pictures are.
BEFORE = f"""
import sys
print("x" * 100_000)
sys.path.insert(0, {str(ROOT / "tests")!r})
import zmq
from census import Census
from pollerlab import plots, record
from pollerlab.dashboard import WaitingRoom
with zmq.Context.instance().socket(zmq.PAIR) as throw_away:
    throw_away.bind("tcp://127.0.0.1:*")
with record() as r:
    r.mark("ticked", "here")
plots.timeline(r, "Title")._repr_png_()
WaitingRoom()
"""
COUNT = "census = Census()"
AFTER = "census.check()"

LEAKS = {
    "import socket\nleaked = socket.socket()": "1 descriptors",
    "import subprocess, sys\n"
    "leaked = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)": "1 processes",
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_leaves_nothing_behind_even_if_each_cell_runs_twice(path):
    with kernel() as run:
        assert run(BEFORE)[1] is None
        assert run(COUNT)[1] is None
        for source in code_cells(path):
            assert run(source)[1] is None
            assert run(source)[1] is None
        assert run(AFTER)[1] is None


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_would_be_seen(leak):
    with kernel() as run:
        run(BEFORE)
        run(COUNT)
        run(leak)
        error = run(AFTER)[1]
        assert error.startswith("AssertionError: left behind: threads [], 0 native threads, ")
        assert LEAKS[leak] in error


ANOTHER_THREAD_BURNS = """
import threading, time
from pollerlab import record
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
