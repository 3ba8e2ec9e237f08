"""What polling costs against the number of sockets."""

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from ...arguments import checked
from .style import NEUTRAL, PIXELS_PER_INCH, WIDTH, Figure, drawing, halo, logarithmic_axis, require_some

# How the curve of each poller looks.
_CURVES: dict[str, dict[str, Any]] = {
    "zmq.Poller": {"color": "#0072b2"},
    "Poller": {"color": "#56b4e9"},
    "EdgePoller": {"color": "#009e73"},
    "asyncio tasks": {"color": "#d55e00"},
    "asyncio.Poller": {"color": "#e69f00"},
    "uvloop tasks": {"color": "#e69f00"},
    "floor": {"color": "#777777", "linestyle": "--", "markersize": 0},
    "threads": {"color": "#cc79a7"},
}


@checked
def cost_curves(
    curves: Mapping[str, Mapping[int, float]], title: str = "", ylabel: str = "cost of a trip (µs)"
) -> Figure:
    """What polling costs against the number of sockets registered, a line for each poller.

    Both axes are logarithmic.

    :param curves: by name of the poller, the cost for each number of sockets, as `pollerlab.judges.curve`
        returns them.
    :raises ValueError: if there is none, or a number or a cost that is not above 0.
    """
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.4), dpi=PIXELS_PER_INCH, layout="constrained")
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
    require_some(situations)
    rows = math.ceil(len(situations) / 2)
    with drawing():
        figure = Figure(figsize=(1.5 * WIDTH, 3.2 * rows), dpi=PIXELS_PER_INCH, layout="constrained")
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
    require_some(curves)
    ends: list[tuple[str, float, float]] = []
    for name, costs in curves.items():
        require_some(costs)
        counts = sorted(costs)
        look = _CURVES.get(name, {"color": NEUTRAL})
        axes.plot(counts, [costs[count] for count in counts], **{"marker": "o", "markersize": 3.5, **look})
        ends.append((name, counts[-1], costs[counts[-1]]))
    logarithmic_axis(axes.xaxis, "sockets registered")
    logarithmic_axis(axes.yaxis, ylabel)
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
            up = (within - height) * 72 / PIXELS_PER_INCH
            place = {"xytext": (7, up)} if there == last else {"xytext": (0, up + 9), "ha": "right"}
            look = {"color": _CURVES.get(name, {"color": NEUTRAL})["color"], "path_effects": halo()}
            axes.annotate(name, (there, y), textcoords="offset points", va="center", **place, **look)
