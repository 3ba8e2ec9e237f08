"""The waiting room: choose how to wait and on what, press Start, and watch what it costs.

::

    from pollerlab.dashboard import WaitingRoom

    WaitingRoom()

The loop and its peers run in a child process (`pollerlab.experiment`), so that drawing does not slow them
down.  Needs ipywidgets, which the extra ``lab`` installs.
"""

import html
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from . import ways
from .child import Child
from .experiment import PATTERNS, Settings, Trial
from .live import LivePicture, draw_map
from .schedule import positive

try:
    import ipywidgets as widgets
except ImportError:
    raise ImportError(
        "The waiting room needs ipywidgets: install it with pip install ipywidgets, or set up by make lab."
    ) from None

FRAMES_PER_SECOND = 8
_SHORTEST_RUN = 1.0  # seconds that count; of less than this, no point is drawn
_TIMEOUTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # ms
_RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # messages a second
_drawing = ThreadPoolExecutor(1, "waiting room's pictures")  # matplotlib loads its fonts anew in each thread
_open_rooms: list["WaitingRoom"] = []  # the one in which something runs, if any


class WaitingRoom(widgets.VBox):
    """The page.  Its buttons and sliders, or `start`, `stop` and `clear`, may be used from any cell.

    Nothing runs before Start, and one room of a kernel runs at a time: to start one stops the other.
    A change of a control while it runs begins a new run with it.

    :param limit: after how many seconds without a change it stops by itself.
    :raises TypeError, ValueError: if *limit* is not a number above 0.
    """

    _session: "_Session | None" = None

    def __init__(self, *, limit: float = 30) -> None:
        self.limit = positive("limit", limit)
        self.runs: list[tuple[Settings, float, float]] = []
        """What is on the map: settings, share of one core, and typical delay in seconds of each run."""
        self._make_controls()
        self.picture = widgets.Image(format="png", layout={"max_width": "100%"})
        self.map = widgets.Image(
            format="png", value=_drawing.submit(draw_map, []).result(), layout={"max_width": "100%"}
        )
        self.status = widgets.HTML(f"Choose, and press Start. It stops by itself after {self.limit:g} s.")
        self.totals = widgets.HTML("")
        self.list = widgets.HTML("")
        self._code = widgets.HTML("")
        self._show_code()
        self._live = LivePicture()
        self._draw(Trial(self.settings))
        left = widgets.VBox(
            [*self._controls.values(), widgets.HBox([self._start, self._stop, self._clear])],
            layout={"width": "310px", "flex": "0 0 auto"},
        )
        right = widgets.VBox(
            [self.status, self.picture, self.totals], layout={"flex": "1 1 auto", "min_width": "0"}
        )
        below = widgets.HBox([self._code, widgets.VBox([self.map, self.list], layout={"min_width": "0"})])
        super().__init__([widgets.HBox([left, right]), below], layout={"max_width": "1000px"})

    def __repr__(self) -> str:
        return "<the waiting room: run this cell to have its controls>"

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The page, and its picture for where no kernel runs."""
        return {**super()._repr_mimebundle_(**kwargs), "image/png": b64encode(self.picture.value).decode()}

    def _make_controls(self) -> None:
        default = Settings()
        look = {"style": {"description_width": "90px"}, "layout": {"width": "300px"}}
        lazy = look | {"continuous_update": False}
        self._controls = {
            "way": widgets.Dropdown(
                options=list(ways.WAYS), value=default.way, description="wait by", **look
            ),
            "sockets": widgets.IntSlider(default.sockets, 1, 32, description="sockets", **lazy),
            "rate": widgets.SelectionSlider(
                options=_RATES, value=int(default.rate), description="messages/s", **lazy
            ),
            "pattern": widgets.Dropdown(
                options=PATTERNS, value=default.pattern, description="they come", **look
            ),
            "timeout_ms": widgets.SelectionSlider(
                options=_TIMEOUTS, value=default.timeout_ms, description="timeout, ms", **lazy
            ),
        }
        for control in self._controls.values():
            control.observe(self._changed, "value")
        self._start = widgets.Button(description="Start", button_style="primary", layout={"width": "95px"})
        self._stop = widgets.Button(description="Stop", disabled=True, layout={"width": "95px"})
        self._clear = widgets.Button(
            description="Clear", tooltip="Empty the map", disabled=True, layout={"width": "95px"}
        )
        for button, action in ((self._start, self.start), (self._stop, self.stop), (self._clear, self.clear)):
            button.on_click(lambda _, action=action: action())

    @property
    def settings(self) -> Settings:
        """What the controls say."""
        return Settings(**{name: control.value for name, control in self._controls.items()})

    @settings.setter
    def settings(self, settings: Settings) -> None:
        for name, value in asdict(settings).items():
            self._controls[name].value = value

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

    def clear(self) -> None:
        """Empty the map."""
        self.runs.clear()
        self.show_runs()

    def _changed(self, _) -> None:
        self._show_code()
        if self.running:
            self._session.tell(self.settings)  # type: ignore[union-attr]

    def _show_code(self) -> None:
        way = self._controls["way"].value
        timeout = self._controls["timeout_ms"]
        timeout.disabled = way in ways.NO_TIMEOUT
        timeout.description = "nap, ms" if way in ways.NAPS else "timeout, ms"
        self._code.value = (
            '<pre style="font-size: 12px; line-height: 1.35; margin: 0 16px 0 0; white-space: pre">'
            f"{html.escape(ways.source(way))}</pre>"
        )

    def _draw(self, trial: Trial) -> None:
        now = trial.samples[-1][0] if trial.samples else 0.0
        self.picture.value = _drawing.submit(self._live.draw, trial, now).result()

    def show(self, trial: Trial) -> None:
        """Draw what was seen of a run so far."""
        self._draw(trial)
        if trial.seconds:
            self.totals.value = (
                f"{len(trial.messages)} messages, typical delay {1000 * trial.typical_delay:.3g} ms; "
                f"{100 * trial.share:.2g} % of a core; {trial.rounds_per_second:.3g} rounds a second"
            )

    def show_runs(self) -> None:
        """Draw the map and the list of runs anew."""
        self.map.value = _drawing.submit(draw_map, self.runs).result()
        self._clear.disabled = not self.runs
        rows = [
            f"{number}. {settings}: ~{100 * share:.2g} % of a core, typical delay ~{1000 * delay:.2g} ms"
            for number, (settings, share, delay) in enumerate(self.runs, 1)
        ]
        self.list.value = "<br>".join(rows)

    def show_end(self, why: str) -> None:
        """Say why nothing runs any more, and allow a new start."""
        self.status.value = why
        self._start.disabled, self._stop.disabled = False, True


class _Session(threading.Thread):
    """From Start to the end: one run after another, each in a child process, and the drawing of them."""

    def __init__(self, room: WaitingRoom) -> None:
        super().__init__(name="waiting room", daemon=True)
        self._room = room
        self._next: Settings | None = room.settings
        self._told = threading.Event()

    def tell(self, settings: Settings | None) -> None:
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

    def _one(self, settings: Settings) -> str | None:
        """One run: why it ended, or None if it was told to end."""
        room, trial = self._room, Trial(settings)
        begin = time.monotonic()
        job = asdict(settings) | {"limit": room.limit + 5}  # it would end by itself, too
        with Child("pollerlab.experiment", job) as child:
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
        room.show(trial)
        if trial.seconds >= _SHORTEST_RUN and trial.delays:
            room.runs.append((settings, trial.share, trial.typical_delay))
            room.show_runs()
        if code is not None:
            last = html.escape(" ".join(child.printed.strip().splitlines()[-1:]))
            return f"The process that ran the loop ended by itself ({code}). {last} Press Start to go on."
        return None if told else f"It stopped by itself after {room.limit:g} s. Press Start to go on."
