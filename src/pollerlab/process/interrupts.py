"""Interrupts that wait, and contexts that end in spite of them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import zmq


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


@contextmanager
def own_context() -> Iterator[zmq.Context]:
    """A context for the block alone: at its end it goes, with its sockets and what they have not sent.

    An interrupt that comes meanwhile is held back, and every signal is kept from the thread that waits for
    the end: pyzmq takes an interrupted ``term()`` for a finished one (``Context.term`` in its source), and
    libzmq's thread and descriptors would stay for ever.
    """
    with held_back():
        context = zmq.Context()
    try:
        yield context
    finally:
        with held_back():
            masked = hasattr(signal, "pthread_sigmask") and signal.pthread_sigmask(
                signal.SIG_BLOCK, signal.valid_signals()
            )
            try:
                context.destroy(linger=0)
            finally:
                if masked is not False:
                    signal.pthread_sigmask(signal.SIG_SETMASK, masked)
