import signal
import sys
import threading
import time

import pytest
import zmq

from pollerlab import EdgePoller, Poller
from pollerlab.judges.racing import race
from pollerlab.pollers import edge

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux")
pytestmark = pytest.mark.usefixtures("nothing_left")

SECONDS = 3.0
LATE = 1.0  # seconds; what a loaded machine may take to run a thread is far below this


@pytest.mark.parametrize(
    "kind", [Poller, pytest.param(EdgePoller, marks=on_linux)], ids=["Poller", "EdgePoller"]
)
def test_no_poll_outlasts_its_message(kind, monkeypatch):
    monkeypatch.setattr(edge, "RECHECK_SECONDS", 3600.0)  # or it would mend what was lost
    result = race(kind, seconds=SECONDS, seed=1)
    assert result.polls > 100
    assert result.messages > 100
    assert 0 < result.longest < LATE


@on_linux
def test_a_lost_wakeup_shows(monkeypatch):
    monkeypatch.setattr(edge, "RECHECK_SECONDS", 3600.0)

    class Mutant(EdgePoller):
        def poll(self, timeout=None):
            ready = super().poll(timeout)
            self._hot, self._asked = {}, []
            return ready

    # One that is lost may be made good by the next message for the same socket: not every race shows it.
    assert any(race(Mutant, seconds=SECONDS, seed=seed).longest > LATE for seed in (1, 2, 3))


def test_a_race_takes_any_poller_that_can_be_closed():
    class Judge(zmq.Poller):
        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

    assert race(Judge, seconds=SECONDS, seed=1).longest < LATE


def test_an_interrupt_ends_the_peers_and_another_waits_for_that(monkeypatch, not_deaf_to_interrupts):
    class Interrupted(Poller):
        def poll(self, timeout=None):
            raise KeyboardInterrupt

    join = threading.Thread.join

    def interrupted(thread, timeout=None):
        signal.raise_signal(signal.SIGINT)
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        race(Interrupted, seconds=60.0, seed=1)
    assert time.monotonic() - begin < 10
