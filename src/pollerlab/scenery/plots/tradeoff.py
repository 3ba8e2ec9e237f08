"""The map of ways to wait: cost against delay."""

import math
from collections.abc import Sequence
from typing import Any

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
    delays_ms,
    drawing,
    first_word,
    percent_of,
    require_some,
)


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
    require_some(recordings)
    ways = [(r.name, *delays_ms(r, lane), percent_of(r)) for r in recordings]
    with drawing():
        figure = Figure(figsize=(WIDTH, 4.5), dpi=PIXELS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        naps = sorted(
            (typical, percent) for name, _, typical, _, percent in ways if first_word(name) == "nap"
        )
        if logarithmic:
            _logarithmic_map(axes, ways, naps)
        else:
            axes.set(xlim=(0, 1.15 * max(longest for *_, longest, _ in ways)), ylim=(0, 112))
            axes.xaxis.set_major_formatter(lambda ms, _: f"{ms:g} ms")
        axes.yaxis.set_major_formatter(lambda percent, _: f"{percent:g} %")
        axes.plot(*zip(*naps, strict=True), color="#9a9a9a", linewidth=2, zorder=1.5)
        for name, shortest, typical, longest, percent in ways:
            axes.hlines(percent, shortest, longest, color=NEUTRAL, linewidth=1, alpha=0.7)
            size, hollow = 15 if first_word(name) == "poll" else 8, first_word(name) == "blocking"
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
    axes.fill_between((left, 1), bottom, 1, color=COLOURS["poll"], alpha=0.1, linewidth=0)
    corner = {"xytext": (6, 6), "textcoords": "offset points", "color": COLOURS["poll"]}
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
        if spread and first_word(text) == "nap":  # to the lower left, so as to leave room for blocking
            look = {"xytext": (-8, -5), "ha": "right", "va": "top"}
        elif spread and first_word(text) == "asyncio":  # to the upper left: poll is near
            look = {"xytext": (-8, 7), "ha": "right"}
        elif spread and first_word(text) == "blocking":
            text += ": cheap, and\ndeaf to everyone else"
            look = {"xytext": (8, -5), "va": "top"}
        axes.annotate(text, group[0][1:], textcoords="offset points", zorder=4, **look)
