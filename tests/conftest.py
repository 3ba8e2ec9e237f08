"""What every test of the package gets: a check that it left nothing behind."""

import _thread
import signal
import threading

import matplotlib
import pytest
import zmq
from census import Census

from pollerlab.scenery import plots, record


@pytest.fixture(scope="session")
def warmed_up():
    """Have matplotlib and libzmq set up once what they keep until the process ends."""
    context = zmq.Context.instance()
    for address in ("tcp://127.0.0.1:*", "inproc://warm-up"):
        with context.socket(zmq.PAIR) as one, context.socket(zmq.PAIR) as two:
            one.bind(address)
            two.connect(one.last_endpoint)
            one.send(b"")
            two.recv()
    with record() as recording:
        recording.mark("ticked", "here")
    plots.timeline(recording, "A title, in bold")._repr_png_()
    assert matplotlib.get_backend()


@pytest.fixture
def nothing_left(warmed_up):
    """Fail the test if it leaves a thread, a socket or another descriptor."""
    before = Census()
    yield
    before.check()


@pytest.fixture
def context(nothing_left):
    """A context of the test's own, which is gone with its sockets before `nothing_left` looks."""
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def interrupted_start(monkeypatch):
    """Threads start late, and the caller is interrupted while it waits for them to."""
    start = threading.Thread.start

    def interrupted(thread):
        _thread.start_new_thread(start, (thread,))
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)


@pytest.fixture
def not_deaf_to_interrupts():
    """A shell's background job ignores Ctrl-C, and its children would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
