"""The look of the course's figures, and what the drawings share.

Colours are one a way of waiting; figures have a light card of their own, so that they read alike in
JupyterLab's light and dark theme, and belong to no global state.
"""

import io
import re
from collections.abc import Iterator, Sized
from contextlib import contextmanager

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as _MatplotlibFigure
from matplotlib.patheffects import Normal, Stroke

from ...arguments import checked
from ..meter import Recording

__all__ = ["STYLE", "Figure", "colour_of", "drawing"]

WIDTH = 7.0  # inches

PIXELS_PER_INCH = 100  # on the page; stored at 1.5 times that, for sharp screens

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
COLOURS = {
    "blocking": "#009e73",
    "busy": "#d55e00",
    "nap": "#e69f00",
    "poll": "#0072b2",
    "spin": "#56b4e9",
    "asyncio": "#cc79a7",
    "own": "#a070e0",  # none of theirs: what the reader has written
}

NEUTRAL = "#555555"


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
            self.savefig(png, format="png", dpi=1.5 * PIXELS_PER_INCH)
        width, height = self.get_size_inches() * PIXELS_PER_INCH
        return png.getvalue(), {"width": round(width), "height": round(height)}


def first_word(name: str) -> str:
    return re.match(r"\w*", name).group()  # type: ignore[union-attr]


@checked
def colour_of(name: str) -> str:
    """The colour of a way of waiting, by the first word of its name."""
    return COLOURS.get(first_word(name), NEUTRAL)


def require_some(recordings: Sized) -> None:
    if not recordings:
        raise ValueError("There is no recording to draw.")


def percent_of(recording: Recording) -> float:
    """CPU share in %, at least 0.001, so that a clock too coarse to see it can be drawn as well."""
    return max(100 * recording.share, 0.001)


def in_words(percent: float) -> str:
    if percent < 0.1:
        return "under 0.1 %"
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def in_ms(ms: float) -> str:
    return f"{ms:.2g} ms" if ms < 10 else f"{ms:.0f} ms"


def delays_ms(recording: Recording, lane: str) -> tuple[float, float, float]:
    """The shortest, the typical and the longest delay, in ms."""
    typical = recording.typical_delay(lane)
    delays = [delay for _, delay in recording.delays(lane)]
    return 1000 * min(delays), 1000 * typical, 1000 * max(delays)


def halo() -> list:
    """For a text that may lie on a line."""
    return [Stroke(linewidth=3, foreground=STYLE["axes.facecolor"]), Normal()]


def label_point(axes: Axes, x: float, y: float, text: str, *, below: bool = False) -> None:
    place = (7, -12 if below else 6)
    axes.annotate(text, (x, y), xytext=place, textcoords="offset points", path_effects=halo())


def logarithmic_axis(axis: Axis, label: str) -> None:
    """Scale *axis* to its data, with room for labels beside the last of them."""
    low, high = axis.get_data_interval()
    if not low > 0:
        raise ValueError(f"{label}: {low:g} has no place on a logarithmic scale.")
    axis.axes.set(**{f"{axis.axis_name}lim": (low / 2.5, high * 6)})
    axis.axes.set(**{f"{axis.axis_name}scale": "log"})
    axis.set_label_text(label)
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(lambda value, _: "")
