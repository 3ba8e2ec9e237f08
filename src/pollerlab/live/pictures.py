"""Still pictures of what the live pages show: the last seconds of a run, and the map of all runs."""

import io
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from ..arguments import checked
from ..scenery.plots import colour_of, drawing
from .backpressure import MARK
from .experiment import Settings, Trial
from .ways import WAYS

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
    """A picture of the last `SPAN` seconds of a run.  A subclass has ``_fill``."""

    @checked
    def draw(self, trial: Trial, now: float) -> bytes:
        """The picture as PNG.

        :param now: its right end, in seconds of ``time.perf_counter()``.
        """
        with drawing():
            size = (_WIDTH / _PIXELS_PER_INCH, _HEIGHT / _PIXELS_PER_INCH)
            canvas = FigureCanvasAgg(Figure(figsize=size, dpi=_PIXELS_PER_INCH))
            panels = canvas.figure.subplots(3, 1, sharex=True, height_ratios=[1.5, 1, 1])
            canvas.figure.subplots_adjust(left=0.13, right=0.985, top=0.94, bottom=0.1, hspace=0.3)
            panels[-1].set(xlim=(-SPAN, 0), xlabel="seconds ago")
            panels[-1].xaxis.set_major_formatter(lambda ago, _: f"{abs(ago):g}")
            self._fill(panels, trial, now, now - SPAN)
            canvas.draw()
            return _png(canvas)

    def _fill(self, panels: Sequence[Axes], trial: Trial, now: float, since: float) -> None:
        """Draw the axes, and the lines: by seconds before *now*, of what happened after *since*."""
        raise NotImplementedError


class WaitingPicture(LivePicture):
    """The lanes, the CPU and the delays of a thread that waits on some sockets."""

    def _fill(self, panels: Sequence[Axes], trial: Trial, now: float, since: float) -> None:
        """Messages as they were above, then the CPU from one sample to the next, and the delays."""
        lanes, cpu, delay = panels
        sockets = trial.settings.sockets
        lanes.set(ylim=(sockets - 0.4, -0.6))
        lanes.set_title("messages: sent (grey) and received")
        lanes.set_yticks(range(sockets) if sockets <= 8 else [0, sockets - 1])
        lanes.yaxis.set_major_formatter(lambda lane, _: f"socket {lane + 1:g}")
        lanes.grid(False, axis="x")
        cpu.set(ylim=(0, 108), yticks=[0, 50, 100])
        cpu.set_ylabel("CPU wanted\n(% of a core)")
        _delay_axis(delay)
        sent, received = _since(trial.sent, since), _since(trial.messages, since)
        steps = [
            (t1 - now, min(100.0, 100 * (cpu1 + waited1 - cpu0 - waited0) / (t1 - t0)))
            for (t0, cpu0, waited0, _), (t1, cpu1, waited1, _) in pairwise(_since(trial.samples, since))
        ]
        own = {"color": colour(trial.settings.way)}
        lanes.plot([t - now for t, _ in sent], [lane for _, lane in sent], **_TICK)
        lanes.plot([t - now for t, _, _ in received], [lane for _, lane, _ in received], **_DOT, **own)
        times, shares = [t for t, _ in steps], [percent for _, percent in steps]
        cpu.plot(times, shares, linewidth=2, drawstyle="steps-pre", **own)
        delay.plot(*_delays(received, now), **_DOT, **own)


class QueuePicture(LivePicture):
    """The messages between a sender and a receiver: each of them, how many, and how old they get."""

    def _fill(self, panels: Sequence[Axes], trial: Trial, now: float, since: float) -> None:
        """The queue above: what has been sent, less what has been received.  Then messages and delays."""
        queue, messages, delay = panels
        full = 2 * MARK
        queue.set(ylim=(0, full + 6), yticks=[0, full // 2, full])
        queue.set_title("messages in the queue; blue: no POLLOUT, the sender sleeps")
        queue.set_ylabel("messages")
        queue.axhline(full, color="#777777", linestyle="--", linewidth=1)
        messages.set(ylim=(1.6, -0.6), yticks=[0, 1], yticklabels=["sent", "received"])
        messages.grid(False, axis="x")
        _delay_axis(delay)
        sent, received = _since(trial.sent, since), _since(trial.messages, since)
        queued = len(trial.sent) - len(sent) - (len(trial.messages) - len(received))
        changes = sorted([(t, 1) for t, _ in sent] + [(t, -1) for t, *_ in received])
        steps = [*accumulate((change for _, change in changes), initial=queued)]
        times = [since, *(t for t, _ in changes)]
        spans = [(max(begin, since) - now, end - now) for begin, end in trial.no_room if end > since]
        poll = {"color": colour_of("poll")}
        queue.plot(
            [t for begin, end in spans for t in (begin, end, end)],
            [height for _ in spans for height in (full + 3, full + 3, float("nan"))],
            linewidth=6,
            solid_capstyle="butt",
            **poll,
        )
        queue.plot([t - now for t in times], steps, linewidth=1.5, drawstyle="steps-post", color="#222222")
        messages.plot([t - now for t, _ in sent], [0] * len(sent), **_TICK)
        messages.plot([t - now for t, *_ in received], [1] * len(received), **_DOT, **poll)
        delay.plot(*_delays(received, now), **_DOT, **poll)


def _delay_axis(axes: Axes) -> None:
    axes.set(yscale="log", ylim=(_SHORTEST_MS, _LONGEST_MS), yticks=[0.1, 1, 10, 100, 1000])
    axes.yaxis.set_major_formatter(lambda ms, _: f"{ms:g}")
    axes.minorticks_off()
    axes.set_ylabel("delay (ms)")


def _delays(received: Sequence[tuple[float, int, float]], now: float) -> tuple[list[float], list[float]]:
    return [t - now for t, *_ in received], [max(1000 * delay, _SHORTEST_MS) for *_, delay in received]


def colour(way: str) -> str:
    """The colour of a way of waiting, as everywhere; the reader's own have one as well."""
    if way not in WAYS:
        return colour_of("own")
    return colour_of(way if way in ("blocking recv", "busy", "spin, then poll", "nap", "asyncio") else "poll")


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
            axes.plot(*place, "o", color=colour(settings.way), markersize=_DOT_SIZE)
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
