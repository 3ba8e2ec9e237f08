"""Drill notebooks in real kernels, as a class does: run twice and backwards, interrupted, restarted, killed.

Usage: python tools/drills.py [NOTEBOOK ...] [--drill NAME ...]    (default: all)

Prints what it finds as it goes, and at the end a table; the exit status is 1 if there is a fault.  After each
drill, what is left is counted: threads, descriptors and processes in the kernel, and processes and files of a
kernel that is gone.
"""

import argparse
import os
import queue
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 60.0  # seconds for a cell; after that, it hangs
BAR = 2.0  # seconds in which an interrupt must end a cell
PATIENCE = 5.0  # seconds for processes to end after their kernel
MARK = "POLLERLAB_DRILL"  # the environment variable by which a kernel's processes are known
PARTS = (0.25, 0.5, 0.75)  # of a cell's time: when it is interrupted
# A cell that is over sooner has no middle: the interrupt would meet ipykernel between two cells, which ends
# or deafens it now and then (3 of 2,775 interrupts of `def f(): pass`, ipykernel 7).
SHORTEST = 0.01  # seconds
STOPPED = ("KeyboardInterrupt", "CancelledError")
OUT_OF_ORDER = "NameError"  # what a cell may say when a cell above it has not run

SAID = ("one on stdout", "one on stderr")
WARM_UP = f"""
import subprocess, sys
sys.path.insert(0, {str(ROOT / "tests" / "support")!r})
import warm_up
# ipykernel opens a socket for each of the two when a child process first writes there.
subprocess.run([sys.executable, "-c", "import sys; print('{SAID[0]}'); print('{SAID[1]}', file=sys.stderr)"])
"""
COUNT = "import census; census.first = census.Census()"
CHECK = "import census, gc; gc.collect(); census.first.check()"
ANOTHER_ERROR = "raise RuntimeError('as good as any')"


class Fault(Exception):
    """What a drill has found; it ends the drill."""


class Run(NamedTuple):
    """A cell's run."""

    error: str | None
    """As in "NameError: name 'zmq' is not defined"."""
    seconds: float
    child_at: float | None
    """Seconds from its start to the middle of the time in which it had a child process, if it had one."""


class Kernel:
    """A kernel, and the files and processes that it leaves."""

    def __init__(self, folder: Path) -> None:
        self._mark = uuid.uuid4().hex
        self._temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._folder, self._files_before = folder, set(folder.iterdir())
        environment = {**os.environ}
        environment.pop("PYTEST_CURRENT_TEST", None)  # ipykernel would not show what a child prints
        self._manager, self._client = start_new_kernel(
            kernel_name="python3",
            cwd=str(folder),
            env=environment | {MARK: self._mark, "TMPDIR": self._temporary.name},
            extra_arguments=["--HistoryManager.enabled=False"],  # it opens files whenever it likes
            stdout=subprocess.DEVNULL,  # what child processes print, once more
            stderr=subprocess.DEVNULL,  # that, and the kernel's log
        )
        try:
            self._warm_up()
        except BaseException:
            self.close()
            raise

    def _warm_up(self) -> None:
        self._printed = ""
        error = self._in_its_own_names(WARM_UP)
        while not error and not all(line in self._printed for line in SAID):
            try:
                self._note(self._client.get_iopub_msg(timeout=LONGEST))
            except queue.Empty:
                error = "what a child process prints does not arrive"
        if error := error or self._in_its_own_names(COUNT):
            raise Fault(f"a kernel could not be prepared: {error}")

    def _note(self, message: dict) -> None:
        if message["msg_type"] == "stream":
            self._printed += message["content"]["text"]

    def _in_its_own_names(self, source: str) -> str | None:
        """Run code that neither sees nor changes the notebook's names; the error."""
        return self.run(f"exec({source!r}, {{}})").error

    # -- cells -------------------------------------------------------------------------------------

    def run(self, source: str, watch: bool = False) -> Run:
        """Run a cell to its end.

        :param watch: whether to look for child processes meanwhile, which costs CPU time.
        :raises Fault: if it hangs, or the kernel dies.
        """
        self.start(source)
        return self.finish(watch)

    def start(self, source: str) -> None:
        """Start a cell, and return when it runs."""
        # Without stop_on_error, what comes soon after an error would be thrown away unrun.
        self._source = source
        self._id = self._client.execute(source, allow_stdin=False, stop_on_error=False)
        self._error, self._children, self._ended = None, [], None
        self._read(LONGEST, until="busy")
        self._began = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Return after some seconds, or when the cell has ended."""
        with suppress(TimeoutError):
            self._read(seconds, until="idle")

    def finish(self, watch: bool = False) -> Run:
        """Wait for the cell's end.

        :raises Fault: if it hangs, or the kernel dies.
        """
        try:
            self._read(LONGEST, until="idle", watch=watch)
        except TimeoutError:
            raise Fault(f"a cell did not end within {LONGEST:g} s:\n{self._source}") from None
        seconds = self._ended - self._began
        middle = (self._children[0] + self._children[-1]) / 2 if self._children else None
        return Run(self._error, seconds, middle)

    def _read(self, seconds: float, until: str, watch: bool = False) -> None:
        deadline = time.monotonic() + seconds
        while self._ended is None:
            try:
                left = deadline - time.monotonic()
                message = self._client.get_iopub_msg(timeout=max(0, min(left, 0.05)))
            except queue.Empty:
                if not self._manager.is_alive():
                    raise Fault(f"the kernel died in:\n{self._source}") from None
                if time.monotonic() > deadline:
                    raise TimeoutError from None
                if watch and self._process.children():
                    self._children.append(time.monotonic() - self._began)
                continue
            self._note(message)
            if message["parent_header"].get("msg_id") != self._id:
                continue
            content = message["content"]
            if message["msg_type"] == "error":
                self._error = f"{content['ename']}: {content['evalue']}"
            if content.get("execution_state") == "idle":
                self._ended = time.monotonic()
            if content.get("execution_state") == until:
                return

    # -- what befalls it ---------------------------------------------------------------------------

    @property
    def _process(self) -> psutil.Process:
        return psutil.Process(self._manager.provisioner.pid)

    def interrupt(self) -> None:
        """Press the stop button."""
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        """Press the restart button."""
        self._manager.restart_kernel()
        self._client.wait_for_ready(timeout=LONGEST)
        self._warm_up()

    def kill(self) -> None:
        """End the kernel's process alone, with no chance to tidy up."""
        self._process.kill()

    # -- what it leaves ----------------------------------------------------------------------------

    def left_inside(self) -> str | None:
        """What is more in the kernel than before the first cell.

        The last error keeps what was at work then, until another comes: a socket that an interrupt met
        between its making and the ``with``, or a process for which subprocess.run() has not waited.
        """
        self._in_its_own_names(ANOTHER_ERROR)
        return self._in_its_own_names(CHECK)

    def left_outside(self, killed: bool = False) -> str | None:
        """What processes there are of this kernel, besides itself, and what files.

        :param killed: temporary files are forgiven: a killed process leaves some, under names of their own.
        """
        deadline = time.monotonic() + PATIENCE
        while processes := self._others():
            if time.monotonic() > deadline:
                commands = []
                for process in processes:
                    with suppress(psutil.Error):
                        commands.append(" ".join(process.cmdline())[:120])
                return f"{len(commands)} processes: {commands}"
            time.sleep(0.05)
        files = {*self._folder.iterdir()} - self._files_before
        if not killed:
            files.update(Path(self._temporary.name).iterdir())
        return f"files: {sorted(path.name for path in files)}" if files else None

    def _others(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                own = process.environ().get(MARK) == self._mark and process.status() != psutil.STATUS_ZOMBIE
                if own and process.pid != self._manager.provisioner.pid:
                    found.append(process)
        return found

    def close(self) -> None:
        """End whatever is left of it."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        for process in self._others():
            with suppress(psutil.Error):
                process.kill()
        self._manager.cleanup_resources()
        self._temporary.cleanup()


@contextmanager
def kernel(path: Path) -> Iterator[Kernel]:
    """A fresh kernel in the folder of the notebook at *path*."""
    fresh = Kernel(path.parent)
    try:
        yield fresh
    finally:
        fresh.close()


# -- the drills: each takes a notebook and a list for the faults it finds, and returns a remark --------------


def cells(path: Path) -> list[str]:
    """The sources of the code cells."""
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def run_each(kernel: Kernel, sources: list[str], faults: list[str], what: str) -> list[Run]:
    """Run cells that must all come to a good end."""
    runs = []
    for number, source in enumerate(sources):
        runs.append(kernel.run(source))
        if runs[-1].error:
            faults.append(f"{what}, cell {number}: {runs[-1].error}")
    return runs


def note_what_is_left(kernel: Kernel, faults: list[str], what: str) -> None:
    """See what there is more than before, inside the kernel and beside it."""
    for left in (kernel.left_inside(), kernel.left_outside()):
        if left:
            faults.append(f"{what}: {left}")


def again(path: Path, faults: list[str]) -> str:
    """Run all; then run all again in the same kernel."""
    with kernel(path) as k:
        for what in ("run all", "run all again"):
            began = time.monotonic()
            run_each(k, cells(path), faults, what)
            note_what_is_left(k, faults, f"after {what}")
    return f"{time.monotonic() - began:.0f} s a run"


def twice(path: Path, faults: list[str]) -> str:
    """Run every cell twice."""
    with kernel(path) as k:
        run_each(k, [source for source in cells(path) for _ in range(2)], faults, "each cell twice")
        note_what_is_left(k, faults, "after each cell twice")
    return ""


def backwards(path: Path, faults: list[str]) -> str:
    """Run the cells from the last to the first, in a fresh kernel, and again once all have run in order."""
    sources = cells(path)
    with kernel(path) as k:
        for number in reversed(range(len(sources))):
            error = k.run(sources[number]).error
            if error and not error.startswith(OUT_OF_ORDER):
                faults.append(f"backwards in a fresh kernel, cell {number}: {error}")
        run_each(k, sources, faults, "in order after backwards")
        for number in reversed(range(len(sources))):
            error = k.run(sources[number]).error
            if error:
                faults.append(f"backwards after all had run, cell {number}: {error}")
        note_what_is_left(k, faults, "after backwards")
    return ""


def interrupt(path: Path, faults: list[str]) -> str:
    """Interrupt each cell early, in its middle and late; go on with the next; then run it after all.

    Those that are over at once are not interrupted.
    """
    sources, times = cells(path), [run.seconds for run in timed(path)]
    longest = 0.0
    with kernel(path) as k:
        for number, source in enumerate(sources):
            for part in PARTS if times[number] > SHORTEST else ():
                k.start(source)
                k.wait(times[number] * part)  # no condition tells where a cell is
                began = time.monotonic()
                k.interrupt()
                error = k.finish().error
                took = time.monotonic() - began
                longest = max(longest, took)
                if took > BAR:
                    faults.append(f"cell {number} ended {took:.1f} s after its interrupt at {part:.0%}")
                if error and not error.startswith(STOPPED):
                    faults.append(f"cell {number}, interrupted at {part:.0%}: {error}")
            note_what_is_left(k, faults, f"after the interrupts of cell {number}")
            if number + 1 < len(sources):
                k.run(sources[number + 1])  # it may miss what was not finished, but must end
            error = k.run(source).error
            if error:
                faults.append(f"cell {number}, run after its interrupts: {error}")
        note_what_is_left(k, faults, "after all interrupts")
    return f"{longest:.1f} s at most"


def restart(path: Path, faults: list[str]) -> str:
    """Restart the kernel in the middle of a cell, and run all."""
    moments = worst_moments(path)
    with kernel(path) as k:
        for number, seconds in moments:
            reach(k, path, number, seconds, faults)
            k.restart()
            note_what_is_left(k, faults, f"after a restart in cell {number}")
        run_each(k, cells(path), faults, "run all after a restart")
        note_what_is_left(k, faults, "after run all after a restart")
    return f"in {len(moments)} cells"


def kill(path: Path, faults: list[str]) -> str:
    """Kill the kernel in the middle of a cell, and run all in another."""
    moments = worst_moments(path)
    for number, seconds in moments:
        with kernel(path) as k:
            reach(k, path, number, seconds, faults)
            k.kill()
            left = k.left_outside(killed=True)
            if left:
                faults.append(f"after a kill in cell {number}: {left}")
    with kernel(path) as k:
        run_each(k, cells(path), faults, "run all after a kill")
    return f"in {len(moments)} cells"


def together(path: Path, faults: list[str]) -> str:
    """Run the notebook in two kernels at the same time."""

    def run_all(_: int) -> None:
        with kernel(path) as k:
            run_each(k, cells(path), faults, "beside another kernel")
            note_what_is_left(k, faults, "after the run beside another kernel")

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(run_all, range(2)))
    return ""


_timed: dict[Path, list[Run]] = {}


def timed(path: Path) -> list[Run]:
    """The runs of the cells, in a kernel of their own: how long each takes, and when it has children."""
    if path not in _timed:
        with kernel(path) as k:
            _timed[path] = [k.run(source, watch=True) for source in cells(path)]
    return _timed[path]


def worst_moments(path: Path) -> list[tuple[int, float]]:
    """Where a sudden end could leave something: ``(cell, seconds)``.

    In each cell that has child processes, while it has one, and in the middle of the longest cell.
    """
    runs = timed(path)
    moments = {number: run.child_at for number, run in enumerate(runs) if run.child_at is not None}
    longest = max(range(len(runs)), key=lambda number: runs[number].seconds)
    return sorted({longest: runs[longest].seconds / 2, **moments}.items())


def reach(kernel: Kernel, path: Path, number: int, seconds: float, faults: list[str]) -> None:
    """Run the cells before this one, and this one for some seconds."""
    sources = cells(path)
    run_each(kernel, sources[:number], faults, f"on the way to cell {number}")
    kernel.start(sources[number])
    kernel.wait(seconds)


Drill = Callable[[Path, list[str]], str]
DRILLS: dict[str, Drill] = {
    drill.__name__: drill for drill in (again, twice, backwards, interrupt, restart, kill, together)
}


def main() -> int:
    """Read the command line, run the drills, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "notebooks", nargs="*", type=Path, default=sorted((ROOT / "notebooks").glob("*.ipynb"))
    )
    parser.add_argument("--drill", nargs="+", choices=DRILLS, default=list(DRILLS))
    options = parser.parse_args()
    table, found = [], 0
    for path in options.notebooks:
        row = [path.stem]
        for name in options.drill:
            faults: list[str] = []
            began = time.monotonic()
            try:
                remark = DRILLS[name](path.resolve(), faults)
            except Fault as fault:
                remark = ""
                faults.append(str(fault))
            print(f"{path.stem}, {name}: {len(faults)} faults, {time.monotonic() - began:.0f} s", flush=True)
            for fault in faults:
                print(f"    {fault}", flush=True)
            found += len(faults)
            row.append(", ".join(filter(None, ["ok" if not faults else f"{len(faults)} FAULTS", remark])))
        table.append(row)
    print()
    for row in [["notebook", *options.drill], ["---"] * (1 + len(options.drill)), *table]:
        print(f"| {' | '.join(row)} |")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
