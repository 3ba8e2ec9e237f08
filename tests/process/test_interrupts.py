import os
import signal
import threading
from contextlib import contextmanager

import pytest
import zmq

from pollerlab.process.interrupts import held_back, own_context

pytestmark = pytest.mark.usefixtures("not_deaf_to_interrupts")


def test_an_interrupt_waits_for_the_end_of_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("the rest of the block")
    assert done
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_without_an_interrupt_nothing_is_raised_and_errors_are_those_of_the_block():
    with held_back():
        pass
    with pytest.raises(ZeroDivisionError):
        with held_back():
            raise ZeroDivisionError


def test_in_another_thread_it_does_nothing():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def look():
        with held_back():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]


@contextmanager
def many_interrupts(handler):
    """Until the end of the block, the process is interrupted over and over, and *handler* is called."""
    before, enough = signal.signal(signal.SIGINT, handler), threading.Event()

    def interrupt():
        while not enough.wait(0.0003):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows ends the process")
def test_a_context_ends_whatever_interrupts_come(nothing_left):
    came = []
    with many_interrupts(lambda *_: came.append(True)):
        for _ in range(100):
            with own_context() as context:
                context.socket(zmq.PAIR).bind("inproc://here")
            assert context.closed
    assert len(came) > 10


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows ends the process")
def test_a_masked_interrupt_is_raised_after_the_end():
    with pytest.raises(KeyboardInterrupt):
        with own_context() as context:
            destroy = context.destroy

            def interrupted(linger):
                signal.raise_signal(signal.SIGINT)
                destroy(linger)

            context.destroy = interrupted
    assert context.closed
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
