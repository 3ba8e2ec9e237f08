"""Ways of waiting side by side: their cost, their delays, how often they go round."""

from collections.abc import Mapping, Sequence
from itertools import cycle

from ...arguments import checked
from ..meter import Recording
from .style import (
    COLOURS,
    NEUTRAL,
    PIXELS_PER_INCH,
    WIDTH,
    Figure,
    colour_of,
    delays_ms,
    drawing,
    in_ms,
    in_words,
    label_point,
    logarithmic_axis,
    percent_of,
    require_some,
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
    require_some(recordings)
    with drawing():
        height = 1.35 + 0.42 * len(recordings)
        figure = Figure(figsize=(WIDTH, height), dpi=PIXELS_PER_INCH, layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for y, recording in enumerate(recordings):
            colour = colour_of(recording.name)
            percent, (shortest, typical, longest) = percent_of(recording), delays_ms(recording, lane)
            left.plot(percent, y, "o", color=colour, markersize=8)
            label_point(left, percent, y, in_words(percent))
            right.hlines(y, shortest, longest, color=NEUTRAL, linewidth=1.2)
            right.plot(typical, y, "o", color=colour, markersize=8)
            label_point(right, typical, y, in_ms(typical))
        left.set_yticks(range(len(recordings)), [recording.name for recording in recordings])
        left.set_ylim(len(recordings) - 0.4, -0.75)
        logarithmic_axis(left.xaxis, "CPU (% of one core)")
        logarithmic_axis(right.xaxis, "delay from sent to received (ms)")
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
    require_some(recordings)
    lengths = sorted(recordings)
    percents = [percent_of(recordings[ms]) for ms in lengths]
    shortest, typical, longest = zip(*(delays_ms(recordings[ms], lane) for ms in lengths), strict=True)
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.0), dpi=PIXELS_PER_INCH, layout="constrained")
        left, right = figure.subplots(1, 2)
        right.vlines(lengths, shortest, longest, color=NEUTRAL, linewidth=1.2)
        for axes, values in ((left, percents), (right, typical)):
            axes.plot(lengths, values, "o-", color=COLOURS["nap"])
        for ms, percent, delay in zip(lengths, percents, typical, strict=True):
            label_point(left, ms, percent, in_words(percent))
            label_point(right, ms, delay, in_ms(delay), below=True)
        levels = (percent_of(waiting), delays_ms(waiting, lane)[1])
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
            logarithmic_axis(axes.xaxis, "length of a nap (ms)")
        logarithmic_axis(left.yaxis, "CPU (% of one core)")
        logarithmic_axis(right.yaxis, "delay (ms)")
        left.set_title(title)
    return figure


@checked
def windows(senders: Mapping[str, Mapping[float, Recording]], lane: str, title: str = "") -> Figure:
    """What it costs and saves to ask for a while after each message: CPU share and delay, by the window.

    The axis of the windows has equal steps; the others are logarithmic.

    :param senders: by a name for the sender, finished recordings by the length of the window in ms; all
        senders have the same windows.
    :param lane: whose messages the delays are of.
    :raises ValueError: if there is no recording, or one without delays of *lane*, or windows differ.
    """
    require_some(senders)
    lengths = sorted(next(iter(senders.values())))
    require_some(lengths)
    if any(sorted(recordings) != lengths for recordings in senders.values()):
        raise ValueError("All senders need the same windows: record each window with each sender.")
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.0), dpi=PIXELS_PER_INCH, layout="constrained")
        left, right = figure.subplots(1, 2)
        places = range(len(lengths))
        for (name, recordings), style in zip(senders.items(), cycle(("o-", "s--", "^:")), strict=False):
            percents = [percent_of(recordings[ms]) for ms in lengths]
            delays = [delays_ms(recordings[ms], lane)[1] for ms in lengths]
            for axes, values in ((left, percents), (right, delays)):
                axes.plot(places, values, style, color=COLOURS["busy"], label=name)
        for axes in (left, right):
            axes.set_xticks(places, [f"{ms:g}" for ms in lengths])
            axes.set_xlabel("window (ms)")
        logarithmic_axis(left.yaxis, "CPU (% of one core)")
        logarithmic_axis(right.yaxis, "delay (ms)")
        left.legend(loc="lower right")
        left.set_title(title)
    return figure


@checked
def wakeups(rates: Mapping[str, float], title: str = "") -> Figure:
    """How often a second each loop went round, as bars on a logarithmic axis.

    :param rates: rounds per second by name, drawn from top to bottom.
    :raises ValueError: if there is none, or one that is not above 0.
    """
    require_some(rates)
    with drawing():
        figure = Figure(figsize=(WIDTH, 1.1 + 0.4 * len(rates)), dpi=PIXELS_PER_INCH, layout="constrained")
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
        logarithmic_axis(axes.xaxis, "rounds a second")
        axes.xaxis.set_major_formatter(lambda rate, _: f"{rate:,.0f}" if rate >= 1 else f"{rate:g}")
        axes.set_xlim(left=start)
        axes.set_title(title)
    return figure
