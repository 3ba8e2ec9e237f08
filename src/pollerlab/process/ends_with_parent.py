"""Runs a module as a program that ends when its parent does.

    python -m pollerlab.process.ends_with_parent MODULE ARGUMENTS...

Its stdin must be a pipe, to which nothing is written: it closes when the parent ends, even if that is killed.
So no program is left behind that waits for a parent that never comes back.
"""

import os
import runpy
import sys
import threading

__all__ = []  # a program, and a function for the one beside it


def end_with_parent(descriptor: int) -> None:
    """Have this process end, at once and wherever it is, when a pipe from its parent closes.

    :param descriptor: the pipe's, to which nothing more is written.
    """

    def wait_and_end() -> None:
        os.read(descriptor, 1)  # and not sys.stdin, whose lock this thread would hold at a regular end
        os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()


if __name__ == "__main__":
    end_with_parent(0)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
