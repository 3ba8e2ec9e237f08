"""The waiting room's experiment: each way of waiting, tried in a child process."""

import signal
import subprocess
import time
from itertools import takewhile

import pytest
from until import until

from pollerlab.live import ways
from pollerlab.live.experiment import PATTERNS, Settings, run, schedules
from pollerlab.process.child import Child

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.parametrize("way", ways.WAYS)
def test_each_way_receives_from_all_sockets(way):
    trial = run(Settings(way=way, sockets=3, rate=200, timeout_ms=10), 0.8)
    assert {lane for _, lane, _ in trial.messages} == {0, 1, 2}
    assert all(delay > 0 for delay in trial.delays)
    assert len(trial.messages) <= len(trial.sent)
    assert trial.rounds_per_second > 10


def test_busy_wants_a_core_and_the_poller_does_not():
    busy, poller = (run(Settings(way=way), 1.0) for way in ("busy", "zmq.Poller"))
    assert busy.wanted > 0.8
    assert poller.wanted < busy.wanted / 10


def test_a_nap_delays_messages():
    nap, poller = (run(Settings(way=way, timeout_ms=50), 1.0) for way in ("nap", "zmq.Poller"))
    assert nap.typical_delay > 5 * poller.typical_delay


def test_to_block_on_each_socket_in_turn_makes_messages_wait():
    blocking, poller = (
        run(Settings(way=way, pattern="random"), 1.5) for way in ("blocking recv", "zmq.Poller")
    )
    assert blocking.typical_delay > 5 * poller.typical_delay


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_schedules_have_the_rate(pattern):
    settings = Settings(sockets=5, rate=100, pattern=pattern)
    moments = [list(takewhile(lambda ms: ms < 20_000, lane)) for lane in schedules(settings)]
    assert len(moments) == 5
    assert all(lane == sorted(lane) for lane in moments)
    assert sum(map(len, moments)) == pytest.approx(2000, rel=0.1)


def test_events_come_while_it_runs():
    job = {"way": "zmq.Poller", "sockets": 1, "rate": 100, "pattern": "regular", "timeout_ms": 100}
    with Child("pollerlab.live.experiment", job | {"limit": 60}) as child:
        events = []
        until(lambda: events.extend(child.take()) or len(events) >= 3)
        assert child.wait(0) is None
        assert events[0]["t"] < events[1]["t"] < events[2]["t"] < time.perf_counter()
    assert child.wait(0) is not None


@pytest.mark.parametrize(
    ("error", "wrong", "sentence"),
    [
        (ValueError, {"way": "guessing"}, "way must be one of blocking recv, busy"),
        (ValueError, {"pattern": "odd"}, "pattern must be one of regular"),
        (ValueError, {"sockets": 65}, "64 or fewer"),
        (ValueError, {"sockets": 0}, "1 or more"),
        (ValueError, {"rate": 2001}, "2000 messages a second or fewer"),
        (ValueError, {"rate": float("nan")}, "finite"),
        (TypeError, {"timeout_ms": 0.5}, "whole number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(error, wrong, sentence):
    with pytest.raises(error, match=sentence):
        Settings(**wrong)


def test_what_goes_wrong_in_the_child_is_told():
    with pytest.raises(RuntimeError, match="must be one of"):
        settings = Settings()
        object.__setattr__(settings, "way", "guessing")
        run(settings, 0.5)


@pytest.mark.parametrize("scene", ["", "a\0b", "\ud800", "package..module", ".module"])
def test_what_is_no_name_of_a_module_is_refused_at_once(scene):
    with pytest.raises(ValueError, match=r"^scene must be the name of a module, .*\.$"):
        Child(scene, {})


def test_an_interrupt_that_meets_a_child_just_made_leaves_none(monkeypatch, not_deaf_to_interrupts):
    class Interrupted(subprocess.Popen):
        def _execute_child(self, *args, **kwargs):
            super()._execute_child(*args, **kwargs)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt), Child("pollerlab.scenery.schedule", {}):
        raise AssertionError


def test_an_interrupt_that_meets_the_end_of_a_child_waits_for_it(monkeypatch, not_deaf_to_interrupts):
    class Interrupted(subprocess.Popen):
        def wait(self, timeout=None):
            signal.raise_signal(signal.SIGINT)
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt), Child("pollerlab.scenery.schedule", {}):
        pass


def test_the_source_that_is_shown_is_what_runs():
    assert ways.source("busy").startswith("def busy(sockets, timeout_ms, handle, work):")
