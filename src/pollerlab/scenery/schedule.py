"""When a peer sends: schedules of moments, in milliseconds.

A schedule is any iterable of moments in ms, counted from the peer's first connection, in rising order:
``[0, 10, 500]`` is one.  The functions here make the three that the course uses most.
Each returns a fresh iterator, so one call serves one peer.
"""

import random
from collections.abc import Iterator
from itertools import chain, count, islice, repeat

from ..arguments import checked, positive, whole

__all__ = ["at_random", "bursts", "every"]


def every(ms: float, *, times: int | None = None) -> Iterator[float]:
    """A regular schedule: *ms*, 2 x *ms*, 3 x *ms* and so on.

    :param ms: the gap in milliseconds, above 0.
    :param times: how many moments; None goes on for ever.
    :raises TypeError, ValueError: if *ms* or *times* is not a number, or not above 0.
    """
    gap = positive("ms", ms)
    return _first(times, (gap * n for n in count(1)))


def bursts(size: int, ms: float, *, times: int | None = None) -> Iterator[float]:
    """A bursty schedule: *size* moments at once, every *ms* milliseconds.

    :param size: moments in each burst, 1 or more.
    :param ms: the gap between bursts in milliseconds, above 0.
    :param times: how many moments in all (not bursts); None goes on for ever.
    :raises TypeError, ValueError: if an argument is not a number, or not above 0.
    """
    size = whole("size", size)
    return _first(times, chain.from_iterable(repeat(moment, size) for moment in every(ms)))


@checked
def at_random(mean_ms: float, *, seed: int, times: int | None = None) -> Iterator[float]:
    """A random schedule: gaps from an exponential distribution, the same ones for the same *seed*.

    Exponential gaps are those of events that know nothing of each other (a Poisson process).

    :param mean_ms: the mean gap in milliseconds, above 0.
    :param seed: any int.
    :param times: how many moments; None goes on for ever.
    :raises TypeError, ValueError: if *mean_ms* or *times* is not a number, or not above 0.
    """
    mean = positive("mean_ms", mean_ms)
    return _first(times, _random_moments(mean, random.Random(seed)))


def _random_moments(mean: float, generator: random.Random) -> Iterator[float]:
    moment = 0.0
    while True:
        moment += generator.expovariate(1 / mean)
        yield moment


def _first(times: int | None, moments: Iterator[float]) -> Iterator[float]:
    return moments if times is None else islice(moments, whole("times", times))
