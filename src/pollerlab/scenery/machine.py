"""The preflight: what this machine grants the course, in a few sentences."""

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate
from operator import truediv
from pathlib import Path

import zmq

from ..arguments import checked
from .meter import SAMPLES_PER_SECOND, clock_of_this_thread


@checked
def preflight(root: str | os.PathLike[str] = "/") -> None:
    """Print what the program may use of this machine, and what follows for the plots.

    Four sentences, a fifth where the CPU limit is under one core, and one where the notebook's own kernel is
    of a kind that loses wake-ups.  Every number that depends on the machine has a tilde before it.

    :param root: where `quota` finds /proc and /sys.
    """
    count, limit = cores(), quota(root)
    per_second = count if limit is None else min(count, limit)
    print(f"Your program may use ~{count} of this machine's processor cores.")
    print(f"In each second it may use up to ~{per_second:.2f} seconds of CPU time, all its threads together.")
    print(
        f"It runs on Python ~{_short(sys.version_info)} with pyzmq ~{_short(zmq.pyzmq_version_info())}"
        f" and ZeroMQ (libzmq) ~{_short(zmq.zmq_version_info())}."
    )
    if _another_thread_can_read_the_clock():
        print(
            "One thread can read another's CPU clock here, so the CPU curve in your plots"
            f" has {SAMPLES_PER_SECOND} points a second."
        )
    else:
        print(
            "One thread cannot read another's CPU clock here: totals of CPU time are exact all the same,"
            " but the CPU curve in your plots has a point only where the loop marks something."
        )
    if per_second < 1:
        print(
            "That CPU limit is less than one core: you will see a busy loop use less than 100 %, and now and"
            " then a longer wait, when the system holds your program back. The comparisons hold all the same."
        )
    kernel = getattr(sys.modules.get("ipykernel"), "version_info", ())[:2]
    if (7, 0) <= kernel < (7, 4):  # https://github.com/ipython/ipykernel/issues/1554
        print(
            f"This notebook's kernel is ipykernel ~{_short(kernel)}. Its versions 7.0 to 7.3 lose a wake-up"
            " now and then: a cell stays busy for ever, and only a restart helps. Get a newer one:"
            " python -m pip install --upgrade ipykernel"
        )


def cores() -> int:
    """How many cores the calling thread, and the threads that it starts, may run on.

    Cores as the system counts them: one that runs two threads at a time (hyper-threading) counts twice.
    Linux can restrict a process to some of them: see `sched_setaffinity(2)`.  Where Python cannot ask for
    this (macOS, Windows), all cores of the machine.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@checked
def quota(root: str | os.PathLike[str] = "/") -> float | None:
    """The CPU limit that control groups put on this process, in cores, or None where none is known.

    0.5 means half a second of CPU time in each second, for all processes of the group together.  A limit on a
    group is one on the groups inside it too, so the tightest counts, of the process's group and of those
    above it.  A container may not see all of these.  Files that are missing, unreadable or not
    understood count as no limit; systems other than Linux have none of them.

    `cpu.max` of version 2: Documentation/admin-guide/cgroup-v2.rst of Linux.  `cpu.cfs_quota_us` and
    `cpu.cfs_period_us` of version 1: Documentation/scheduler/sched-bwc.rst.  Where the groups are:
    `cgroups(7)`, `cgroup_namespaces(7)`, and `proc(5)` for /proc/self/mountinfo.

    :param root: the folder that has proc and sys in it.
    """
    limits = [_limit(folder) for folder in _folders(Path(root))]
    return min((limit for limit in limits if limit is not None), default=None)


def _folders(root: Path) -> Iterator[Path]:
    """The folders of the groups that can limit this process's CPU time, as far as they are mounted."""
    groups = _groups(root)
    for line in _read(root / "proc/self/mountinfo").split("\n"):
        mount, _, filesystem = line.partition(" - ")
        try:
            _, _, _, top, place, *_ = mount.split(" ")
            kind, _, options = filesystem.split(" ")
        except ValueError:
            continue
        if kind == "cgroup2":
            group = groups.get("")
        elif kind == "cgroup" and "cpu" in options.split(","):
            group = groups.get("cpu")
        else:
            continue
        names = None if group is None else _way_down(_names(_unescaped(top)), _names(group))
        if names is not None:
            yield from accumulate(names, truediv, initial=root / _unescaped(place).lstrip("/"))


def _groups(root: Path) -> dict[str, str]:
    """The path of the process's group for each controller of version 1, and for "", which is version 2."""
    groups = {}
    for line in _read(root / "proc/self/cgroup").split("\n"):
        _, _, rest = line.partition(":")
        controllers, found, group = rest.partition(":")
        if found:
            groups.update(dict.fromkeys(controllers.split(","), group))
    return groups


def _way_down(top: list[str], group: list[str]) -> list[str] | None:
    """The names that lead from *top*, the group that is mounted, to *group*; None if it is elsewhere.

    Both are paths from the root of the cgroup namespace, and ".." is the group above that root.
    """
    if group[: len(top)] == top:
        names = group[len(top) :]
        return None if ".." in names else names
    # A mount from outside the namespace shows a group above ours, though not by which names to reach ours.
    return [] if set(top) == {".."} else None


def _limit(folder: Path) -> float | None:
    """The limit of one group alone, in cores."""
    text = _read(folder / "cpu.max")  # only version 2 has it
    if not text:
        text = f"{_read(folder / 'cpu.cfs_quota_us')} {_read(folder / 'cpu.cfs_period_us')}"
    try:
        runtime, period = map(int, text.split())  # µs of CPU time in each period, µs
        limit = runtime / period
    except (ValueError, ArithmeticError):  # "max", version 2's word for no limit, is no number either
        return None
    return limit if limit > 0 else None  # version 1 has -1 for no limit


def _read(path: Path) -> str:
    try:
        return os.fsdecode(path.read_bytes())  # a group's name may be any bytes
    except (OSError, ValueError):  # ValueError: what should be a path cannot be one
        return ""


def _unescaped(path: str) -> str:
    r"""Undo the escapes of mountinfo, such as ``\040`` for a space."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), path)


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]


def _short(version: tuple) -> str:
    """The first two parts: a third would not look like a number to the comparison of outputs."""
    return f"{version[0]}.{version[1]}"


def _another_thread_can_read_the_clock() -> bool:
    """Whether a second thread can read the calling thread's CPU clock, found out by trying."""
    clock = clock_of_this_thread()
    if clock is None:
        return False
    readings = []

    def read() -> None:
        with suppress(OSError):
            readings.append(time.clock_gettime(clock))

    reader = threading.Thread(target=read, name="pollerlab preflight")
    reader.start()
    reader.join()
    return bool(readings)
