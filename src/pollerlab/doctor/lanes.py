"""What happened when, in so few numbers that hours need no more memory than seconds: for the picture."""

from collections.abc import Hashable

__all__ = []  # it is for this wing

MOST_BINS = 400
_FIRST_WIDTH = 0.02  # s


class Lanes:
    """Rows of bins of equal width, in seconds; when there are too many, each two become one.

    A row is of a socket or a thread: how many messages were received, how many seconds one was ready and not
    read, how many seconds were spent in a wait, how many seconds of CPU time were used.  Threads add to rows
    of their own; that two make the bins wider at the same time is the one race, and costs one bin at most.

    :param begin: of the first bin, in ``time.perf_counter()`` seconds.
    """

    def __init__(self, begin: float) -> None:
        self.begin, self.width = begin, _FIRST_WIDTH
        self.rows: dict[tuple[str, Hashable], list[float]] = {}

    def received(self, socket: Hashable, t: float) -> None:
        """A message was received at *t*."""
        self._add("received", socket, t, t, 1.0)

    def unread(self, socket: Hashable, since: float, until: float) -> None:
        """A message was ready all that time, and was not read."""
        self._add("unread", socket, since, until, until - since)

    def waited(self, thread: Hashable, since: float, until: float) -> None:
        """A thread was in a wait."""
        self._add("waited", thread, since, until, until - since)

    def used(self, thread: Hashable, since: float, until: float, cpu: float) -> None:
        """A thread used so much CPU time."""
        self._add("cpu", thread, since, until, cpu)

    def _add(self, what: str, whose: Hashable, since: float, until: float, amount: float) -> None:
        while until - self.begin >= self.width * MOST_BINS:
            self.width *= 2
            for key, row in list(self.rows.items()):
                self.rows[key] = [sum(row[place : place + 2]) for place in range(0, len(row), 2)]
        row = self.rows.setdefault((what, whose), [])
        first = max(0, int((since - self.begin) / self.width))
        last = max(first, int((until - self.begin) / self.width))
        row.extend([0.0] * (last + 1 - len(row)))
        if first == last:
            row[first] += amount
            return
        rate = amount / (until - since)
        for place in range(first, last + 1):
            left = max(since, self.begin + place * self.width)
            right = min(until, self.begin + (place + 1) * self.width)
            row[place] += max(0.0, right - left) * rate
