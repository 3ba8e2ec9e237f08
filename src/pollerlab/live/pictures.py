"""The pictures of the live pages: the last seconds of a run, many times a second, and the map of all runs."""

import io
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox
from PIL import Image

from ..arguments import checked
from ..scenery.plots import colour_of, drawing
from .backpressure import MARK
from .experiment import Experiment, Settings, Trial

__all__ = ["SPAN", "QueuePicture", "WaitingPicture", "draw_map"]

SPAN = 6.0
"""How much of the past the picture shows, in seconds."""

_WIDTH, _HEIGHT = 640, 430  # CSS pixels
_PIXELS_PER_INCH = 100
_AROUND = ((7, 4), (7, -12), (-7, 4), (-7, -12), (7, 16), (7, -24), (-7, 16), (-7, -24))  # a dot, in points
_DOT_SIZE = 9  # points
_SHORTEST_MS, _LONGEST_MS = 0.05, 5000
_TICK = {"linestyle": "none", "marker": "|", "markersize": 8, "color": "#777777"}
_DOT = {"linestyle": "none", "marker": "o", "markersize": 4}


class LivePicture:
    """A picture of the last `SPAN` seconds of a run.

    What does not change, such as the axes, is drawn once for each layout; the rest in some milliseconds.  Use
    it in one thread at a time.  A subclass has ``_lay_out`` and ``_follow``.
    """

    def __init__(self) -> None:
        self._settings: Experiment | None = None
        self._moving: list[Line2D] = []

    @checked
    def draw(self, trial: Trial, now: float) -> bytes:
        """The picture as PNG.

        :param now: its right end, in seconds of ``time.perf_counter()``.
        """
        if self._settings is None or self._looks_other(self._settings, trial.settings):
            self._prepare(trial.settings)
        self._settings = trial.settings
        self._follow(trial, now, now - SPAN)
        self._canvas.restore_region(self._background)
        for artist in self._moving:
            artist.axes.draw_artist(artist)
        return _png(self._canvas)

    def _prepare(self, settings: Experiment) -> None:
        with drawing():
            size = (_WIDTH / _PIXELS_PER_INCH, _HEIGHT / _PIXELS_PER_INCH)
            self._canvas = FigureCanvasAgg(Figure(figsize=size, dpi=_PIXELS_PER_INCH))
            figure = self._canvas.figure
            panels = figure.subplots(3, 1, sharex=True, height_ratios=[1.5, 1, 1])
            figure.subplots_adjust(left=0.13, right=0.985, top=0.94, bottom=0.1, hspace=0.3)
            panels[-1].set(xlim=(-SPAN, 0), xlabel="seconds ago")
            panels[-1].xaxis.set_major_formatter(lambda ago, _: f"{abs(ago):g}")
            self._moving = self._lay_out(panels, settings)
            for artist in self._moving:
                artist.set_animated(True)
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(figure.bbox)

    def _looks_other(self, before: Any, after: Any) -> bool:
        """Whether the axes look other with the settings *after* than with those *before*."""
        return False

    def _lay_out(self, panels: Sequence[Axes], settings: Any) -> list[Line2D]:
        """Draw what stays, and return the lines that move."""
        raise NotImplementedError

    def _follow(self, trial: Trial, now: float, since: float) -> None:
        """Give the lines their data: seconds before *now*, of what happened after *since*."""
        raise NotImplementedError


class WaitingPicture(LivePicture):
    """The lanes, the CPU and the delays of a thread that waits on some sockets."""

    def _looks_other(self, before: Any, after: Any) -> bool:
        """With another number of sockets, it does."""
        return before.sockets != after.sockets

    def _lay_out(self, panels: Sequence[Axes], settings: Any) -> list[Line2D]:
        """The lanes above, then the CPU and the delays."""
        lanes, cpu, delay = panels
        sockets = settings.sockets
        lanes.set(ylim=(sockets - 0.4, -0.6))
        lanes.set_title("messages: sent (grey) and received")
        lanes.set_yticks(range(sockets) if sockets <= 8 else [0, sockets - 1])
        lanes.yaxis.set_major_formatter(lambda lane, _: f"socket {lane + 1:g}")
        lanes.grid(False, axis="x")
        cpu.set(ylim=(0, 108), yticks=[0, 50, 100])
        cpu.set_ylabel("CPU wanted\n(% of a core)")
        _delay_axis(delay)
        (self._sent,) = lanes.plot([], [], **_TICK)
        (self._received,) = lanes.plot([], [], **_DOT)
        (self._cpu,) = cpu.plot([], [], linewidth=2, drawstyle="steps-pre")
        (self._delays,) = delay.plot([], [], **_DOT)
        return [self._sent, self._received, self._cpu, self._delays]

    def _follow(self, trial: Trial, now: float, since: float) -> None:
        """Messages as they were, the CPU from one sample to the next."""
        sent, received = _since(trial.sent, since), _since(trial.messages, since)
        self._sent.set_data([t - now for t, _ in sent], [lane for _, lane in sent])
        self._received.set_data([t - now for t, _, _ in received], [lane for _, lane, _ in received])
        self._delays.set_data(*_delays(received, now))
        steps = [
            (t1 - now, min(100.0, 100 * (cpu1 + waited1 - cpu0 - waited0) / (t1 - t0)))
            for (t0, cpu0, waited0, _), (t1, cpu1, waited1, _) in pairwise(_since(trial.samples, since))
        ]
        self._cpu.set_data([t for t, _ in steps], [percent for _, percent in steps])
        for artist in (self._received, self._cpu, self._delays):
            artist.set_color(_colour(trial.settings.way))


class QueuePicture(LivePicture):
    """The messages between a sender and a receiver: each of them, how many, and how old they get."""

    def _lay_out(self, panels: Sequence[Axes], settings: Any) -> list[Line2D]:
        """The queue above, then the messages and the delays."""
        queue, messages, delay = panels
        full = 2 * MARK
        queue.set(ylim=(0, full + 6), yticks=[0, full // 2, full])
        queue.set_title("messages in the queue; blue: no POLLOUT, the sender sleeps")
        queue.set_ylabel("messages")
        queue.axhline(full, color="#777777", linestyle="--", linewidth=1)
        messages.set(ylim=(1.6, -0.6), yticks=[0, 1], yticklabels=["sent", "received"])
        messages.grid(False, axis="x")
        _delay_axis(delay)
        (self._queued,) = queue.plot([], [], linewidth=1.5, drawstyle="steps-post", color="#222222")
        (self._no_room,) = queue.plot([], [], linewidth=6, solid_capstyle="butt", color=colour_of("poll"))
        (self._sent,) = messages.plot([], [], **_TICK)
        (self._received,) = messages.plot([], [], **_DOT, color=colour_of("poll"))
        (self._delays,) = delay.plot([], [], **_DOT, color=colour_of("poll"))
        return [self._no_room, self._queued, self._sent, self._received, self._delays]

    def _follow(self, trial: Trial, now: float, since: float) -> None:
        """What is in the queue is what has been sent, less what has been received."""
        sent, received = _since(trial.sent, since), _since(trial.messages, since)
        self._sent.set_data([t - now for t, _ in sent], [0] * len(sent))
        self._received.set_data([t - now for t, *_ in received], [1] * len(received))
        self._delays.set_data(*_delays(received, now))
        queued = len(trial.sent) - len(sent) - (len(trial.messages) - len(received))
        changes = sorted([(t, 1) for t, _ in sent] + [(t, -1) for t, *_ in received])
        steps = [*accumulate((change for _, change in changes), initial=queued)]
        times = [since, *(t for t, _ in changes)]
        self._queued.set_data([t - now for t in times], steps)
        spans = [(max(begin, since) - now, end - now) for begin, end in trial.no_room if end > since]
        self._no_room.set_data(
            [t for begin, end in spans for t in (begin, end, end)],
            [height for _ in spans for height in (2 * MARK + 3, 2 * MARK + 3, float("nan"))],
        )


def _delay_axis(axes: Axes) -> None:
    axes.set(yscale="log", ylim=(_SHORTEST_MS, _LONGEST_MS), yticks=[0.1, 1, 10, 100, 1000])
    axes.yaxis.set_major_formatter(lambda ms, _: f"{ms:g}")
    axes.minorticks_off()
    axes.set_ylabel("delay (ms)")


def _delays(received: Sequence[tuple[float, int, float]], now: float) -> tuple[list[float], list[float]]:
    return [t - now for t, *_ in received], [max(1000 * delay, _SHORTEST_MS) for *_, delay in received]


def _colour(way: str) -> str:
    return colour_of(way if way in ("blocking recv", "busy", "nap", "asyncio") else "poll")


def _since(rows: Sequence[tuple], moment: float) -> Sequence[tuple]:
    """Those from *moment* on: rows begin with their time, and rise."""
    return rows[bisect_left(rows, (moment,)) :]


def _png(canvas: FigureCanvasAgg) -> bytes:
    file = io.BytesIO()
    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
    image.convert("RGB").save(file, "PNG", compress_level=1)
    return file.getvalue()


@checked
def draw_map(runs: Sequence[tuple[Settings, float, float]]) -> bytes:
    """The cost-latency map of all runs so far, as PNG: a numbered dot for each.

    :param runs: ``(settings, share of one core, typical delay in seconds)`` of each.  It must have a delay.
    """
    with drawing():
        size = (_WIDTH / _PIXELS_PER_INCH, 3.2)
        canvas = FigureCanvasAgg(Figure(figsize=size, dpi=_PIXELS_PER_INCH))
        axes = canvas.figure.add_axes((0.15, 0.16, 0.83, 0.74))
        axes.set(xscale="log", yscale="log", xlim=(_SHORTEST_MS, _LONGEST_MS), ylim=(0.02, 200))
        axes.xaxis.set_major_formatter(lambda ms, _: f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s")
        axes.yaxis.set_major_formatter(lambda percent, _: f"{percent:g} %")
        axes.set_xlabel("how long a message waits (typical)")
        axes.set_ylabel("CPU of the thread\n(% of one core)")
        axes.set_title("Your runs" if runs else "Your runs will be here")
        places = [  # what is beyond an edge is at the edge
            (min(max(_SHORTEST_MS, 1000 * delay), _LONGEST_MS), min(max(0.025, 100 * share), 200))
            for _, share, delay in runs
        ]
        for place, (settings, *_) in zip(places, runs, strict=True):
            axes.plot(*place, "o", color=_colour(settings.way), markersize=_DOT_SIZE)
        half = _DOT_SIZE / 2 * _PIXELS_PER_INCH / 72
        dots = [axes.transData.transform(place) for place in places]
        taken = [Bbox([dot - half, dot + half]) for dot in dots]
        for number, (place, (settings, *_)) in enumerate(zip(places, runs, strict=True), 1):
            label = axes.annotate(
                f"{number} {settings.way}", place, xytext=(0, 0), textcoords="offset points"
            )
            for offset in _AROUND:
                label.set(position=offset, ha="left" if offset[0] > 0 else "right")
                box = label.get_window_extent()
                if not any(box.overlaps(other) for other in taken):
                    break
            taken.append(box)
        canvas.draw()
        return _png(canvas)
