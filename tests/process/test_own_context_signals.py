"""A context of our own ends, whatever signals come: pyzmq takes an interrupted ``term()`` for finished."""

import signal

import pytest
import zmq

from pollerlab.process import own_context

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such timer"),
]


def test_it_ends_under_a_hail_of_signals():
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    try:
        for _ in range(100):
            with own_context() as context:
                context.socket(zmq.PULL)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
