"""Seat a class on this machine: many kernels run one notebook at the same time, as on a server of its own.

Usage: python tools/classroom.py [NOTEBOOK ...] [--heads N] [--within SECONDS]

Each head runs the notebook from its first cell to its last, in a kernel of its own; they begin at moments
spread evenly over the time given.  Before them, one does so alone.  A kernel that ends while it starts is
started again with other ports, as a Jupyter server does.  Printed is, for each notebook, what a head takes of
memory and CPU time, how much longer the class took than the one, how many starts failed, and which cells.
The exit status is 1 if a cell did.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 180  # seconds for a cell, on a machine that is very full
STARTS = 5  # of a kernel, until one lives
USUAL = ["04_polling_many_sockets", "11_waiting_room"]


class Head(NamedTuple):
    """What one of the class has seen, and what it took."""

    seconds: float
    """From its first cell to its last, without the kernel's start."""
    cpu: float
    """Seconds of CPU time, of the kernel and of the processes that it has waited for."""
    memory: float
    """MB at the end that nobody else uses, in the kernel and its child processes."""
    failed: list[str]
    """``cell: error`` for each cell that failed."""
    starts: int
    """How often its kernel was started until it lived."""


def living(notebook: nbformat.NotebookNode, folder: Path, stack: ExitStack) -> tuple[NotebookClient, int]:
    """A client whose kernel lives until the stack is closed, and how many starts that took.

    :raises RuntimeError: if none of ``STARTS`` lives.
    """
    for starts in range(1, STARTS + 1):
        client = NotebookClient(
            notebook,
            timeout=LONGEST,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            stack.enter_context(client.setup_kernel())
        except RuntimeError:
            if starts == STARTS:
                raise
        else:
            break
    return client, starts


def run(path: Path, begin: float) -> Head:
    """Run a notebook in a kernel of its own.

    :param begin: when, in ``time.monotonic()`` seconds.
    """
    time.sleep(max(0.0, begin - time.monotonic()))
    notebook, failed = nbformat.read(path, as_version=4), []
    with ExitStack() as stack:
        client, starts = living(notebook, path.parent, stack)
        started = time.monotonic()
        for place, cell in enumerate(notebook.cells):
            client.execute_cell(cell, place)
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    failed.append(f"{place}: {output.ename}: {output.evalue.splitlines()[0]}")
        seconds = time.monotonic() - started
        kernel = psutil.Process(client.km.provisioner.pid)
        times = kernel.cpu_times()
        own = [process.memory_full_info().uss for process in (kernel, *kernel.children(recursive=True))]
        cpu = times.user + times.system + times.children_user + times.children_system
    return Head(seconds, cpu, sum(own) / 1e6, failed, starts)


def seat(path: Path, heads: int, within: float) -> list[Head]:
    """Have a class run a notebook, and return what each has seen."""
    now = time.monotonic()
    moments = [now + number * within / heads for number in range(heads)]
    with ThreadPoolExecutor(heads) as pool:
        return list(pool.map(run, [path] * heads, moments))


def main() -> int:
    """Run it all, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(description="Seat a class on this machine.")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--heads", type=int, default=30, help="how many (default: 30)")
    parser.add_argument("--within", type=float, default=60.0, help="seconds in which all begin (default: 60)")
    options = parser.parse_args()
    paths = options.notebooks or [ROOT / "notebooks" / f"{name}.ipynb" for name in USUAL]
    failed = 0
    for path in paths:
        alone = run(path, 0.0)
        free = psutil.virtual_memory().available
        heads = seat(path, options.heads, options.within)
        slower = [head.seconds / alone.seconds for head in heads]
        cells = sum(cell.cell_type == "code" for cell in nbformat.read(path, as_version=4).cells)
        print(
            f"{path.stem}: {options.heads} heads on {psutil.cpu_count()} cores, {free / 1e9:.1f} GB free\n"
            f"  a head: {statistics.median(head.memory for head in heads):.0f} MB, "
            f"{statistics.median(head.cpu for head in heads):.1f} s of CPU time\n"
            f"  against one alone ({alone.seconds:.0f} s): typically {statistics.median(slower):.1f} times "
            f"as long, at most {max(slower):.1f} times\n"
            f"  starts that failed: {sum(head.starts - 1 for head in heads)}\n"
            f"  cells that failed: {sum(len(head.failed) for head in heads)} of "
            f"{options.heads * cells}, alone {len(alone.failed)}",
            flush=True,
        )
        for what, times in Counter(error for head in heads for error in head.failed).most_common():
            print(f"    {times} times in cell {what}", flush=True)
        failed += sum(len(head.failed) for head in [alone, *heads])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
