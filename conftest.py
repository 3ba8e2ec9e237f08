"""How the tests are spread over workers, ``pytest -n auto``, and how they reach their kernels."""

import gc
import os
import signal
import tempfile
import uuid
from pathlib import Path, PurePath
from zlib import crc32

import jupyter_client.manager
import nbval.kernel
from traitlets import default
from xdist.scheduler import LoadScopeScheduling

from pollerlab.scenery import cores

BUSY = {
    "test_bench",
    "test_bells",
    "test_matrix",
    "test_overhead",
    "test_comparison",
    "test_field",
    "test_fuzzing",
    "test_plots",
    "test_run_notebooks",
}
"""These want a core all the time: one worker has them all, or the others could hardly measure anything."""
APART = {"test_notebooks", "test_exercises", "test_bad_input", "test_pages"}
"""These take long: each test goes to the next worker that is free.  Those of another file stay together."""
FIRST = (
    *("busy", "tests/notebooks/test_notebooks.py", "tests/test_drills.py", "notebooks"),
    *("tests/browser/test_waiting_room.py", "tests/browser/test_replay.py"),
)
"""How the names of groups begin that take longest, so nobody waits for them at the end; in this order."""
LAST = ("tests/exercises", "tests/test_bad_input.py")
"""What any worker may take at the end: some wait, and some work, so they come in an order by chance."""


os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"  # trio has one, which looks through all that is in memory

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell ignores Ctrl-C in what it starts in the background, and so would all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class KernelOverFiles(jupyter_client.manager.KernelManager):
    """Reaches its kernel over socket files.

    A port that is free when it is chosen may be taken when the kernel is there at last: tests open many.
    """

    @default("transport")
    def _ipc(self):
        return "ipc"

    @default("connection_file")
    def _in_no_folder_of_the_kernel(self):
        return str(Path(tempfile.gettempdir(), f"kernel-{uuid.uuid4()}.json"))


if os.name == "posix":
    jupyter_client.manager.KernelManager = nbval.kernel.KernelManager = KernelOverFiles


def group_of(nodeid):
    """The name of what runs in one worker: it shares a kernel or fixtures, or must not run side by side."""
    file = nodeid.split("::")[0]
    stem = PurePath(file).stem
    return "busy" if stem in BUSY else nodeid if stem in APART else file


class ByGroup(LoadScopeScheduling):
    """Gives each worker a whole group at a time."""

    def _split_scope(self, nodeid):
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Use `ByGroup`, whatever ``--dist`` says."""
    return ByGroup(config, log)


def pytest_xdist_auto_num_workers():
    """More than cores, since most tests wait most of the time; and no more than there is work for."""
    return min(4 * cores(), 8)


def pytest_collection_modifyitems(items):
    """Put what takes longest first, and what is short last."""

    def rank(item):
        if item.nodeid.startswith(LAST):
            return len(FIRST) + 1, crc32(item.nodeid.encode())
        group = group_of(item.nodeid)
        return next((place for place, name in enumerate(FIRST) if group.startswith(name)), len(FIRST)), 0

    items.sort(key=rank)


def pytest_collection_finish():
    """Have no collection of garbage look at the thousands of tests again and again."""
    gc.freeze()
