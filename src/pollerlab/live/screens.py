"""What the live pages draw in the browser: the last seconds of a run, and the map of all runs.

The kernel sends settings and samples as numbers; ``lanes.js`` and ``map.js`` draw them there.
"""

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

try:
    import anywidget
    from traitlets import Bool, Dict, List, Unicode
except ImportError:
    raise ImportError(
        "What is drawn live needs ipywidgets and anywidget: install them with pip install anywidget, or set "
        "up by make lab."
    ) from None

from .backpressure import MARK, Speeds
from .experiment import Experiment, Settings, Trial
from .pictures import colour

__all__: list[str] = []  # nothing for readers

Row = dict[str, list[tuple[Any, ...]]]

_REPLAYED = 10.0  # seconds, the last of a run


class Lanes(anywidget.AnyWidget):
    """The last seconds of a run, drawn at the display's rate.

    ``title`` says whose they are, ``shown`` how to draw them, ``running`` whether more will come; ``past``
    has a run that was over before.
    """

    _esm = files(__package__).joinpath("lanes.js").read_text("utf-8")

    title = Unicode().tag(sync=True)
    shown = Dict().tag(sync=True)
    running = Bool(False).tag(sync=True)
    past = Dict().tag(sync=True)

    def begin(self, settings: Experiment, title: str) -> None:
        """Show nothing, and be ready for a run with *settings*."""
        self._told = (0, 0, 0, 0)
        with self.hold_sync():
            self.title = title
            self.past = {}
            self.shown = shown(settings)
        self.send({"begin": True})

    def show(self, trial: Trial) -> None:
        """Send what *trial* has seen since it was shown last."""
        if len(trial.samples) == self._told[0]:
            return
        news = rows_of(trial, *self._told)
        self._told = (len(trial.samples), len(trial.messages), len(trial.sent), len(trial.no_room))
        self.send({"news": news})

    def show_past(self, trial: Trial) -> None:
        """Show a run that is over, and stands still."""
        with self.hold_sync():
            self.title = f"Ran: {trial.settings}"
            self.shown = shown(trial.settings)
            self.past = last_rows_of(trial)

    def replay(self, settings: Experiment, rows: Row, title: str) -> None:
        """Show what was seen of a run again, as fast as it was."""
        self.begin(settings, title)
        self.send({"replay": rows})


class Map(anywidget.AnyWidget):
    """The map of all runs.

    :param replay: is called with the number of the run that the reader wants to see again.
    :param remove: is called with the number of the run that the reader wants to be rid of.
    """

    _esm = files(__package__).joinpath("map.js").read_text("utf-8")

    runs: List = List().tag(sync=True)

    def __init__(self, replay: Callable[[int], None], remove: Callable[[int], None]) -> None:
        super().__init__()
        actions = {"replay": replay, "remove": remove}
        self.on_msg(lambda _, wish, __: actions[wish["do"]](wish["run"]))


def rows_of(trial: Trial, samples: int = 0, messages: int = 0, sent: int = 0, no_room: int = 0) -> Row:
    """What *trial* has seen, from those places of its lists on.

    Times are in seconds from its first sample, CPU is what was wanted, in seconds, and delays are in ms.
    """
    zero = trial.samples[0][0]
    return rounded(
        ((t - zero, cpu + waited) for t, cpu, waited, _ in trial.samples[samples:]),
        ((t - zero, lane, delay) for t, lane, delay in trial.messages[messages:]),
        ((t - zero, lane) for t, lane in trial.sent[sent:]),
        ((since - zero, until - zero) for since, until in trial.no_room[no_room:]),
    )


def rounded(
    samples: Iterable[tuple[float, float]],
    received: Iterable[tuple[float, int, float | None]],
    sent: Iterable[tuple[float, int]],
    no_room: Iterable[tuple[float, float]] = (),
) -> Row:
    """What is given in seconds as ``lanes.js`` takes it: delays in ms, None if one is not known."""
    return {
        "samples": [(round(t, 4), round(cpu, 5)) for t, cpu in samples],
        "received": [
            (round(t, 4), lane, None if delay is None else float(f"{1000 * delay:.3g}"))
            for t, lane, delay in received
        ],
        "sent": [(round(t, 4), lane) for t, lane in sent],
        "no_room": [(round(since, 4), round(until, 4)) for since, until in no_room],
    }


def last_rows_of(trial: Trial) -> Row:
    """The same for the last seconds of a trial, to be replayed."""
    rows = rows_of(trial)
    begin = rows["samples"][-1][0] - _REPLAYED
    return {name: [row for row in some if row[0] >= begin] for name, some in rows.items()}


def shown(settings: Experiment) -> dict:
    """How ``lanes.js`` is to draw a run with *settings*."""
    if isinstance(settings, Settings):
        return {"kind": "waiting", "sockets": settings.sockets, "colour": colour(settings.way)}
    assert isinstance(settings, Speeds)
    return {"kind": "queue", "full": 2 * MARK, "colour": colour("zmq.Poller")}
