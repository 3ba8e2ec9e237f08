"""One look at this process: begun, written down now and then, and ended, however the process ends.

What was seen goes into a folder, a file a process, again and again: so that it is there also when the
process is killed or brought down.
"""

import _thread
import json
import os
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from .hooks import Hooks
from .notes import Notes
from .report import diagnosis

__all__ = []  # it is for this wing

FIRST_SNAPSHOT = 1.0
"""Seconds until what was seen is written down for the first time."""
_LAST_SNAPSHOT = 10.0  # seconds between two
_active: "weakref.ref[Session] | None" = None


def active() -> "Session | None":
    """The session in which this process is looked at."""
    return _active() if _active is not None else None


class Session:
    """Looks at this process from `begin` to `end`.

    :param program: what the report calls it.
    :param lanes: whether to note what happens when, for a picture.
    :raises RuntimeError: if this process is looked at already.
    """

    def __init__(self, program: str, *, lanes: bool = False) -> None:
        if active() is not None:
            raise RuntimeError("A doctor looks at this program already: one at a time.")
        self.program = program
        self.notes = Notes(lanes=lanes)
        self.hooks = Hooks(self.notes)
        self.real_sleep = time.sleep
        self.folder: Path | None = None
        self.pid = os.getpid()
        self.seen: dict[str, Any] | None = None
        """The diagnosis, once it is final."""

    def begin(self) -> None:
        """Begin to look."""
        global _active
        self.hooks.install()
        self.notes.begin = time.perf_counter()
        _active = weakref.ref(self)

    def end(self) -> dict[str, Any]:
        """Look no more, and say what was seen."""
        global _active
        if self.seen is None:
            self.seen = self.examine()
            self.hooks.remove()
            _active = None
        return self.seen

    def examine(self) -> dict[str, Any]:
        """What was seen until now."""
        me = getattr(self.notes.local, "me", None)
        if me is not None:
            me.sample(time.perf_counter())
        return diagnosis(self.notes, self.program)

    # -- in a folder ---------------------------------------------------------------------------------

    def write_to(self, folder: Path) -> None:
        """From now on, write what was seen to *folder*, at growing intervals and when it is urgent."""
        self.folder = folder
        self.notes.inherited_used = self.snapshot
        _thread.start_new_thread(self._write_now_and_then, ())

    def snapshot(self) -> None:
        """Write down what was seen until now."""
        if self.folder is None:
            return
        with suppress(Exception):
            seen = self.seen or diagnosis(self.notes, self.program)
            write(self.folder, seen)

    def in_child_after_fork(self, *, follow: bool) -> None:
        """What was noted is the parent's.  *follow*: look at this process, too.

        If not, all that is looked for is that it uses what its parent has made.
        """
        self.pid = os.getpid()
        self.notes.in_child_after_fork()
        if follow and self.folder is not None:
            self.seen = None
            _thread.start_new_thread(self._write_now_and_then, ())

    def _write_now_and_then(self) -> None:
        pause = FIRST_SNAPSHOT
        while self.seen is None and self.pid == os.getpid():
            if not self.notes.urgent.wait(pause):
                pause = min(_LAST_SNAPSHOT, 2 * pause)
            self.snapshot()


def write(folder: Path, seen: dict[str, Any]) -> None:
    """Write a diagnosis to the file of its process, whole or not at all."""
    new = folder / f".{seen['pid']}.{_thread.get_ident()}"
    new.write_text(json.dumps(seen), encoding="utf-8")
    new.replace(folder / f"{seen['pid']}.json")


def read(folder: Path) -> dict[int, dict[str, Any]]:
    """What the processes have written, by their ids."""
    found = {}
    for path in sorted(folder.glob("*.json"), key=lambda path: int(path.stem)):
        with suppress(ValueError, OSError):
            found[int(path.stem)] = json.loads(path.read_text(encoding="utf-8"))
    return found
