"""Recordings in, matplotlib figures out.

The figures belong to no global state: a notebook shows one that is a cell's last value, and nothing of it
is left behind.  Elsewhere, use ``figure.savefig(...)``.  They have a light card of their own, so that
they read alike in JupyterLab's light and dark theme.
"""

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from itertools import cycle, pairwise
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as _MatplotlibFigure
from matplotlib.patheffects import Normal, Stroke

from .arguments import checked
from .meter import Recording

_WIDTH = 7.0  # inches
_PIXELS_PER_INCH = 100  # on the page; stored at 1.5 times that, for sharp screens
STYLE = {
    "figure.facecolor": "#fbfaf7",
    "axes.facecolor": "#fbfaf7",
    "axes.edgecolor": "#8a8a8a",
    "axes.labelcolor": "#222222",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e2e0da",
    "grid.linewidth": 0.8,
    "text.color": "#222222",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "ytick.left": False,
    "text.parse_math": False,  # names are the reader's, and may have a dollar in them
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same on every machine
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "figure.constrained_layout.h_pad": 0.09,
    "figure.constrained_layout.w_pad": 0.09,
}

# Okabe and Ito's colours, which colour-blind readers can tell apart.  One colour a way of waiting.
_COLOURS = {
    "blocking": "#009e73",
    "busy": "#d55e00",
    "nap": "#e69f00",
    "poll": "#0072b2",
    "asyncio": "#cc79a7",
}
_NEUTRAL = "#555555"

# How the curve of each poller looks.
_CURVES: dict[str, dict[str, Any]] = {
    "zmq.Poller": {"color": "#0072b2"},
    "Poller": {"color": "#56b4e9"},
    "EdgePoller": {"color": "#009e73"},
    "asyncio tasks": {"color": "#d55e00"},
    "asyncio.Poller": {"color": "#e69f00"},
    "floor": {"color": "#777777", "linestyle": "--", "markersize": 0},
    "threads": {"color": "#cc79a7"},
}

# Lines of one colour in one picture: style, opacity, and a sample for the name.
_LINES = (("-", 1, "──"), ("--", 0.75, "╌╌"), (":", 0.5, "┈┈"))

_STATES = ("#0072b2", "#cc79a7", "#e69f00")

_TICK = {"marker": "|", "markersize": 9, "markeredgewidth": 1.4}

# What a row of each kind of event is called and how it is drawn, in the order of the rows of one lane.
_KINDS = {
    "sent": ("sent by {}", _TICK | {"color": "#777777"}),
    "woke": ("{} woke", {"marker": "^", "markersize": 5, "color": "#cc79a7"}),
    "received": ("received from {}", {"marker": "o", "markersize": 5, "color": "#0072b2"}),
    "gave up": ("gave up on {}", {"marker": "x", "markersize": 5, "color": "#555555"}),
    "worked": ("{} done", {"marker": "s", "markersize": 5, "color": "#e69f00"}),
    "ticked": ("{} ticked", _TICK | {"color": "#000000"}),
}
_OTHER_MARKER = {"marker": "D", "markersize": 5, "color": _NEUTRAL}


@contextmanager
def _without_matplotlibs_frames() -> Iterator[None]:
    """An interrupt has no traceback into Matplotlib: IPython takes seconds to explain so deep a one."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt from None


@contextmanager
def drawing() -> Iterator[None]:
    """What is made in the block has the course's style."""
    with _without_matplotlibs_frames(), matplotlib.rc_context(STYLE):
        yield


class Figure(_MatplotlibFigure):
    """A matplotlib figure that a notebook shows as a PNG, without pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict]:
        png = io.BytesIO()
        with _without_matplotlibs_frames():
            self.savefig(png, format="png", dpi=1.5 * _PIXELS_PER_INCH)
        width, height = self.get_size_inches() * _PIXELS_PER_INCH
        return png.getvalue(), {"width": round(width), "height": round(height)}


@checked
def timeline(recording: Recording, title: str = "") -> Figure:
    """One lane per peer and socket, and the recorded thread's CPU share under them, over time.

    :param recording: a finished recording.  Each pair of lane and kind of mark is a row; rows of one
        lane stand together, in the order of the lanes' first marks.
    :param title: what the picture shows, as a short sentence.
    :raises ValueError: if the recording has not ended.
    """
    rows = _rows(recording)
    lanes_height = 0.3 * len(rows) + 0.1
    with drawing():
        figure = Figure(figsize=(_WIDTH, lanes_height + 2.0), dpi=_PIXELS_PER_INCH, layout="constrained")
        lanes, cpu = figure.subplots(2, 1, sharex=True, height_ratios=[lanes_height, 1.2])
        for y, (lane, kind) in enumerate(rows):
            times = recording.times(kind, lane)
            _, marker = _KINDS.get(kind, ("", _OTHER_MARKER))
            lanes.plot(times, [y] * len(times), linestyle="none", clip_on=False, **marker)
        lanes.set_yticks(range(len(rows)), [_row_label(lane, kind) for lane, kind in rows])
        lanes.set_ylim(len(rows) - 0.4, -0.6)
        lanes.grid(False, axis="x")
        lanes.tick_params(bottom=False)
        lanes.spines[["left", "bottom"]].set_visible(False)
        lanes.set_title(title)
        _draw_cpu(cpu, recording)
    return figure


def _rows(recording: Recording) -> list[tuple[str, str]]:
    order = {kind: place for place, kind in enumerate(_KINDS)}
    kinds: dict[str, set[str]] = {}
    for mark in recording.marks:
        if recording.start <= mark.t <= recording.stop:
            kinds.setdefault(mark.lane, set()).add(mark.kind)
    return [
        (lane, kind)
        for lane, seen in kinds.items()
        for kind in sorted(seen, key=lambda kind: (order.get(kind, len(order)), kind))
    ]


def _row_label(lane: str, kind: str) -> str:
    if kind in _KINDS:
        text, _ = _KINDS[kind]
        return text.format(lane)
    return f"{lane} {kind}"


def _draw_cpu(axes: Axes, recording: Recording) -> None:
    shares = recording.shares()
    colour = colour_of(recording.name)
    edges = [start for start, _, _ in shares] + [shares[-1][1]]
    heights = [min(100 * share, 100) for _, _, share in shares]
    axes.stairs(heights, edges, fill=True, color=colour, alpha=0.35)
    # Not clipped, so that a share of nought is a line on the axis that can be seen.
    axes.stairs(heights, edges, baseline=None, color=colour, linewidth=2, clip_on=False, zorder=3)
    axes.set_xlim(0, recording.wall)
    axes.set_ylim(0, 140)  # room for the text above a full core
    axes.set_yticks([0, 50, 100])
    axes.set_ylabel("CPU of the\nthread (%)")
    axes.set_xlabel("time (s)")
    axes.text(
        0.995,
        0.97,
        f"on average {_in_words(_percent(recording))} of one core",
        transform=axes.transAxes,
        ha="right",
        va="top",
        bbox={
            "facecolor": STYLE["axes.facecolor"],
            "edgecolor": "none",
            "pad": 1.5,
            "alpha": 0.85,
        },
    )


@checked
def ways(recordings: Sequence[Recording], lane: str, title: str = "") -> Figure:
    """Ways of waiting side by side: CPU share on the left, delay on the right, a row for each.

    Dots are the typical (middle) delay, whiskers reach from the shortest to the longest.  Both axes are
    logarithmic: a step to the right is ten times as much.

    :param recordings: finished recordings, drawn from top to bottom.
    :param lane: whose messages the delays are of.
    :raises ValueError: if there is no recording, or one without delays of *lane*.
    """
    _some(recordings)
    with drawing():
        height = 1.35 + 0.42 * len(recordings)
        figure = Figure(figsize=(_WIDTH, height), dpi=_PIXELS_PER_INCH, layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for y, recording in enumerate(recordings):
            colour = colour_of(recording.name)
            percent, (shortest, typical, longest) = _percent(recording), _delays_ms(recording, lane)
            left.plot(percent, y, "o", color=colour, markersize=8)
            _label(left, percent, y, _in_words(percent))
            right.hlines(y, shortest, longest, color=_NEUTRAL, linewidth=1.2)
            right.plot(typical, y, "o", color=colour, markersize=8)
            _label(right, typical, y, _ms(typical))
        left.set_yticks(range(len(recordings)), [recording.name for recording in recordings])
        left.set_ylim(len(recordings) - 0.4, -0.75)
        _logarithmic(left.xaxis, "CPU (% of one core)")
        _logarithmic(right.xaxis, "delay from sent to received (ms)")
        figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


@checked
def naps(recordings: Mapping[float, Recording], waiting: Recording, lane: str, title: str = "") -> Figure:
    """What a nap costs and what it delays: CPU share and delay, against the length of the nap.

    Whiskers reach from the shortest delay to the longest.  All axes are logarithmic.

    :param recordings: finished recordings by the length of their naps in ms.
    :param waiting: the way to compare them with, drawn as a dashed line.
    :param lane: whose messages the delays are of.
    :raises ValueError: if there is no recording, or one without delays of *lane*.
    """
    _some(recordings)
    lengths = sorted(recordings)
    percents = [_percent(recordings[ms]) for ms in lengths]
    shortest, typical, longest = zip(*(_delays_ms(recordings[ms], lane) for ms in lengths), strict=True)
    with drawing():
        figure = Figure(figsize=(_WIDTH, 3.0), dpi=_PIXELS_PER_INCH, layout="constrained")
        left, right = figure.subplots(1, 2)
        right.vlines(lengths, shortest, longest, color=_NEUTRAL, linewidth=1.2)
        for axes, values in ((left, percents), (right, typical)):
            axes.plot(lengths, values, "o-", color=_COLOURS["nap"])
        for ms, percent, delay in zip(lengths, percents, typical, strict=True):
            _label(left, ms, percent, _in_words(percent))
            _label(right, ms, delay, _ms(delay), below=True)
        levels = (_percent(waiting), _delays_ms(waiting, lane)[1])
        for axes, level, side in ((left, levels[0], "left"), (right, levels[1], "right")):
            axes.axhline(level, color=colour_of(waiting.name), linestyle="--")
            axes.annotate(
                waiting.name,
                (0.02 if side == "left" else 0.98, level),  # where the naps' own line is far away
                xycoords=axes.get_yaxis_transform(),
                xytext=(0, -4),
                textcoords="offset points",
                va="top",
                ha=side,
            )
            _logarithmic(axes.xaxis, "length of a nap (ms)")
        _logarithmic(left.yaxis, "CPU (% of one core)")
        _logarithmic(right.yaxis, "delay (ms)")
        left.set_title(title)
    return figure


@checked
def ages(recordings: Sequence[Recording], lane: str, title: str = "") -> Figure:
    """How old each message of *lane* was when it was received, over time, a line for each recording.

    :raises ValueError: if there is no recording, or one without delays of *lane*.
    """
    _some(recordings)
    ends = []
    with drawing():
        figure = Figure(figsize=(_WIDTH, 2.8), dpi=_PIXELS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        for recording, (line, alpha, sample) in zip(recordings, cycle(_LINES)):
            recording.typical_delay(lane)  # raises if there is none
            times, delays = zip(*recording.delays(lane), strict=True)
            ages_ms = [1000 * delay for delay in delays]
            look = {"linestyle": line, "marker": "o", "markersize": 4, "color": colour_of(recording.name)}
            axes.plot(times, ages_ms, alpha=alpha, **look)
            ends.append((f"{sample} {recording.name}", times[-1], ages_ms[-1]))
        axes.set_xlim(0, 1.25 * max(recording.wall for recording in recordings))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("time of receipt (s)")
        axes.set_ylabel("age of the message (ms)")
        axes.set_title(title)
        _label_ends(axes, ends)
    return figure


@checked
def cost_curves(
    curves: Mapping[str, Mapping[int, float]], title: str = "", ylabel: str = "cost of a trip (µs)"
) -> Figure:
    """What polling costs against the number of sockets registered, a line for each poller.

    Both axes are logarithmic.

    :param curves: by name of the poller, the cost for each number of sockets, as `pollerlab.bench.curve`
        returns them.
    :raises ValueError: if there is none, or a number or a cost that is not above 0.
    """
    with drawing():
        figure = Figure(figsize=(_WIDTH, 3.4), dpi=_PIXELS_PER_INCH, layout="constrained")
        ends = _draw_curves(axes := figure.subplots(), curves, ylabel)
        axes.set_title(title)
        _label_curves(axes, ends)
    return figure


@checked
def cost_situations(situations: Mapping[str, Mapping[str, Mapping[int, float]]]) -> Figure:
    """The same for several situations: two in a row, each named, all to the same scale.

    :param situations: by name of the situation, the curves as `cost_curves` takes them.
    :raises ValueError: as `cost_curves` does.
    """
    _some(situations)
    rows = math.ceil(len(situations) / 2)
    with drawing():
        figure = Figure(figsize=(1.5 * _WIDTH, 3.2 * rows), dpi=_PIXELS_PER_INCH, layout="constrained")
        grid = list(figure.subplots(rows, 2, squeeze=False, sharex=True, sharey=True).flat)
        drawn = []
        for axes, (name, curves) in zip(grid, situations.items(), strict=False):
            drawn.append((axes, _draw_curves(axes, curves, "cost of a trip (µs)")))
            axes.set_title(name)
            axes.tick_params(labelbottom=True, labelleft=True)
        for axes in grid[len(situations) :]:
            axes.remove()
        every = [line.axes.dataLim for axes, _ in drawn for line in axes.lines[:1]]
        drawn[0][0].set_xlim(*_with_room(min(box.x0 for box in every), max(box.x1 for box in every)))
        drawn[0][0].set_ylim(min(box.y0 for box in every) / 2.5, max(box.y1 for box in every) * 6)
        for axes, ends in drawn:
            _label_curves(axes, ends)
    return figure


def _draw_curves(
    axes: Axes, curves: Mapping[str, Mapping[int, float]], ylabel: str
) -> list[tuple[str, float, float]]:
    """Draw them, and return what `_label_curves` takes."""
    _some(curves)
    ends: list[tuple[str, float, float]] = []
    for name, costs in curves.items():
        _some(costs)
        counts = sorted(costs)
        look = _CURVES.get(name, {"color": _NEUTRAL})
        axes.plot(counts, [costs[count] for count in counts], **{"marker": "o", "markersize": 3.5, **look})
        ends.append((name, counts[-1], costs[counts[-1]]))
    _logarithmic(axes.xaxis, "sockets registered")
    _logarithmic(axes.yaxis, ylabel)
    axes.set_xlim(*_with_room(*axes.xaxis.get_data_interval()))
    return ends


def _with_room(low: float, high: float) -> tuple[float, float]:
    """Limits for a logarithmic axis, with a quarter of it for the names to the right."""
    return low / 1.3, high * (1.69 * high / low) ** 0.3


def _label_curves(axes: Axes, ends: list[tuple[str, float, float]]) -> None:
    """Name each curve at its end, in its colour; those that end before the others have their names above."""
    axes.figure.draw_without_rendering()  # only now is it known how far apart the ends lie
    top, last = axes.transAxes.transform((0, 1))[1], max(x for _, x, _ in ends)
    for there in {x for _, x, _ in ends}:
        group = sorted((axes.transData.transform((x, y))[1], name, y) for name, x, y in ends if x == there)
        heights: list[float] = []
        for height, _, _ in group:  # at least a line of text apart
            heights.append(max([height] + [below + 16 for below in heights[-1:]]))
        for index, (height, name, y) in enumerate(group):
            within = min(heights[index], top - 16 * (len(group) - 1 - index))
            up = (within - height) * 72 / _PIXELS_PER_INCH
            place = {"xytext": (7, up)} if there == last else {"xytext": (0, up + 9), "ha": "right"}
            look = {"color": _CURVES.get(name, {"color": _NEUTRAL})["color"], "path_effects": _halo()}
            axes.annotate(name, (there, y), textcoords="offset points", va="center", **place, **look)


def _label_ends(axes: Axes, ends: list[tuple[str, float, float]]) -> None:
    """Name each line at its end, the names at least a line of text apart."""
    axes.figure.draw_without_rendering()  # only now is it known how far apart the ends lie
    places = [(name, (x, y), *axes.transData.transform((x, y))) for name, x, y in ends]  # also in pixels
    lowest = axes.transAxes.transform((0, 0))[1] + 9  # for the next name: above the axis
    for name, end, right, height in sorted(places, key=lambda place: place[3]):
        # To the right of the ends of all lines beside it, so that no name is written over a line.
        furthest = max(x for *_, x, y in places if abs(y - height) < 40)
        lifted = max(height, lowest)
        shift = ((furthest - right) * 72 / _PIXELS_PER_INCH + 7, (lifted - height) * 72 / _PIXELS_PER_INCH)
        axes.annotate(name, end, xytext=shift, textcoords="offset points", va="center")
        lowest = lifted + 16


@checked
def cost_latency(
    recordings: Sequence[Recording], lane: str, title: str = "", *, logarithmic: bool = True
) -> Figure:
    """The map of ways to wait: what each costs, against how long a message waits for it.

    A dot is a way of waiting, at its CPU share and its typical (middle) delay; a thin line reaches from
    the shortest delay to the longest.  By the first word of a recording's name, the dots of a "nap" are
    joined by a line, one of "blocking" is hollow, and one of "poll" is large.

    :param recordings: finished recordings.
    :param lane: whose messages the delays are of.
    :param logarithmic: with False, both axes are linear.
    :raises ValueError: if there is no recording, or one without delays of *lane*.
    """
    _some(recordings)
    ways = [(r.name, *_delays_ms(r, lane), _percent(r)) for r in recordings]
    with drawing():
        figure = Figure(figsize=(_WIDTH, 4.5), dpi=_PIXELS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        naps = sorted(
            (typical, percent) for name, _, typical, _, percent in ways if _first_word(name) == "nap"
        )
        if logarithmic:
            _logarithmic_map(axes, ways, naps)
        else:
            axes.set(xlim=(0, 1.15 * max(longest for *_, longest, _ in ways)), ylim=(0, 112))
            axes.xaxis.set_major_formatter(lambda ms, _: f"{ms:g} ms")
        axes.yaxis.set_major_formatter(lambda percent, _: f"{percent:g} %")
        axes.plot(*zip(*naps, strict=True), color="#9a9a9a", linewidth=2, zorder=1.5)
        for name, shortest, typical, longest, percent in ways:
            axes.hlines(percent, shortest, longest, color=_NEUTRAL, linewidth=1, alpha=0.7)
            size, hollow = 15 if _first_word(name) == "poll" else 8, _first_word(name) == "blocking"
            fill = STYLE["axes.facecolor"] if hollow else colour_of(name)
            look = {
                "color": colour_of(name),
                "markerfacecolor": fill,
                "markersize": size,
                "markeredgewidth": 2,
            }
            axes.plot(typical, percent, "o", clip_on=False, zorder=3, **look)
        axes.set_xlabel(f"how long a message waits ({lane}: typical, and shortest to longest)")
        axes.set_ylabel("CPU of the waiting thread (% of one core)")
        axes.set_title(title)
        _label_dots(axes, [(name, typical, percent) for name, _, typical, _, percent in ways])
    return figure


def _logarithmic_map(axes: Axes, ways: list[tuple], naps: list[tuple[float, float]]) -> None:
    """From 0.1 ms and 0.05 %, or less where the data need it; the corner that everybody wants is shaded."""
    left = min(0.1, *(shortest / 1.3 for _, shortest, *_ in ways))
    right = max(1000, *(1.3 * longest for *_, longest, _ in ways))
    bottom = min(0.05, *(percent / 3.5 for *_, percent in ways))  # room for a label under the lowest dot
    axes.set(xscale="log", yscale="log", xlim=(left, right), ylim=(bottom, 180))
    axes.xaxis.set_major_formatter(lambda ms, _: f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s")
    axes.fill_between((left, 1), bottom, 1, color=_COLOURS["poll"], alpha=0.1, linewidth=0)
    corner = {"xytext": (6, 6), "textcoords": "offset points", "color": _COLOURS["poll"]}
    axes.annotate("cheap and quick", (left, bottom), **corner)
    if len(naps) > 1:
        (x0, y0), (x1, y1) = naps[-2:]
        beside = {"xytext": (8, 4), "textcoords": "offset points", "color": "#6a6a6a"}
        axes.annotate(
            "naps: pay in CPU\nor pay in waiting", (math.sqrt(x0 * x1), math.sqrt(y0 * y1)), **beside
        )


def _label_dots(axes: Axes, dots: list[tuple[str, float, float]]) -> None:
    """Name each dot; dots that lie too close together for that share a label."""
    axes.figure.draw_without_rendering()  # only now is it known how close they lie
    spread = axes.get_xscale() == "log"
    groups: list[list[tuple[str, float, float]]] = []
    for dot in sorted(dots, key=lambda dot: -dot[2]):
        place = axes.transData.transform(dot[1:])
        for group in groups:
            right, up = place - axes.transData.transform(group[-1][1:])
            if not spread and abs(right) < 85 and abs(up) < 25:  # pixels: about the size of a label
                group.append(dot)
                break
        else:
            groups.append([dot])
    for group in groups:
        text = ", ".join(name for name, _, _ in group)
        look: dict[str, Any] = {"xytext": (9, 7)}
        if spread and _first_word(text) == "nap":  # to the lower left, so as to leave room for blocking
            look = {"xytext": (-8, -5), "ha": "right", "va": "top"}
        elif spread and _first_word(text) == "asyncio":  # to the upper left: poll is near
            look = {"xytext": (-8, 7), "ha": "right"}
        elif spread and _first_word(text) == "blocking":
            text += ": cheap, and\ndeaf to everyone else"
            look = {"xytext": (8, -5), "va": "top"}
        axes.annotate(text, group[0][1:], textcoords="offset points", zorder=4, **look)


@checked
def wakeups(rates: Mapping[str, float], title: str = "") -> Figure:
    """How often a second each loop went round, as bars on a logarithmic axis.

    :param rates: rounds per second by name, drawn from top to bottom.
    :raises ValueError: if there is none, or one that is not above 0.
    """
    _some(rates)
    with drawing():
        figure = Figure(figsize=(_WIDTH, 1.1 + 0.4 * len(rates)), dpi=_PIXELS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        start = min(1, *(rate / 2 for rate in rates.values()))
        for y, (name, rate) in enumerate(rates.items()):
            axes.plot([start, rate], [y, y], linewidth=9, solid_capstyle="butt", color=colour_of(name))
            axes.annotate(
                f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}",
                (rate, y),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(range(len(rates)), list(rates))
        axes.set_ylim(len(rates) - 0.4, -0.6)
        axes.grid(False, axis="y")
        _logarithmic(axes.xaxis, "rounds a second")
        axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:,.0f}" if rate >= 1 else f"{rate:g}")
        axes.set_xlim(left=start)
        axes.set_title(title)
    return figure


@checked
def stops(recordings: Sequence[Recording], work: str, signal: str, title: str = "") -> Figure:
    """How long each loop went on working after it had been told to stop.

    A row for each recording: a tick for each "worked" mark of lane *work*, a line where *signal* was sent,
    and a dot where it was received.

    :raises ValueError: if there is no recording, or one in which *signal* was not sent and received.
    """
    _some(recordings)
    with drawing():
        figure = Figure(
            figsize=(_WIDTH, 1.2 + 0.55 * len(recordings)), dpi=_PIXELS_PER_INCH, layout="constrained"
        )
        axes = figure.subplots()
        worked, told = (_KINDS[kind][1] for kind in ("worked", "received"))
        for y, recording in enumerate(recordings):
            recording.typical_delay(signal)  # raises if there is none
            heard, waited = recording.delays(signal)[0]
            times = recording.times("worked", work)
            axes.plot(times, [y] * len(times), linestyle="none", **worked | {"marker": "|", "markersize": 8})
            axes.vlines(heard - waited, y - 0.32, y + 0.32, color="#000000", linewidth=2, zorder=3)
            axes.plot(heard, y, zorder=3, **told | {"markersize": 8})
            label = {"xytext": (9, 0), "textcoords": "offset points", "va": "center"}
            axes.annotate(f"{_ms(1000 * waited)} after {signal}", (max([heard, *times]), y), **label)
        axes.set_yticks(range(len(recordings)), [recording.name for recording in recordings])
        axes.set_ylim(len(recordings) - 0.4, -0.6)
        axes.set_xlim(0, 1.35 * max(recording.wall for recording in recordings))
        axes.grid(False, axis="y")
        axes.set_xlabel("time (s)")
        axes.set_title(title)
    return figure


@checked
def timing(steps: Sequence[tuple[str, Mapping[str, bool]]], title: str = "") -> Figure:
    """A timing diagram: after each of some steps, which of several states hold, a line for each state.

    A line is high, and filled, where its state holds, and low where it does not.

    :param steps: for each step, what was done, and by name which states held after that; all have the same
        names.
    :raises ValueError: if there is no step, or one with other names.
    """
    _some(steps)
    first, names = steps[0][0], list(steps[0][1])
    for action, states in steps:
        if states.keys() != steps[0][1].keys():
            raise ValueError(f"{action!r} must have the same states as {first!r}.")
    with drawing():
        height = 1.3 + 0.55 * len(names)
        figure = Figure(figsize=(_WIDTH, height), dpi=_PIXELS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        for row, (name, colour) in enumerate(zip(names, cycle(_STATES))):
            low = len(names) - 1 - row
            heights = [low + 0.6 * states[name] for _, states in steps]
            edges = range(len(steps) + 1)
            axes.stairs(heights, edges, baseline=low, fill=True, color=colour, alpha=0.35)
            axes.stairs(heights, edges, baseline=None, color=colour, linewidth=2)
        axes.set_yticks([len(names) - 0.7 - row for row in range(len(names))], names)
        axes.set_xticks([place + 0.5 for place in range(len(steps))], [action for action, _ in steps])
        axes.set(xlim=(0, len(steps)), ylim=(-0.15, len(names) - 0.2))
        axes.grid(False)
        for place in range(1, len(steps)):
            axes.axvline(place, color=STYLE["grid.color"], linewidth=0.8, zorder=0)
        axes.tick_params(bottom=False)
        axes.spines["left"].set_visible(False)
        axes.set_title(title)
    return figure


@checked
def queue(samples: Sequence[tuple[float, int, bool]], title: str = "", *, mark: int | None = None) -> Figure:
    """How full a queue was over time, and in a band under it when POLLOUT was set.

    The moments at which POLLOUT changes are dots on the line; the first of each kind has a label.

    :param samples: ``(t, messages, ready)`` in the order of *t*, in seconds from a start: how many messages
        were in the queue from then on, and whether POLLOUT was set.
    :param mark: the high-water mark in messages, drawn as a dashed line.
    :raises ValueError: if there are fewer than two samples.
    """
    _some(samples[1:])
    times, fills, ready = zip(*samples, strict=True)
    top = max(*fills, mark or 0, 1)
    with drawing():
        figure = Figure(figsize=(_WIDTH, 3.4), dpi=_PIXELS_PER_INCH, layout="constrained")
        fill, band = figure.subplots(2, 1, sharex=True, height_ratios=[4, 0.8])
        if mark is not None:
            fill.axhline(mark, color=_NEUTRAL, linestyle="--", linewidth=1)
            above = {"xytext": (0, 4), "textcoords": "offset points", "ha": "right", "color": _NEUTRAL}
            fill.annotate(f"high-water mark: {mark}", (1, mark), xycoords=fill.get_yaxis_transform(), **above)
        fill.plot(times, fills, drawstyle="steps-post", color="#000000", linewidth=2)
        for axes, height, alpha in ((fill, 1.28 * top, 0.1), (band, 1, 0.5)):
            axes.stairs(
                [height * is_set for is_set in ready[:-1]],
                times,
                fill=True,
                color=_COLOURS["poll"],
                alpha=alpha,
            )
            axes.set_ylim(0, height)
        _mark_changes(fill, samples)
        fill.set_ylabel("messages in the queue")
        fill.yaxis.get_major_locator().set_params(integer=True)
        band.set(xlim=(min(0, times[0]), times[-1]), xlabel="time (s)")
        band.set_yticks([0.5], ["POLLOUT set"])
        band.grid(False)
        fill.set_title(title)
    return figure


def _mark_changes(axes: Axes, samples: Sequence[tuple[float, int, bool]]) -> None:
    """A dot where POLLOUT goes, hollow, and where it comes back."""
    named = set()
    for (_, _, before), (t, messages, ready) in pairwise(samples):
        if ready == before:
            continue
        fill = _COLOURS["poll"] if ready else STYLE["axes.facecolor"]
        look = {"color": _COLOURS["poll"], "markerfacecolor": fill, "markersize": 8, "markeredgewidth": 2}
        axes.plot(t, messages, "o", zorder=3, **look)
        if ready not in named:
            named.add(ready)
            text = f"back at {messages}" if ready else f"gone at {messages}"
            place = {"xytext": (9, 0), "va": "center"} if ready else {"xytext": (0, 9), "ha": "center"}
            axes.annotate(text, (t, messages), textcoords="offset points", color=_COLOURS["poll"], **place)


def _some(recordings: Sized) -> None:
    if not recordings:
        raise ValueError("There is no recording to draw.")


def _percent(recording: Recording) -> float:
    """CPU share in %, at least 0.001, so that a clock too coarse to see it can be drawn as well."""
    return max(100 * recording.share, 0.001)


def _in_words(percent: float) -> str:
    if percent < 0.1:
        return "under 0.1 %"
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def _ms(ms: float) -> str:
    return f"{ms:.2g} ms" if ms < 10 else f"{ms:.0f} ms"


def _delays_ms(recording: Recording, lane: str) -> tuple[float, float, float]:
    """The shortest, the typical and the longest delay, in ms."""
    typical = recording.typical_delay(lane)
    delays = [delay for _, delay in recording.delays(lane)]
    return 1000 * min(delays), 1000 * typical, 1000 * max(delays)


def _label(axes: Axes, x: float, y: float, text: str, *, below: bool = False) -> None:
    place = (7, -12 if below else 6)
    axes.annotate(text, (x, y), xytext=place, textcoords="offset points", path_effects=_halo())


def _halo() -> list:
    """For a text that may lie on a line."""
    return [Stroke(linewidth=3, foreground=STYLE["axes.facecolor"]), Normal()]


def _logarithmic(axis: Axis, label: str) -> None:
    """Scale *axis* to its data, with room for labels beside the last of them."""
    low, high = axis.get_data_interval()
    if not low > 0:
        raise ValueError(f"{label}: {low:g} has no place on a logarithmic scale.")
    axis.axes.set(**{f"{axis.axis_name}lim": (low / 2.5, high * 6)})
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_label_text(label)
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(lambda value, _: "")


def _first_word(name: str) -> str:
    return re.match(r"\w*", name).group()  # type: ignore[union-attr]


@checked
def colour_of(name: str) -> str:
    """The colour of a way of waiting, by the first word of its name."""
    return _COLOURS.get(_first_word(name), _NEUTRAL)
