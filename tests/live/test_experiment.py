"""The waiting room's experiment: each way of waiting, tried in a child process."""

import signal
import subprocess
import time
from itertools import takewhile

import pytest
import zmq
from until import until

from pollerlab.live import ways
from pollerlab.live.experiment import PATTERNS, Measured, Settings, Trial, run, schedules
from pollerlab.process.child import Child
from pollerlab.scenery import clock_of_this_thread

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.parametrize("way", ways.WAYS)
def test_each_way_receives_from_all_sockets(way):
    trial = run(Settings(way=way, sockets=3, rate=200, timeout_ms=10), 0.8)
    assert {lane for _, lane, _ in trial.messages} == {0, 1, 2}
    assert all(delay > 0 for delay in trial.delays)
    assert len(trial.messages) <= len(trial.sent)
    assert trial.rounds_per_second > 10
    assert trial.rounds == trial.samples[-1][3] > 0
    assert Trial(Settings()).rounds == 0


def test_busy_wants_a_core_and_the_poller_does_not():
    for _ in range(3):  # each is off now and then on a crowded machine
        busy, poller = (run(Settings(way=way), 1.0) for way in ("busy", "zmq.Poller"))
        if busy.wanted > 0.8 and poller.wanted < busy.wanted / 10:
            return
    pytest.fail(f"busy wanted {busy.wanted:.2f} of a core, and the poller {poller.wanted:.2f}")


def test_a_spin_costs_its_window_for_each_message():
    """20 messages a second: 2 ms each are a twenty-fifth of a core, 1 s each are what a busy loop takes."""
    for _ in range(3):  # each is off now and then on a crowded machine
        short, long = (
            run(Settings(way="spin, then poll", sockets=1, rate=20, timeout_ms=window), 1.5).wanted
            for window in (2, 1000)
        )
        busy = run(Settings(way="busy", sockets=1, rate=20), 1.5).wanted
        if long > 0.75 * busy and 0.02 < short < long / 3:
            return
    pytest.fail(f"a spin of 2 ms wanted {short:.3f} of a core, one of 1 s {long:.2f}, and busy {busy:.2f}")


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
        (TypeError, {"source": 5}, "source must be text"),
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


def first_come(sockets, timeout_ms, handle, work):
    """As one beginner writes it."""
    while True:
        ready, _, _ = zmq.select(sockets, [], [], timeout_ms / MS)
        for sock in ready:
            handle(sock, sock.recv())
        work()


MS = 1000


def test_a_function_of_the_readers_runs_like_the_others_with_what_it_uses():
    trial = run(Settings(way=first_come, sockets=3, rate=200), 0.8)
    assert trial.settings.way == "first_come"
    assert {lane for _, lane, _ in trial.messages} == {0, 1, 2}
    assert trial.rounds_per_second > 10
    assert trial.stuck < 0.5


def test_an_error_of_the_readers_is_told_with_its_line():
    def wrong(sockets, timeout_ms, handle, work):
        handle(sockets[0], 1 / 0)

    with pytest.raises(RuntimeError, match=r"^It raised ZeroDivisionError.* line `handle\(.*1 / 0\)`"):
        run(Settings(way=wrong), 5)


def test_a_loop_that_has_ended_before_the_first_report_is_reported():
    class Short(Measured):
        def _work(self):
            self.clock = clock_of_this_thread()
            raise ValueError("at once")

    short = Short()
    short.start()
    short.join()

    def its_clock_is_gone():
        try:
            time.clock_gettime(short.clock)
        except (OSError, TypeError):  # None, where no other thread can read it
            return True

    until(its_clock_is_gone)
    assert short.report()["cpu"] > 0


def test_who_hands_on_a_message_twice_is_stopped():
    def again(sockets, timeout_ms, handle, work):
        message = sockets[0].recv()
        while True:
            handle(sockets[0], message)

    with pytest.raises(RuntimeError, match="called twice with one message"):
        run(Settings(way=again), 5)


def busy(sockets, timeout_ms, handle, work):
    pass


def short(sockets, handle):
    pass


async def coroutine(sockets, timeout_ms, handle, work):
    pass


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda sockets, timeout_ms, handle, work: None, "A lambda cannot be sent"),
        (busy, "There is a way called busy already"),
        (takewhile, "is not a function"),
        (short, r"short must take \(sockets, timeout_ms, handle, work\), and not \(sockets, handle\)"),
        (coroutine, "coroutine has async or yield in it"),
    ],
)
def test_a_function_that_cannot_be_a_way_is_refused_in_a_sentence(function, sentence):
    with pytest.raises(ValueError, match=sentence):
        Settings(way=function)


def test_a_loop_is_stuck_while_messages_wait_and_nothing_moves():
    trial = Trial(Settings())

    def take(t, rounds, received=(), sent=()):
        trial.take({"t": t, "cpu": 0, "waited": 0, "rounds": rounds, "received": received, "sent": sent})
        return trial.stuck

    assert trial.stuck == 0
    assert take(1, 0) == take(9, 0) == 0  # nothing waits
    assert take(10, 0, sent=[(9.5, 0)]) == 1
    assert take(12, 0) == 3
    assert take(13, 1) == 0  # a round
    assert take(14, 1) == 1
    assert take(15, 1, received=[(14.5, 0, 5)]) == 0


def test_the_source_that_is_shown_is_what_runs():
    assert ways.source("busy").startswith("def busy(sockets, timeout_ms, handle, work):")
