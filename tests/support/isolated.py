"""Functions that run in a process of their own: they may hang, bring it down, or leave something behind.

They are forked from a process that has imported everything and started nothing, which takes milliseconds.
"""

import multiprocessing
import os
import pkgutil
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import pollerlab

_SECONDS = 120.0
_NOT_THESE = ("pollerlab.__main__", "pollerlab.exercises.", "pollerlab.examples.")
MODULES = tuple(
    found.name
    for found in pkgutil.walk_packages(pollerlab.__path__, "pollerlab.")
    if not found.name.startswith(_NOT_THESE)
)
"""The modules of the package.  Not the exercises: their interface is what their ``__init__`` says."""


class Outcome(NamedTuple):
    """What came of a function."""

    exit_code: int | None
    """0: it returned; 1: it raised; below 0: the signal that ended it; None: it hung and was killed."""
    returned: Any
    printed: str
    """On stdout and stderr, also by libzmq."""


def isolated(function, *args, seconds: float = _SECONDS) -> Outcome:
    """Call a function of a test module, with an empty folder as working directory."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*MODULES, "hypothesis.strategies", "psutil", "pytest"])
    here, there = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder, here:
        printed = Path(folder, "printed")
        process = context.Process(target=_call, args=(there, str(printed), function, args))
        process.start()
        there.close()
        process.join(seconds)
        hung = process.is_alive()
        if hung:
            process.kill()
            process.join()
        returned = here.recv() if process.exitcode == 0 else None
        text = printed.read_text(errors="replace") if printed.exists() else ""
        outcome = Outcome(None if hung else process.exitcode, returned, text)
        process.close()
    return outcome


def _call(there: Connection, printed: str, function, args: tuple) -> None:
    file = os.open(printed, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
    folder = Path(printed).with_name("folder")
    folder.mkdir()
    os.chdir(folder)
    there.send(function(*args))
