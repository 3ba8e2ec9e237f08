"""Recordings in, matplotlib figures out.

A notebook shows a figure that is a cell's last value; elsewhere, use ``figure.savefig(...)``.  No pyplot: a
figure belongs to no global state, and nothing of it is left behind.
"""

from .comparison import naps, wakeups, ways, windows
from .over_time import ages, before_and_after, queue, stops, timeline, timing
from .scale import cost_curves, cost_situations
from .style import STYLE, Figure, colour_of, drawing
from .tradeoff import cost_latency

__all__ = [
    "STYLE",
    "Figure",
    "ages",
    "before_and_after",
    "colour_of",
    "cost_curves",
    "cost_latency",
    "cost_situations",
    "drawing",
    "naps",
    "queue",
    "stops",
    "timeline",
    "timing",
    "wakeups",
    "ways",
    "windows",
]
