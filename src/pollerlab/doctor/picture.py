"""What happened when: a lane for each socket, and under it what each thread did."""

from typing import Any

from matplotlib.axes import Axes

from ..arguments import checked
from ..scenery.plots import Figure, drawing
from .report import lanes_of

__all__ = ["draw"]

_MOST_SOCKETS, _MOST_THREADS = 12, 4
_RECEIVED, _UNREAD, _WAITS, _CPU = "#0072b2", "#d55e00", "#009e73", "#d55e00"


@checked
def draw(seen: dict[str, Any]) -> Figure:
    """A figure of a diagnosis that has ``lanes``, as `report.diagnosis` returns it.

    A lane for each socket: blue where messages were received, the taller the more, orange above it where one
    was ready and was not read.  For each of the threads that did most, how much of the time it was in a wait,
    and how much CPU time it used.

    :raises ValueError: if the diagnosis has no lanes.
    """
    width, bins, sockets, threads = lanes_of(seen)
    sockets, shown = sockets[:_MOST_SOCKETS], threads[:_MOST_THREADS]
    with drawing():
        heights = [0.4 + 0.45 * max(len(sockets), 1), *[0.9] * len(shown)]
        figure = Figure(figsize=(7, 1.0 + sum(heights)), dpi=100, layout="constrained")
        axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
        _draw_sockets(axes[0], sockets, bins, width)
        for thread, below in zip(shown, axes[1:], strict=False):
            _draw_thread(below, thread, bins, width)
        axes[0].set_title(_title(seen))
        axes[-1].set_xlabel("time (s)")
        axes[-1].set_xlim(0, seen["seconds"])
    return figure


def _title(seen: dict[str, Any]) -> str:
    if not seen["findings"]:
        return f"{seen['program']}: nothing found"
    title = seen["findings"][0]["title"]
    return f"{seen['program']}: {title[0].lower()}{title[1:]}"


def _draw_sockets(axes: Axes, sockets: list[str], bins: dict, width: float) -> None:
    for place, name in enumerate(sockets):
        received, unread = bins.get(("received", name), []), bins.get(("unread", name), [])
        edges = [index * width for index in range(1 + max(len(received), len(unread)))]
        most = max([*received, 1.0])
        for numbers, top, colour in ((received, most, _RECEIVED), (unread, width, _UNREAD)):
            if numbers:
                heights = [place + 0.35 - 0.7 * min(1.0, number / top) for number in numbers]
                look = {
                    "fill": True,
                    "color": colour,
                    "alpha": 0.75,
                    "linewidth": 0,
                }
                axes.stairs(heights, edges[: len(heights) + 1], baseline=place + 0.35, **look)
        axes.axhline(place + 0.35, color="#8a8a8a", linewidth=0.8)
    axes.set_yticks(range(len(sockets)), [_short(name) for name in sockets])
    axes.set_ylim(max(len(sockets), 1) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(bottom=False)
    words = {"transform": axes.transAxes, "ha": "right", "va": "top", "fontsize": 8.5}
    axes.text(1, -0.01, "received", color=_RECEIVED, **words)
    axes.text(0.86, -0.01, "ready, not read", color=_UNREAD, **words)


def _draw_thread(axes: Axes, name: str, bins: dict, width: float) -> None:
    for what, colour in (("waited", _WAITS), ("cpu", _CPU)):
        shares = [100 * min(1.0, seconds / width) for seconds in bins.get((what, name), [])]
        if shares:
            edges = [index * width for index in range(len(shares) + 1)]
            axes.stairs(shares, edges, fill=True, color=colour, alpha=0.35, linewidth=0)
            axes.stairs(shares, edges, baseline=None, color=colour, linewidth=1.2)
    axes.set_ylim(0, 108)
    axes.set_yticks([0, 50, 100])
    axes.set_ylabel("% of the time", fontsize=8)
    axes.set_title(name, loc="left", fontsize=9)
    words = {"transform": axes.transAxes, "ha": "right", "va": "bottom", "fontsize": 8.5}
    axes.text(1, 1.0, "in a wait", color=_WAITS, **words)
    axes.text(0.86, 1.0, "CPU", color=_CPU, **words)


def _short(name: str) -> str:
    name = name.replace("tcp://127.0.0.1:", ":")
    return name if len(name) <= 24 else name[:23] + "…"
