"""What happened in an exercise, or under the doctor, as lanes: drawn as the waiting room is.

::

    from pollerlab.live import watch

    watch(serve_both)

    with diagnose(lanes=True) as d:
        ...  # the loop
    watch(d)
"""

import inspect
from collections.abc import Iterator
from itertools import accumulate, zip_longest

from ..doctor import Diagnosis
from ..exercises import Run, tried
from ..scenery.plots import colour_of
from .replay import replaying
from .screens import Row, rounded

__all__ = ["Watched", "watch"]

_KINDS = ("sent", "received")
_MOST_MARKS = 20  # of a bin: more could not be told apart
_NO_SCRIPTS = "<p>Where scripts may run, what happened is shown here.</p>\n"


class Watched:
    """What happened, as Jupyter shows it."""

    def __init__(self, page: str) -> None:
        self._page = page

    def __repr__(self) -> str:
        return "<what happened: look at it in Jupyter>"

    def _repr_html_(self) -> str:
        return self._page


def watch(what) -> Watched | None:
    """Show what happened in an exercise, or what the doctor has seen.

    :param what: the reader's function, as `pollerlab.exercises.check` takes it, which is run, and its verdict
        printed; or what `pollerlab.doctor.diagnose` yields, with ``lanes=True``, whose report is printed.
    :returns: what happened, for the end of a cell; None if there was nothing to be seen.
    :raises ValueError: if the diagnosis has no lanes, or its block has not ended.
    """
    return _diagnosis(what) if isinstance(what, Diagnosis) else _exercise(what)


def _exercise(function) -> Watched | None:
    said, run = tried(function)
    print(said)
    calls = {"first": run, "second": run and run.again}
    runs = [
        {
            "name": f"{function.__name__}, its {call} call",
            "settings": {"call": call},
            "shown": _shown(lanes := _lanes(seen), "CPU of its process, of one core"),
            "code": inspect.getsource(function),
            "seen": {"summary": said.partition("\n")[0], "rows": _rows(seen, lanes)},
        }
        for call, seen in calls.items()
        if seen is not None and seen.snapshots and _lanes(seen)
    ]
    return Watched(replaying(runs, {"call": "call"}, _NO_SCRIPTS)) if runs else None


def _shown(names: list[str], cpu: str) -> dict:
    """How ``lanes.js`` is to draw sockets of these names; *cpu* says whose CPU time it is."""
    return {
        "kind": "waiting",
        "sockets": len(names),
        "names": names,
        "cpu": cpu,
        "colour": colour_of("poll"),
    }


def _lanes(run: Run) -> list[str]:
    """The names of its sockets, in the order in which something happened there."""
    return list(dict.fromkeys(mark["lane"] for mark in run.marks if mark["kind"] in _KINDS))


def _rows(run: Run, lanes: list[str]) -> Row:
    """As ``lanes.js`` takes them; the delay of a message is None if it is not known when it was sent."""
    marks = sorted(run.marks, key=lambda mark: mark["t"])
    sent, received = (
        [(mark["t"], lanes.index(mark["lane"]), mark["n"]) for mark in marks if mark["kind"] == kind]
        for kind in _KINDS
    )
    since = {(lane, number): t for t, lane, number in sent}
    return rounded(
        ((one["t"], one["cpu"]) for one in run.snapshots),
        (
            (t, lane, t - since[lane, number] if (lane, number) in since else None)
            for t, lane, number in received
        ),
        ((t, lane) for t, lane, _ in sent),
    )


def _diagnosis(seen: Diagnosis) -> Watched | None:
    """Of a socket, also when a message was there and was not read; of threads, the one that did most."""
    width, bins, sockets, threads = seen.lanes
    print(seen)
    if not (sockets and threads):
        return None
    received, unread = [], []
    for lane, name in enumerate(sockets):
        lay = bins.get(("unread", name), [])
        unread += [(place * width, lane) for place, seconds in enumerate(lay) if seconds > width / 2]
        received += [(t, lane, delay) for t, delay in _came(bins.get(("received", name), []), lay, width)]
    used = accumulate(bins["cpu", threads[0]], initial=0.0)
    run = {
        "name": seen.figures["program"],
        "settings": {},
        "shown": {
            **_shown(sockets, f"CPU of {threads[0]}, of one core"),
            "messages": "messages: ready and not read (grey), received",
            "delay": "how long the message was ready",
        },
        "code": "\n".join(one["text"] for one in seen.findings),
        "seen": {
            "summary": seen.findings[0]["title"] if seen.findings else "It waits well.",
            "rows": rounded(
                ((place * width, cpu) for place, cpu in enumerate(used)), sorted(received), sorted(unread)
            ),
        },
    }
    return Watched(replaying([run], {}, _NO_SCRIPTS))


def _came(came: list[float], lay: list[float], width: float) -> Iterator[tuple[float, float | None]]:
    """When messages were received, and for how long one had been ready then; None if for no time."""
    ready = 0.0
    for place, (number, seconds) in enumerate(zip_longest(came, lay, fillvalue=0.0)):
        ready = ready + min(seconds, width) if seconds else 0.0
        some = min(round(number), _MOST_MARKS)
        for mark in range(some):
            yield (place + mark / some) * width, ready or None
        if some:
            ready = 0.0
