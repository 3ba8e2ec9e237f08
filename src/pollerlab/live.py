"""The waiting room's pictures: the last seconds of a run, many times a second, and the map of all runs."""

import io
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from .arguments import checked
from .experiment import Settings, Trial
from .plots import STYLE, colour_of

SPAN = 6.0
"""How much of the past the picture shows, in seconds."""

_WIDTH, _HEIGHT = 640, 430  # CSS pixels
_PIXELS_PER_INCH = 100
_AROUND = ((7, 4), (7, -12), (-7, 4), (-7, -12), (7, 16), (7, -24), (-7, 16), (-7, -24))  # a dot, in points
_SHORTEST_MS, _LONGEST_MS = 0.05, 5000


class LivePicture:
    """The lanes, the CPU and the delays of the last `SPAN` seconds.

    What does not change, such as the axes, is drawn once for each number of sockets; the rest in some
    milliseconds.  Use it in one thread at a time.
    """

    def __init__(self) -> None:
        self._sockets = 0

    def _prepare(self, sockets: int) -> None:
        self._sockets = sockets
        with matplotlib.rc_context(STYLE):
            size = (_WIDTH / _PIXELS_PER_INCH, _HEIGHT / _PIXELS_PER_INCH)
            self._canvas = FigureCanvasAgg(Figure(figsize=size, dpi=_PIXELS_PER_INCH))
            figure = self._canvas.figure
            lanes, cpu, delay = figure.subplots(3, 1, sharex=True, height_ratios=[1.5, 1, 1])
            figure.subplots_adjust(left=0.13, right=0.985, top=0.94, bottom=0.1, hspace=0.3)
            lanes.set(xlim=(-SPAN, 0), ylim=(sockets - 0.4, -0.6))
            lanes.set_title("messages: sent (grey) and received")
            lanes.set_yticks(range(sockets) if sockets <= 8 else [0, sockets - 1])
            lanes.yaxis.set_major_formatter(lambda lane, _: f"socket {lane + 1:g}")
            lanes.grid(False, axis="x")
            cpu.set(ylim=(0, 108), yticks=[0, 50, 100])
            cpu.set_ylabel("CPU wanted\n(% of a core)")
            delay.set(yscale="log", ylim=(_SHORTEST_MS, _LONGEST_MS), yticks=[0.1, 1, 10, 100, 1000])
            delay.yaxis.set_major_formatter(lambda ms, _: f"{ms:g}")
            delay.minorticks_off()
            delay.set_ylabel("delay (ms)")
            delay.set_xlabel("seconds ago")
            delay.xaxis.set_major_formatter(lambda ago, _: f"{abs(ago):g}")
            tick = {"linestyle": "none", "marker": "|", "markersize": 8, "color": "#777777", "animated": True}
            dot = {"linestyle": "none", "marker": "o", "markersize": 4, "animated": True}
            (self._sent,) = lanes.plot([], [], **tick)
            (self._received,) = lanes.plot([], [], **dot)
            (self._cpu,) = cpu.plot([], [], linewidth=2, drawstyle="steps-pre", animated=True)
            (self._delays,) = delay.plot([], [], **dot)
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(figure.bbox)

    @checked
    def draw(self, trial: Trial, now: float) -> bytes:
        """The picture as PNG.

        :param now: its right end, in seconds of ``time.perf_counter()``.
        """
        if trial.settings.sockets != self._sockets:
            self._prepare(trial.settings.sockets)
        since = now - SPAN
        sent = _since(trial.sent, since)
        received = _since(trial.messages, since)
        self._sent.set_data([t - now for t, _ in sent], [lane for _, lane in sent])
        self._received.set_data([t - now for t, _, _ in received], [lane for _, lane, _ in received])
        self._delays.set_data(
            [t - now for t, _, _ in received], [max(1000 * delay, _SHORTEST_MS) for *_, delay in received]
        )
        steps = [
            (t1 - now, min(100.0, 100 * (cpu1 + waited1 - cpu0 - waited0) / (t1 - t0)))
            for (t0, cpu0, waited0, _), (t1, cpu1, waited1, _) in pairwise(_since(trial.samples, since))
        ]
        self._cpu.set_data([t for t, _ in steps], [percent for _, percent in steps])
        self._canvas.restore_region(self._background)
        for artist in (self._received, self._cpu, self._delays):
            artist.set_color(_colour(trial.settings.way))
        for artist in (self._sent, self._received, self._cpu, self._delays):
            artist.axes.draw_artist(artist)
        return _png(self._canvas)


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
    with matplotlib.rc_context(STYLE):
        size = (_WIDTH / _PIXELS_PER_INCH, 3.2)
        canvas = FigureCanvasAgg(Figure(figsize=size, dpi=_PIXELS_PER_INCH, layout="constrained"))
        axes = canvas.figure.subplots()
        axes.set(xscale="log", yscale="log", xlim=(0.05, _LONGEST_MS), ylim=(0.02, 200))
        axes.xaxis.set_major_formatter(lambda ms, _: f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s")
        axes.yaxis.set_major_formatter(lambda percent, _: f"{percent:g} %")
        axes.set_xlabel("how long a message waits (typical)")
        axes.set_ylabel("CPU of the thread\n(% of one core)")
        axes.set_title("Your runs" if runs else "Your runs will be here")
        canvas.draw()  # only now is it known where the dots will be
        taken: list[Bbox] = []
        for number, (settings, share, delay) in enumerate(runs, 1):
            place = (1000 * delay, max(100 * share, 0.025))
            axes.plot(*place, "o", color=_colour(settings.way), markersize=9)
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
