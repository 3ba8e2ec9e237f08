"""Interrupts that wait."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back() -> Iterator[None]:
    """An interrupt (Ctrl-C, or the stop button of a notebook) that comes in the block is raised at its end.

    For blocks that open or close ZeroMQ sockets, and that end soon: a socket that is half made or half closed
    is one for which its context waits for ever.  Only the main thread is interrupted, so elsewhere this does
    nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)
