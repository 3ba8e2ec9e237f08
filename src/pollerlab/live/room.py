"""The waiting room: choose how to wait and on what, press Start, and watch what it costs.

::

    from pollerlab.live import WaitingRoom

    WaitingRoom()

The loop and its peers run in a child process (`pollerlab.live.experiment`), so that drawing does not slow
them down.  Needs ipywidgets, which the extra ``lab`` installs.
"""

import html
import inspect
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from ..arguments import checked, positive
from ..process import Child
from . import ways
from .backpressure import Speeds, send_when_there_is_room
from .experiment import PATTERNS, Experiment, Settings, Trial
from .pictures import LivePicture, QueuePicture, WaitingPicture, draw_map

try:
    import ipywidgets as widgets
    from traitlets import TraitError
except ImportError:
    raise ImportError(
        "The waiting room needs ipywidgets: install it with pip install ipywidgets, or set up by make lab."
    ) from None

__all__ = ["FRAMES_PER_SECOND", "SendingRoom", "WaitingRoom"]

FRAMES_PER_SECOND = 8
_SHORTEST_RUN = 1.0  # seconds that count; of less than this, no point is drawn
_TIMEOUTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # ms
_RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # messages a second
_SPEEDS = (5, 10, 20, 30, 40, 50, 70, 100, 150, 200)  # messages a second
_LOOK = {"style": {"description_width": "90px"}, "layout": {"width": "300px"}}
_SLIDER = _LOOK | {"continuous_update": False}
_drawing = ThreadPoolExecutor(1, "waiting room's pictures")  # matplotlib loads its fonts anew in each thread
_open_rooms: list["Room"] = []  # the one in which something runs, if any


class Room(widgets.VBox):
    """A page with an experiment: controls, Start and Stop, and a moving picture of what happens.

    Its buttons and sliders, or `start` and `stop`, may be used from any cell.  Nothing runs before Start, and
    one room of a kernel runs at a time: to start one stops the other.  A change of a control while it runs
    begins a new run with it.  A subclass has ``_source``, ``_summary`` and ``_keep``.

    :param settings: what the controls say at first; its class is that of all settings.
    :param controls: those of all settings, by name.
    :param shown: the names of those that are shown.
    :param picture: draws a run.
    :param limit: after how many seconds without a change it stops by itself.
    :raises TypeError, ValueError: if *limit* is not a number above 0, or *shown* has a name that is none.
    """

    _session: "_Session | None" = None

    def __init__(
        self,
        settings: Experiment,
        controls: dict[str, widgets.ValueWidget],
        shown: Collection[str],
        picture: LivePicture,
        *,
        limit: float,
    ) -> None:
        self.limit = positive("limit", limit)
        for name in shown:
            if name not in controls:
                raise ValueError(f"controls must be among {', '.join(controls)}, not {name!r}.")
        self._settings_class = type(settings)
        self._controls = controls
        self._live = picture
        self.status = widgets.HTML(f"Choose, and press Start. It stops by itself after {self.limit:g} s.")
        self.picture = widgets.Image(format="png", layout={"max_width": "100%"})
        self.totals = widgets.HTML("")
        self._start = _button("Start", self.start, button_style="primary")
        self._stop = _button("Stop", self.stop, disabled=True)
        self._code = widgets.HTML("")
        self._below = widgets.HBox([self._code])
        self._buttons = widgets.HBox([self._start, self._stop])
        left = widgets.VBox(
            [*(controls[name] for name in controls if name in shown), self._buttons],
            layout={"width": "310px", "flex": "0 0 auto"},
        )
        right = widgets.VBox(
            [self.status, self.picture, self.totals], layout={"flex": "1 1 auto", "min_width": "0"}
        )
        super().__init__([widgets.HBox([left, right]), self._below], layout={"max_width": "1000px"})
        self.settings = settings
        for control in controls.values():
            control.observe(self._changed, "value")
        self._show_code()
        self._draw(Trial(settings))

    def __repr__(self) -> str:
        return "<a live page: run this cell to have its controls>"

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The page, and its picture for where no kernel runs."""
        return {**super()._repr_mimebundle_(**kwargs), "image/png": b64encode(self.picture.value).decode()}

    @property
    def settings(self) -> Experiment:
        """What the controls say."""
        return self._settings_class(**{name: control.value for name, control in self._controls.items()})

    @settings.setter
    def settings(self, settings: Experiment) -> None:
        if not isinstance(settings, self._settings_class):
            raise TypeError(f"settings must be {self._settings_class.__name__} here, not {settings!r}.")
        for name, value in asdict(settings).items():
            try:
                self._controls[name].value = value
            except TraitError:
                raise ValueError(f"{name} has no place on its control for {value!r}.") from None

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self._session is not None and self._session.is_alive()

    def start(self) -> None:
        """Run what the controls say, until `stop` or the limit.  Does nothing if it runs already."""
        if self.running:
            return
        while _open_rooms:
            _open_rooms.pop().stop()
        _open_rooms.append(self)
        self._start.disabled, self._stop.disabled = True, False
        self._session = _Session(self)
        self._session.start()

    def stop(self) -> None:
        """End the run, and wait for its end."""
        if self._session is not None:
            self._session.tell(None)
            self._session.join()

    def close(self) -> None:
        """Stop, and take the page away."""
        self.stop()
        super().close()

    def _changed(self, _) -> None:
        self._show_code()
        if self.running:
            self._session.tell(self.settings)  # type: ignore[union-attr]

    def _show_code(self) -> None:
        self._code.value = (
            '<pre style="font-size: 12px; line-height: 1.35; margin: 0 16px 0 0; white-space: pre">'
            f"{html.escape(self._source())}</pre>"
        )

    def _draw(self, trial: Trial) -> None:
        now = trial.samples[-1][0] if trial.samples else 0.0
        self.picture.value = _drawing.submit(self._live.draw, trial, now).result()

    @checked
    def show(self, trial: Trial) -> None:
        """Draw what was seen of a run so far."""
        self._draw(trial)
        if trial.seconds:
            self.totals.value = _dense(self._summary(trial))

    @checked
    def show_end(self, why: str) -> None:
        """Say why nothing runs any more, and allow a new start."""
        self.status.value = why
        self._start.disabled, self._stop.disabled = False, True

    def _source(self) -> str:
        """The source of the loop that the controls have chosen, as it runs."""
        raise NotImplementedError

    def _summary(self, trial: Trial) -> str:
        """What came of a run so far, in one line."""
        raise NotImplementedError

    def _keep(self, trial: Trial) -> None:
        """A run has ended: keep of it what is to be seen later."""


class WaitingRoom(Room):
    """The page on which the reader chooses how to wait, and which leaves a dot on a map for each run.

    :param settings: what the controls say at first.
    :param controls: the names of those that are shown, fields of `Settings`; all, unless told otherwise.
    :param limit: after how many seconds without a change it stops by itself.
    :raises TypeError, ValueError: if *limit* is not a number above 0, or *controls* has a name that is none.
    """

    @checked
    def __init__(
        self,
        settings: Settings | None = None,
        *,
        controls: Collection[str] = tuple(asdict(Settings())),
        limit: float = 30,
    ) -> None:
        all_controls = {
            "way": widgets.Dropdown(options=list(ways.WAYS), description="wait by", **_LOOK),
            "sockets": widgets.IntSlider(1, 1, 32, description="sockets", **_SLIDER),
            "rate": widgets.SelectionSlider(options=_RATES, description="messages/s", **_SLIDER),
            "pattern": widgets.Dropdown(options=PATTERNS, description="they come", **_LOOK),
            "timeout_ms": widgets.SelectionSlider(options=_TIMEOUTS, description="timeout, ms", **_SLIDER),
        }
        super().__init__(settings or Settings(), all_controls, controls, WaitingPicture(), limit=limit)
        self.runs: list[tuple[Settings, float, float]] = []
        """What is on the map: settings, share of one core, and typical delay in seconds of each run."""
        self.map = widgets.Image(format="png", layout={"max_width": "100%"})
        self.list = widgets.HTML("")
        self._clear = _button("Clear", self.clear, tooltip="Empty the map")
        self._buttons.children += (self._clear,)
        self._below.children += (widgets.VBox([self.map, self.list], layout={"min_width": "0"}),)
        self.show_runs()

    def _source(self) -> str:
        """The source of the way; names the timeout after what it is for."""
        way = self._controls["way"].value
        timeout = self._controls["timeout_ms"]
        timeout.disabled = way in ways.NO_TIMEOUT
        timeout.description = "nap, ms" if way in ways.NAPS else "timeout, ms"
        return ways.source(way)

    def _summary(self, trial: Trial) -> str:
        """What it cost, and what it was worth."""
        return (
            f"{trial.settings.way}: {len(trial.messages)} messages, "
            f"typical delay {1000 * trial.typical_delay:.3g} ms; "
            f"{100 * trial.wanted:.3g} % of a core wanted, {100 * trial.share:.3g} % used; "
            f"{trial.rounds_per_second:.3g} rounds/s"
        )

    def _keep(self, trial: Trial) -> None:
        """Drop a dot on the map, if it was long enough."""
        if trial.seconds >= _SHORTEST_RUN and trial.delays:
            self.runs.append((trial.settings, trial.share, trial.typical_delay))
            self.show_runs()

    def show_runs(self) -> None:
        """Draw the map and the list of runs anew."""
        self.map.value = _drawing.submit(draw_map, self.runs).result()
        self._clear.disabled = not self.runs
        rows = [
            f"{number}. {settings}: ~{100 * share:.3g} % of a core, ~{1000 * delay:.3g} ms"
            for number, (settings, share, delay) in enumerate(self.runs, 1)
        ]
        self.list.value = _dense("<br>".join(rows))

    def clear(self) -> None:
        """Empty the map."""
        self.runs.clear()
        self.show_runs()


class SendingRoom(Room):
    """The page with a sender that waits for room: the reader chooses how fast the receiver is.

    :param limit: after how many seconds without a change it stops by itself.
    :raises TypeError, ValueError: if *limit* is not a number above 0.
    """

    def __init__(self, *, limit: float = 30) -> None:
        controls = {
            "sender": widgets.SelectionSlider(options=_SPEEDS, description="sender, /s", **_SLIDER),
            "receiver": widgets.SelectionSlider(options=_SPEEDS, description="receiver, /s", **_SLIDER),
        }
        super().__init__(Speeds(), controls, tuple(controls), QueuePicture(), limit=limit)

    def _source(self) -> str:
        """The sender's loop."""
        return inspect.getsource(send_when_there_is_room)

    def _summary(self, trial: Trial) -> str:
        """How fast it went, and how full the queue was."""
        return (
            f"{len(trial.sent)} messages sent, {len(trial.messages)} received, "
            f"typical delay {1000 * trial.typical_delay:.3g} ms; "
            f"the sender used {100 * trial.share:.3g} % of a core"
        )


def _dense(text: str) -> str:
    return f'<div style="line-height: 1.4">{text}</div>'


def _button(name: str, action: Callable[[], None], **options) -> widgets.Button:
    button = widgets.Button(description=name, layout={"width": "95px"}, **options)
    button.on_click(lambda _: action())
    return button


class _Session(threading.Thread):
    """From Start to the end: one run after another, each in a child process, and the drawing of them."""

    def __init__(self, room: Room) -> None:
        super().__init__(name="waiting room", daemon=True)
        self._room = room
        self._next: Experiment | None = room.settings
        self._told = threading.Event()

    def tell(self, settings: Experiment | None) -> None:
        """Go on with these settings; None is to stop.  Any thread may call it."""
        self._next = settings
        self._told.set()

    def run(self) -> None:
        why = "It was stopped."
        try:
            while True:
                self._told.clear()
                if (settings := self._next) is None:
                    break
                if ended := self._one(settings):
                    why = ended
                    break
        except Exception as error:
            why = f"It failed: {html.escape(str(error))}. Press Start to try again."
        finally:
            self._room.show_end(why)

    def _one(self, settings: Experiment) -> str | None:
        """One run: why it ended, or None if it was told to end."""
        room, trial = self._room, Trial(settings)
        begin = time.monotonic()
        job = asdict(settings) | {"limit": room.limit + 5}  # it would end by itself, too
        with Child(settings.scene, job) as child:
            while True:
                told = self._told.wait(1 / FRAMES_PER_SECOND)
                for event in child.take():
                    trial.take(event)
                left = begin + room.limit - time.monotonic()
                code = child.wait(0)
                if told or left <= 0 or code is not None:
                    break
                room.status.value = f"<b>{settings}</b>. It stops in {left:.0f} s."
                room.show(trial)
        if trial.samples:
            room.show(trial)
        room._keep(trial)
        if code is not None:
            last = html.escape(" ".join(child.printed.strip().splitlines()[-1:]))
            return f"The process that ran the loop ended by itself ({code}). {last} Press Start to go on."
        return None if told else f"It stopped by itself after {room.limit:g} s. Press Start to go on."
