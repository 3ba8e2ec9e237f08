import math
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pollerlab.scenery import at_random, bursts, every

GAPS = st.floats(min_value=0.001, max_value=1e6)


def test_every_is_regular():
    assert list(every(50, times=3)) == [50, 100, 150]


def test_bursts_come_together():
    assert list(bursts(3, 100, times=7)) == [100, 100, 100, 200, 200, 200, 300]


@given(GAPS, st.integers())
def test_at_random_depends_on_the_seed_alone(mean, seed):
    assert list(at_random(mean, seed=seed, times=20)) == list(at_random(mean, seed=seed, times=20))


def test_at_random_has_the_mean_it_was_asked_for():
    moments = list(at_random(10, seed=1, times=10_000))
    assert moments[-1] / len(moments) == pytest.approx(10, rel=0.05)


@given(GAPS, st.integers(min_value=1, max_value=50), st.integers(min_value=1, max_value=50))
def test_moments_rise_and_are_as_many_as_asked(gap, size, times):
    for schedule in (
        every(gap, times=times),
        bursts(size, gap, times=times),
        at_random(gap, seed=0, times=times),
    ):
        moments = list(schedule)
        assert len(moments) == times
        assert moments == sorted(moments)
        assert moments[0] > 0


def test_without_times_a_schedule_goes_on():
    for schedule in (every(1), bursts(2, 1), at_random(1, seed=0)):
        assert len(list(islice(schedule, 1000))) == 1000


@pytest.mark.parametrize("make", [every, lambda ms: bursts(2, ms), lambda ms: at_random(ms, seed=0)])
@pytest.mark.parametrize(
    ("ms", "error"),
    [(0, ValueError), (-1, ValueError), (math.inf, ValueError), (math.nan, ValueError), ("5", TypeError)],
)
def test_a_gap_that_makes_no_sense_is_refused_at_once(make, ms, error):
    with pytest.raises(error, match="ms must be a"):
        make(ms)


@pytest.mark.parametrize(("times", "error"), [(0, ValueError), (-3, ValueError), (2.5, TypeError)])
def test_a_count_that_makes_no_sense_is_refused_at_once(times, error):
    with pytest.raises(error, match="times must be"):
        every(5, times=times)
    with pytest.raises(error, match="size must be"):
        bursts(times, 5)
