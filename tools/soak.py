"""Run every notebook and compare every output, again and again, under five loads in turn.

Usage: python tools/soak.py RUNS [--notebooks PATH ...]

One line a run is printed.  What pytest said of it is kept in build/soak, each failure with its cell and its
output.  docs/soak.md says what the loads are, and has the totals of all who did this: a row is added for each
load.  The exit status is 1 if a cell failed.
"""

import argparse
import datetime  # noqa: TID251 (for the date in the table, which nothing is measured by)
import statistics
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parent.parent
FLOOD = ROOT / "tools" / "flood.py"
KEPT = ROOT / "build" / "soak"
TABLE = ROOT / "docs" / "soak.md"
# Ends with the parent, however that ends: its stdin is open for as long as the parent lives.
BUSY = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    pass
"""


class Load(NamedTuple):
    """What the notebooks run beside."""

    name: str
    cores: int | None
    """How many cores there are for all of it; None for all."""
    busy: int
    """How many processes are busy meanwhile."""
    flood: bool = False
    """Whether another floods the loopback interface."""


class Failure(NamedTuple):
    """A cell that failed, or another complaint of pytest's."""

    where: str
    what: str


def loads() -> list[Load]:
    """The loads that this system can have: macOS binds no process to a core."""
    cores = psutil.cpu_count() or 1
    one_core = [Load("one core", 1, 0), Load("shared core", 1, 2)] if _can_bind() else []
    flood = Load("flood", None, cores, flood=True)
    return [Load("quiet", None, 0), Load("busy", None, cores), *one_core, flood]


def _can_bind() -> bool:
    return hasattr(psutil.Process, "cpu_affinity")


@contextmanager
def under(load: Load) -> Iterator[None]:
    """Have the load, for this process and those that it starts."""
    me, busy, before = psutil.Process(), [], None
    try:
        if load.cores is not None:
            before = me.cpu_affinity()
            me.cpu_affinity(before[: load.cores])
        for _ in range(load.busy):
            busy.append(subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE))
        if load.flood:
            flood = subprocess.Popen([sys.executable, FLOOD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            busy.append(flood)
            if not flood.stdout.readline():
                raise RuntimeError(f"{FLOOD} has ended: see what it says above.")
        yield
    finally:
        for process in busy:
            process.kill()
            with process:  # waits for its end
                pass
        if before is not None:
            me.cpu_affinity(before)


def run(paths: list[Path], kept: Path) -> list[Failure]:
    """Run these notebooks with pytest, and keep what it says under the name *kept*."""
    report = kept.with_suffix(".xml")
    with kept.with_suffix(".txt").open("w") as output:
        status = subprocess.run(
            [sys.executable, "-m", "pytest", *paths, f"--junitxml={report}"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        ).returncode
    failures = []
    if report.exists():
        for case in ElementTree.parse(report).iter("testcase"):
            for fault in [*case.iter("failure"), *case.iter("error")]:
                failures.append(Failure(f"{case.get('classname')} {case.get('name')}", fault.text or ""))
    if status != 0 and not failures:
        failures.append(Failure("pytest", f"ended with status {status}"))
    return failures


def commit() -> str:
    """The short name of the commit, with a plus sign if files differ from it."""
    name = subprocess.run(
        ["git", "describe", "--always", "--exclude=*", "--dirty=+"], cwd=ROOT, capture_output=True, text=True
    )
    return name.stdout.strip() or "unknown"


def add_to_table(load: Load, seconds: list[float], failed: int) -> None:
    """Add a row."""
    today = datetime.date.today().isoformat()
    row = [today, commit(), load.name, len(seconds), failed, f"{statistics.median(seconds):.0f}"]
    with TABLE.open("a", encoding="utf-8") as file:
        file.write(f"| {' | '.join(map(str, row))} |\n")


def totals() -> tuple[int, int]:
    """Runs and failed cells in the whole table."""
    rows = [line.split("|") for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:3] == "| 2"]
    return sum(int(row[4]) for row in rows), sum(int(row[5]) for row in rows)


def main() -> int:
    """Read the command line, run, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", metavar="RUNS", type=int)
    parser.add_argument("--notebooks", nargs="+", type=Path, default=[ROOT / "notebooks"], metavar="PATH")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("RUNS must be 1 or more.")
    KEPT.mkdir(parents=True, exist_ok=True)
    seconds: dict[Load, list[float]] = {}
    failed: dict[Load, int] = {}
    began = datetime.datetime.now().strftime("%m%d-%H%M%S")
    try:
        for number, load in enumerate(islice(cycle(loads()), options.runs), 1):
            start = time.monotonic()
            with under(load):
                kept = KEPT / f"{began}-{number}-{load.name.replace(' ', '-')}"
                failures = run([path.resolve() for path in options.notebooks], kept)
            seconds.setdefault(load, []).append(time.monotonic() - start)
            failed[load] = failed.get(load, 0) + len(failures)
            took = f"{seconds[load][-1]:.0f} s, load average {psutil.getloadavg()[1]:.1f}"
            print(f"{number}/{options.runs} {load.name}: {len(failures)} failed, {took}", flush=True)
            for failure in failures:
                print(f"    {failure.where}\n        " + failure.what.strip().replace("\n", "\n        "))
    except KeyboardInterrupt:
        print("interrupted: the run that was under way does not count")
    if options.notebooks == parser.get_default("notebooks"):
        for load in seconds:
            add_to_table(load, seconds[load], failed[load])
        print("all who did this: {} runs, {} failed cells".format(*totals()))
    return 1 if any(failed.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
