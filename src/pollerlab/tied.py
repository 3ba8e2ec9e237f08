"""Runs a module as a program that ends when whoever started it does: ``python -m pollerlab.tied MODULE ...``.

Its stdin must be a pipe, to which nothing is written: it closes when the other process ends, even if that is
killed.  So no program is left behind that waits for somebody who never comes back.
"""

import os
import runpy
import sys
import threading


def _end_with_the_starter() -> None:
    os.read(0, 1)  # and not sys.stdin, whose lock this thread would hold at a regular end
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
