"""Processes that want a core all the time."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager

_BUSY = "while True: pass"


@contextmanager
def busy_processes(number):
    """So many of them."""
    with ExitStack() as stack:
        for _ in range(number):
            process = stack.enter_context(subprocess.Popen([sys.executable, "-c", _BUSY]))
            stack.callback(process.kill)
        yield
