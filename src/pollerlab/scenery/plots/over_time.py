"""What happened over time: lanes of events, ages of messages, stops, and what was set when."""

from collections.abc import Mapping, Sequence
from itertools import cycle, pairwise

from matplotlib.axes import Axes

from ...arguments import checked
from ..meter import Recording
from .style import (
    COLOURS,
    NEUTRAL,
    PIXELS_PER_INCH,
    STYLE,
    WIDTH,
    Figure,
    colour_of,
    drawing,
    in_ms,
    in_words,
    percent_of,
    require_some,
)

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

_OTHER_MARKER = {"marker": "D", "markersize": 5, "color": NEUTRAL}


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
        figure = Figure(figsize=(WIDTH, lanes_height + 2.0), dpi=PIXELS_PER_INCH, layout="constrained")
        lanes, cpu = figure.subplots(2, 1, sharex=True, height_ratios=[lanes_height, 1.2])
        _draw_lanes(lanes, rows, recording)
        lanes.set_title(title)
        _draw_cpu(cpu, recording)
    return figure


@checked
def before_and_after(before: Recording, after: Recording, title: str = "") -> Figure:
    """Two timelines side by side, with the same rows and the same axis of time: what a change has changed.

    :raises ValueError: if one of the two has not ended.
    """
    rows = list(dict.fromkeys([*_rows(before), *_rows(after)]))
    lanes_height = 0.3 * len(rows) + 0.1
    with drawing():
        figure = Figure(figsize=(WIDTH, lanes_height + 2.5), dpi=PIXELS_PER_INCH, layout="constrained")
        grid = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=[lanes_height, 1.2])
        for (lanes, cpu), recording, name in zip(grid.T, (before, after), ("before", "after"), strict=True):
            _draw_lanes(lanes, rows, recording)
            _draw_cpu(cpu, recording)
            lanes.set_title(name, fontweight="normal")
        cpu.set(ylabel="", xlim=(0, max(before.wall, after.wall)))
        figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
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


def _draw_lanes(axes: Axes, rows: list[tuple[str, str]], recording: Recording) -> None:
    for y, (lane, kind) in enumerate(rows):
        if not (times := recording.times(kind, lane)):
            continue  # a line of nothing has no extent, and there would be no room for the axes
        _, marker = _KINDS.get(kind, ("", _OTHER_MARKER))
        axes.plot(times, [y] * len(times), linestyle="none", clip_on=False, **marker)
    axes.set_yticks(range(len(rows)), [_row_label(lane, kind) for lane, kind in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(False, axis="x")
    axes.tick_params(bottom=False)
    axes.spines[["left", "bottom"]].set_visible(False)


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
        f"on average {in_words(percent_of(recording))} of one core",
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
def ages(recordings: Sequence[Recording], lane: str, title: str = "") -> Figure:
    """How old each message of *lane* was when it was received, over time, a line for each recording.

    :raises ValueError: if there is no recording, or one without delays of *lane*.
    """
    require_some(recordings)
    ends = []
    with drawing():
        figure = Figure(figsize=(WIDTH, 2.8), dpi=PIXELS_PER_INCH, layout="constrained")
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


def _label_ends(axes: Axes, ends: list[tuple[str, float, float]]) -> None:
    """Name each line at its end, the names at least a line of text apart."""
    axes.figure.draw_without_rendering()  # only now is it known how far apart the ends lie
    places = [(name, (x, y), *axes.transData.transform((x, y))) for name, x, y in ends]  # also in pixels
    lowest = axes.transAxes.transform((0, 0))[1] + 9  # for the next name: above the axis
    for name, end, right, height in sorted(places, key=lambda place: place[3]):
        # To the right of the ends of all lines beside it, so that no name is written over a line.
        furthest = max(x for *_, x, y in places if abs(y - height) < 40)
        lifted = max(height, lowest)
        shift = ((furthest - right) * 72 / PIXELS_PER_INCH + 7, (lifted - height) * 72 / PIXELS_PER_INCH)
        axes.annotate(name, end, xytext=shift, textcoords="offset points", va="center")
        lowest = lifted + 16


@checked
def stops(recordings: Sequence[Recording], work: str, signal: str, title: str = "") -> Figure:
    """How long each loop went on working after it had been told to stop.

    A row for each recording: a tick for each "worked" mark of lane *work*, a line where *signal* was sent,
    and a dot where it was received.

    :raises ValueError: if there is no recording, or one in which *signal* was not sent and received.
    """
    require_some(recordings)
    with drawing():
        figure = Figure(
            figsize=(WIDTH, 1.2 + 0.55 * len(recordings)), dpi=PIXELS_PER_INCH, layout="constrained"
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
            axes.annotate(f"{in_ms(1000 * waited)} after {signal}", (max([heard, *times]), y), **label)
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
    require_some(steps)
    first, names = steps[0][0], list(steps[0][1])
    for action, states in steps:
        if states.keys() != steps[0][1].keys():
            raise ValueError(f"{action!r} must have the same states as {first!r}.")
    with drawing():
        height = 1.3 + 0.55 * len(names)
        figure = Figure(figsize=(WIDTH, height), dpi=PIXELS_PER_INCH, layout="constrained")
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
    require_some(samples[1:])
    times, fills, ready = zip(*samples, strict=True)
    top = max(*fills, mark or 0, 1)
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.4), dpi=PIXELS_PER_INCH, layout="constrained")
        fill, band = figure.subplots(2, 1, sharex=True, height_ratios=[4, 0.8])
        if mark is not None:
            fill.axhline(mark, color=NEUTRAL, linestyle="--", linewidth=1)
            above = {"xytext": (0, 4), "textcoords": "offset points", "ha": "right", "color": NEUTRAL}
            fill.annotate(f"high-water mark: {mark}", (1, mark), xycoords=fill.get_yaxis_transform(), **above)
        fill.plot(times, fills, drawstyle="steps-post", color="#000000", linewidth=2)
        for axes, height, alpha in ((fill, 1.28 * top, 0.1), (band, 1, 0.5)):
            axes.stairs(
                [height * is_set for is_set in ready[:-1]],
                times,
                fill=True,
                color=COLOURS["poll"],
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
        fill = COLOURS["poll"] if ready else STYLE["axes.facecolor"]
        look = {"color": COLOURS["poll"], "markerfacecolor": fill, "markersize": 8, "markeredgewidth": 2}
        axes.plot(t, messages, "o", zorder=3, **look)
        if ready not in named:
            named.add(ready)
            text = f"back at {messages}" if ready else f"gone at {messages}"
            place = {"xytext": (9, 0), "va": "center"} if ready else {"xytext": (0, 9), "ha": "center"}
            axes.annotate(text, (t, messages), textcoords="offset points", color=COLOURS["poll"], **place)
