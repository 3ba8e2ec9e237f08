"""The waiting room: choose how to wait and on what, press Start, and watch what it costs.

::

    from pollerlab.live import WaitingRoom

    WaitingRoom()

The loop and its peers run in a child process (`pollerlab.live.experiment`), so that drawing does not slow
them down.  The page draws it (`pollerlab.live.screens`).  Needs ipywidgets and anywidget, which the extra
``lab`` installs.
"""

import html
import inspect
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from itertools import count

from ..arguments import checked, positive
from ..process import Child
from . import ways
from .backpressure import Speeds, send_when_there_is_room
from .experiment import PATTERNS, Experiment, Settings, Trial
from .pictures import LivePicture, QueuePicture, WaitingPicture, colour

try:
    import ipywidgets as widgets
    from IPython.display import display
    from traitlets import TraitError

    from . import replay
    from .screens import Lanes, Map, last_rows_of
except ImportError:
    raise ImportError(
        "The waiting room needs ipywidgets and anywidget: install them with pip install anywidget, or set up "
        "by make lab."
    ) from None

__all__ = ["SendingRoom", "WaitingRoom"]

_LOOKS_PER_SECOND = 10  # at what the child process has sent
_LOOKS_PER_TOTALS = 5  # to add it all up, and tell it, costs the kernel more than a look
_SHORTEST_RUN = 1.0  # seconds that count; of less than this, no point is drawn
_LONGEST_SILENCE = 2.0  # seconds; who does nothing for longer than this is told of
_LONGEST_WORD = 60  # characters of what a loop prints
_TIMEOUTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # ms
_RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # messages a second
_SPEEDS = (5, 10, 20, 30, 40, 50, 70, 100, 150, 200)  # messages a second
_LOOK = {"style": {"description_width": "90px"}, "layout": {"width": "290px"}}
_SLIDER = _LOOK | {"continuous_update": False}
_open_rooms: list["Room"] = []  # the one in which something runs, if any


class Room(widgets.VBox):
    """A page with an experiment: controls, Start and Stop, and a moving picture of what happens.

    Its buttons and sliders, or `start` and `stop`, may be used from any cell.  Nothing runs before Start, and
    one room of a kernel runs at a time: to start one stops the other.  A change of a control while it runs
    begins a new run with it.  A subclass has ``_source``, ``_summary`` and ``_keep``.

    :param settings: what the controls say at first; its class is that of all settings.
    :param controls: those of all settings, by name.
    :param shown: the names of those that are shown.
    :param picture: draws the page where no kernel runs.
    :param limit: after how many seconds without a change it stops by itself.
    :raises TypeError, ValueError: if *limit* is not a number above 0, or *shown* has a name that is none.
    """

    _session: "_Session | None" = None
    _trials: tuple[Trial, ...] = ()

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
        self._controls, self._names = controls, [name for name in controls if name in shown]
        self._live = picture
        self.status = widgets.HTML(f"Choose, and press Start. It stops by itself after {self.limit:g} s.")
        self.lanes = Lanes()
        self.totals = widgets.HTML("")
        self._start = _button("Start", self.start, button_style="primary")
        self._stop = _button("Stop", self.stop, disabled=True)
        self._code = widgets.HTML("", layout={"flex": "1 1 420px", "min_width": "0", "overflow": "auto"})
        self._below = widgets.HBox([self._code], layout={"flex_flow": "row wrap"})
        self._buttons = widgets.HBox([self._start, self._stop])
        above = widgets.HBox(
            [*(controls[name] for name in self._names), self._buttons],
            layout={"flex_flow": "row wrap"},
        )
        super().__init__(
            [above, self.status, self.lanes, self.totals, self._below], layout={"max_width": "1400px"}
        )
        self.add_class(replay.LIVE_PAGE)
        self.settings = settings
        for control in controls.values():
            control.observe(self._changed, "value")
        self._show_code()
        self._show_plan()

    def __repr__(self) -> str:
        return "<a live page: run this cell to have its controls>"

    def _ipython_display_(self) -> None:
        """Show the page, and as an output of its own what is seen of it where no kernel runs.

        JupyterLab shows one of the forms that an output has, and of these it would choose the dead page.
        """
        page = super()._repr_mimebundle_()
        page.pop("text/plain", None)  # else it were seen where there are no widgets, beside the other output
        display(page, raw=True)
        display({"text/html": self.recorded(), "text/plain": repr(self)}, raw=True)

    def recorded(self) -> str:
        """The page for where no kernel runs, as HTML: a replay of what was seen, or a picture of nothing."""
        first = self._trials[0] if self._trials else Trial(self.settings)
        picture = self._live.draw(first, first.samples[-1][0] if self._trials else 0.0)
        if not self._trials:
            return replay.nothing(picture)
        labels = {name: self._controls[name].description for name in self._names}
        return replay.page(self._trials, picture, labels, self._summary)

    @property
    def settings(self) -> Experiment:
        """What the controls say."""
        return self._settings_class(**self._chosen())

    @settings.setter
    def settings(self, settings: Experiment) -> None:
        if not isinstance(settings, self._settings_class):
            raise TypeError(f"settings must be {self._settings_class.__name__} here, not {settings!r}.")
        for name, control in self._controls.items():
            value = getattr(settings, name)
            try:
                control.value = value
            except TraitError:
                raise ValueError(f"{name} has no place on its control for {value!r}.") from None

    def _chosen(self) -> dict:
        return {name: control.value for name, control in self._controls.items()}

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
        else:
            self._show_plan()

    def _show_plan(self) -> None:
        """Show what would run."""
        self._trials = ()
        self.lanes.begin(self.settings, f"Would run: {self.settings}")

    def _show_code(self) -> None:
        self._code.value = (
            '<pre style="font-size: 12px; line-height: 1.35; margin: 0 16px 0 0; white-space: pre">'
            f"{html.escape(self._source())}</pre>"
        )

    @checked
    def begin(self, settings: Experiment) -> None:
        """A run with *settings* begins."""
        self.lanes.begin(settings, f"Runs: {settings}")
        self.lanes.running = True
        self.totals.value = ""

    @checked
    def show(self, trial: Trial, others: Sequence[Trial] = ()) -> None:
        """Show what was seen of a run so far, or of one that was made elsewhere.

        :param others: more of these, which can be chosen where no kernel runs.
        """
        self._trials = tuple(seen for seen in (trial, *others) if seen.samples)
        self._show_lanes(trial)
        if trial.seconds:
            self.totals.value = _dense(self._summary(trial))

    def _show_lanes(self, trial: Trial) -> None:
        if not trial.samples:
            return
        if self.running:
            self.lanes.show(trial)
        else:
            self.lanes.show_past(trial)

    @checked
    def show_end(self, why: str) -> None:
        """Say why nothing runs any more, and allow a new start."""
        self.status.value = why
        self.lanes.running = False
        self.lanes.title = self.lanes.title.replace("Runs:", "Ran:")
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
        controls: Collection[str] = ("way", "sockets", "rate", "pattern", "timeout_ms"),
        limit: float = 30,
    ) -> None:
        all_controls = {
            "way": widgets.Dropdown(options=list(ways.WAYS), description="wait by", **_LOOK),
            "sockets": widgets.IntSlider(1, 1, 32, description="sockets", **_SLIDER),
            "rate": widgets.SelectionSlider(options=_RATES, description="messages/s", **_SLIDER),
            "pattern": widgets.Dropdown(options=PATTERNS, description="they come", **_LOOK),
            "timeout_ms": widgets.SelectionSlider(options=_TIMEOUTS, description="timeout, ms", **_SLIDER),
        }
        self._own: dict[str, str] = {}  # the source of each way of the reader's
        super().__init__(settings or Settings(), all_controls, controls, WaitingPicture(), limit=limit)
        self.runs: list[tuple[Settings, float, float]] = []
        """What is on the map: settings, share of one core, and typical delay in seconds of each run."""
        self.map = Map(self.replay, self.remove)
        self.map.layout = {"flex": "1 1 420px", "min_width": "0"}
        self._recorded: dict[tuple[Settings, float, float], dict] = {}
        self.list = widgets.HTML("")
        self._clear = _button("Clear", self.clear, tooltip="Empty the map")
        self._buttons.children += (self._clear,)
        self._below.children += (self.map,)
        self.children += (self.list,)
        self.show_runs()

    @checked
    def add(self, function: Callable) -> None:
        """Add a way of the reader's to those that can be chosen, or put it in place of one of that name.

        It is called as those in `pollerlab.live.ways` are, in the child process, and can harm nothing here.

        :param function: ``function(sockets, timeout_ms, handle, work)``, defined in the notebook.
        :raises ValueError: if it cannot be sent there, takes something else, or has the name of another way.
        """
        own, control = Settings(function), self._controls["way"]
        self._own[own.way] = own.source
        chosen = control.value
        control.unobserve(self._changed, "value")  # new options choose the first of them
        with control.hold_sync():
            control.options = [*ways.WAYS, *self._own]
            control.value = chosen
        control.observe(self._changed, "value")
        if chosen == own.way:
            self._changed(None)

    def _chosen(self) -> dict:
        chosen = super()._chosen()
        return chosen | {"source": self._own.get(chosen["way"], "")}

    def _source(self) -> str:
        """The source of the way; names the timeout after what it is for."""
        way = self._controls["way"].value
        timeout = self._controls["timeout_ms"]
        timeout.disabled = way in ways.NO_TIMEOUT
        timeout.description = f"{ways.MEANING.get(way, 'timeout')}, ms"
        return self._own.get(way, "").rstrip() or ways.source(way)

    def _summary(self, trial: Trial) -> str:
        """What it cost, and what it was worth."""
        delay = f", typical delay {1000 * trial.typical_delay:.3g} ms" if trial.delays else ""
        return (
            f"{trial.settings.way}: {len(trial.messages)} messages{delay}; "
            f"{100 * trial.wanted:.3g} % of a core wanted, {100 * trial.share:.3g} % used; "
            f"{trial.rounds_per_second:.3g} rounds/s"
        )

    def _keep(self, trial: Trial) -> None:
        """Drop a dot on the map, if it was long enough."""
        if trial.seconds >= _SHORTEST_RUN and trial.delays:
            run = (trial.settings, trial.share, trial.typical_delay)
            self.runs.append(run)
            self._recorded[run] = last_rows_of(trial)
            self.show_runs()

    def show_runs(self) -> None:
        """Draw the map and the list of runs again."""
        self._clear.disabled = not self.runs
        rows = [
            f"{number}. {settings}: ~{100 * share:.3g} % of a core, ~{1000 * delay:.3g} ms"
            for number, (settings, share, delay) in enumerate(self.runs, 1)
        ]
        self.list.value = _dense("<br>".join(rows))
        self.map.runs = [
            {
                "settings": {name: getattr(run[0], name) for name in self._controls},
                "name": run[0].way,
                "text": text,
                "colour": colour(run[0].way),
                "cpu_percent": 100 * run[1],
                "delay_ms": 1000 * run[2],
                "recorded": run in self._recorded,
            }
            for run, text in zip(self.runs, rows, strict=True)
        ]

    @checked
    def replay(self, number: int) -> None:
        """Show the last seconds of a run on the map again; *number* counts from 0.

        Does nothing while something runs, or if nothing was recorded of it.
        """
        if self.running or not 0 <= number < len(self.runs):
            return
        run = self.runs[number]
        if run in self._recorded:
            self.lanes.replay(run[0], self._recorded[run], f"Replay of run {number + 1}: {run[0]}")

    @checked
    def remove(self, number: int) -> None:
        """Take a run off the map, if it is there; *number* counts from 0."""
        if 0 <= number < len(self.runs):
            self._recorded.pop(self.runs.pop(number), None)
            self.show_runs()

    def clear(self) -> None:
        """Empty the map."""
        self.runs.clear()
        self._recorded.clear()
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


def _hangs(stuck: float, silent: float) -> str:
    """A sentence of a loop that hangs, or of a process that does, be it that it begins."""
    if stuck > _LONGEST_SILENCE:
        return f" It hangs: for {stuck:.0f} s it has taken no message, and not called work()."
    if silent > _LONGEST_SILENCE:
        return f" Nothing has come from its process for {silent:.0f} s."
    return ""


def _prints(printed: str) -> str:
    """A sentence of a loop that prints."""
    first, *more = printed.strip().splitlines() or [""]
    end = " ...</code>" if more or len(first) > _LONGEST_WORD else "</code>."
    return f" It prints: <code>{html.escape(first[:_LONGEST_WORD])}{end}" if first else ""


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
        begin = heard = time.monotonic()
        room.begin(settings)
        job = asdict(settings) | {"limit": room.limit + 5}  # it would end by itself, too
        with Child(settings.scene, job) as child:
            for look in count():
                told = self._told.wait(1 / _LOOKS_PER_SECOND)
                for event in child.take():
                    trial.take(event)
                    heard = time.monotonic()
                left = begin + room.limit - time.monotonic()
                code = child.wait(0)
                if told or left <= 0 or code is not None:
                    break
                odd = _hangs(trial.stuck, time.monotonic() - heard) + _prints(child.printed)
                room.status.value = f"<b>{settings}</b>. It stops in {left:.0f} s.{odd}"
                if look % _LOOKS_PER_TOTALS:
                    room._show_lanes(trial)
                else:
                    room.show(trial)
        for event in child.take():  # the last ones
            trial.take(event)
        if trial.samples:
            room.show(trial)
        room._keep(trial)
        if trial.ended and not told:
            return f"{html.escape(trial.ended)}{_prints(child.printed)} Press Start to try again."
        if code is not None:
            last = html.escape(" ".join(child.printed.strip().splitlines()[-1:]))
            return f"The process that ran the loop ended by itself ({code}). {last} Press Start to go on."
        return None if told else f"It stopped by itself after {room.limit:g} s. Press Start to go on."
