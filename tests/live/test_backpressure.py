"""The experiment of a sender that waits for room: who waits, and when."""

import pytest

from pollerlab.live.backpressure import MARK, Speeds
from pollerlab.live.experiment import run

pytestmark = pytest.mark.usefixtures("nothing_left")


def most_under_way(trial):
    changes = sorted([(t, 1) for t, _ in trial.sent] + [(t, -1) for t, *_ in trial.messages])
    queued = most = 0
    for _, change in changes:
        queued += change
        most = max(most, queued)
    return most


def test_a_slow_receiver_holds_the_sender_up():
    trial = run(Speeds(sender=200, receiver=50), 1.5)
    assert 25 < trial.rounds_per_second < 100
    assert MARK < most_under_way(trial) <= 2 * MARK
    waited = sum(end - begin for begin, end in trial.no_room)
    assert 0.2 < waited / 1.5 < 1
    assert all(a[1] <= b[0] for a, b in zip(trial.no_room, trial.no_room[1:], strict=False))
    assert trial.typical_delay > 5 / 50


def test_a_fast_receiver_does_not():
    trial = run(Speeds(sender=50, receiver=200), 1.0)
    assert sum(end - begin for begin, end in trial.no_room) < 0.1  # if the receiver is held up at all
    assert trial.typical_delay < 5 / 200


def test_a_wait_that_goes_on_is_reported_in_parts():
    trial = run(Speeds(sender=200, receiver=2), 1.0)
    last_sent = trial.sent[-1][0]
    parts = [part for part in trial.no_room if part[0] >= last_sent]  # of the wait that goes on
    assert len(parts) > 3
    assert sum(end - begin for begin, end in parts) == pytest.approx(parts[-1][1] - parts[0][0])


@pytest.mark.parametrize("name", ["sender", "receiver"])
def test_speeds_are_numbers_above_0(name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        Speeds(**{name: 0})
    with pytest.raises(TypeError, match=f"{name} must be"):
        Speeds(**{name: "fast"})
