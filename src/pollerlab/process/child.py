"""A scene that runs in a child process, whose events stream back as lines of JSON.

A loop that a beginner writes may hang, print without end, or bring the process down.  So it
runs in a process of its own.  The parent keeps what was sent until then, and ends the child at a limit or
when it is interrupted itself.  A child whose parent has gone ends by itself: its stdin is open for as long as
the parent lives.
"""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..arguments import checked, positive
from .interrupts import held_back

__all__ = ["Child", "Ended", "run_scene"]

_MOST_EVENTS = 100_000  # that nobody has taken yet
_MOST_PRINTED = 2_000  # characters
_STARTS_WITHIN = 10.0  # seconds: a crowded machine takes long to start a process
_PATIENCE = 2.0  # seconds, for the last lines of a child that has ended
_IN_A_CHILD = "POLLERLAB_CHILD"  # the environment variable that says so


class Ended(NamedTuple):
    """What came of a child."""

    events: list[dict]
    """What it sent, in that order."""
    printed: str
    """What it printed, at most 2,000 characters of it."""
    cut: bool
    """Whether it printed more than that."""
    exit_code: int | None
    """None: it had to be ended, at the limit."""


class Child:
    """A scene in a process of its own, which runs until it ends, or until the ``with`` block does.

    ::

        with Child("package.module", {"speed": 3}) as child:
            ...
            events = child.take()

    No process, thread or descriptor is left behind, also if the block is interrupted.  `take` and `wait` may
    be called from any one thread.

    :param scene: the name of a module, whose ``scene(job, send)`` is called there; *send* takes a dict that
        JSON can carry, from any thread.
    :param job: what JSON can carry.
    :raises ValueError: if *scene* cannot be the name of a module.
    :raises RuntimeError: in a child, which has none of its own.
    """

    @checked
    def __init__(self, scene: str, job: dict[str, Any]) -> None:
        if _IN_A_CHILD in os.environ:
            raise RuntimeError("This runs in a child process already, which starts no other.")
        if not all(part.isidentifier() for part in scene.split(".")):
            raise ValueError(f"scene must be the name of a module, such as 'package.module', not {scene!r}.")
        try:
            self._job = json.dumps(job).encode()
        except (TypeError, ValueError) as reason:
            raise TypeError(f"job must be what JSON can carry: {reason}.") from None
        self._scene = scene
        self._lines: deque[bytes] = deque()
        self._printed: list[bytes] = []

    def __enter__(self) -> "Child":
        with ExitStack() as stack:
            with held_back():  # or an interrupt could leave a process of which nobody knows
                self._process = process = subprocess.Popen(
                    [sys.executable, "-m", f"{__package__}.scene_runner", self._scene],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env={**os.environ, _IN_A_CHILD: "1"},
                    # Ctrl-C is the parent's to handle, and what the child starts ends with it.
                    start_new_session=True,
                )
                self._readers = [
                    threading.Thread(target=_keep_lines, args=(process.stdout, self._lines), daemon=True),
                    threading.Thread(target=_keep_first, args=(process.stderr, self._printed), daemon=True),
                ]
                stack.push(self.__exit__)
            for reader in self._readers:
                reader.start()
            with suppress(BrokenPipeError):
                process.stdin.write(self._job + b"\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            stack.pop_all()
        return self

    def __exit__(self, *_) -> None:
        """End the child, wherever it is."""
        process = self._process
        with held_back():
            _end(process)
            for reader in self._readers:
                if reader.ident is not None:
                    reader.join(_PATIENCE)
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]

    def take(self) -> list[dict]:
        """What it has sent since the last call, in that order."""
        return _events([self._lines.popleft() for _ in range(len(self._lines))])

    def wait(self, seconds: float) -> int | None:
        """Wait for its end, *seconds* at most: its exit code, or None if it still runs.

        :raises TypeError, ValueError: if *seconds* is not a finite number of 0 or more.
        """
        try:
            return self._process.wait(positive("seconds", seconds, or_zero=True))
        except subprocess.TimeoutExpired:
            return None

    @property
    def has_sent(self) -> bool:
        """Whether there is something to take."""
        return bool(self._lines)

    @property
    def waited_for_a_core(self) -> float:
        """For how many seconds its threads have been ready but without a core, in all; 0.0 if nobody says.

        The second field of schedstat: see Documentation/scheduler/sched-stats.rst of Linux.
        """
        waited = 0.0
        for thread in Path("/proc", str(self._process.pid), "task").glob("*/schedstat"):
            with suppress(OSError, IndexError):  # it has ended
                waited += int(thread.read_text().split()[1]) / 1e9
        return waited

    @property
    def printed(self) -> str:
        """What it has printed so far."""
        return b"".join(self._printed).decode(errors="replace")


@checked
def run_scene(scene: str, job: dict[str, Any], *, limit: float) -> Ended:
    """Run *scene* in a `Child` until it ends, *limit* seconds at most, from what it sends first.

    On a crowded machine, where its threads wait for a core, it has so much longer: up to twice *limit*.

    :raises ValueError, RuntimeError: as `Child` and its `wait` do.
    """
    with Child(scene, job) as child:
        begun = time.monotonic() + _STARTS_WITHIN
        while (code := child.wait(0.01)) is None and not child.has_sent and time.monotonic() < begun:
            pass
        begin, waited, left = time.monotonic(), child.waited_for_a_core, limit
        while code is None and left > 0:
            code = child.wait(left)
            left = begin + limit + min(child.waited_for_a_core - waited, limit) - time.monotonic()
    text = child.printed
    return Ended(child.take(), text[:_MOST_PRINTED], len(text) > _MOST_PRINTED, code)


def _end(process: subprocess.Popen) -> None:
    """End the child and what it started."""
    with suppress(OSError):  # all have ended
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _keep_lines(pipe: IO[bytes], lines: deque[bytes]) -> None:
    for line in pipe:
        if len(lines) < _MOST_EVENTS:
            lines.append(line)


def _keep_first(pipe: io.BufferedReader, printed: list[bytes]) -> None:
    kept = 0
    while chunk := pipe.read1(65536):
        if kept <= 4 * _MOST_PRINTED:  # a character has four bytes at most
            printed.append(chunk)
            kept += len(chunk)


def _events(lines: list[bytes]) -> list[dict]:
    events = []
    for line in lines:
        with suppress(ValueError):  # the last one, if the child was ended in the middle of it
            events.append(json.loads(line))
    return events
