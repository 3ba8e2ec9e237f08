"""What stands around a reader's loop: peers and their schedules, the meter, claims, plots, the preflight.

Others take from here what ``__all__`` names, and ``from pollerlab.scenery import plots``, which brings
matplotlib and so waits to be asked for.  Imports nothing of the package but `pollerlab.arguments`.
"""

from . import peers
from .claims import ClaimFailed, claim
from .machine import cores, preflight
from .meter import (
    Recording,
    clock_of_this_thread,
    record,
    threads_waited,
    times_asleep,
    used_and_stolen,
    waited_for_a_core,
)
from .schedule import at_random, bursts, every

__all__ = [
    "ClaimFailed",
    "Recording",
    "at_random",
    "bursts",
    "claim",
    "clock_of_this_thread",
    "cores",
    "every",
    "peers",
    "preflight",
    "record",
    "threads_waited",
    "times_asleep",
    "used_and_stolen",
    "waited_for_a_core",
]
