"""What happened in an exercise, as lanes: drawn by the module that draws the waiting room.

::

    from pollerlab.live import watch

    watch(serve_both)
"""

import inspect

from ..exercises import Run, tried
from ..scenery.plots import colour_of
from .replay import replaying
from .screens import Row, rounded

__all__ = ["Watched", "watch"]

_KINDS = ("sent", "received")
_NO_SCRIPTS = "<p>Where scripts may run, what happened is shown here.</p>\n"


class Watched:
    """What happened, as Jupyter shows it."""

    def __init__(self, page: str) -> None:
        self._page = page

    def __repr__(self) -> str:
        return "<what happened in an exercise: look at it in Jupyter>"

    def _repr_html_(self) -> str:
        return self._page


def watch(function) -> Watched | None:
    """Print what `pollerlab.exercises.check` prints of the reader's *function*, and show what happened.

    :param function: as there.
    :returns: what happened, for the end of a cell; None if there was nothing to be seen.
    """
    said, run = tried(function)
    print(said)
    calls = {"first": run, "second": run and run.again}
    runs = [
        {
            "name": f"{function.__name__}, its {call} call",
            "settings": {"call": call},
            "shown": {
                "kind": "waiting",
                "sockets": len(lanes := _lanes(seen)),
                "names": lanes,
                "cpu": "CPU of its process, of one core",
                "colour": colour_of("poll"),
            },
            "code": inspect.getsource(function),
            "seen": {"summary": said.partition("\n")[0], "rows": _rows(seen, lanes)},
        }
        for call, seen in calls.items()
        if seen is not None and seen.snapshots and _lanes(seen)
    ]
    return Watched(replaying(runs, {"call": "call"}, _NO_SCRIPTS)) if runs else None


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
