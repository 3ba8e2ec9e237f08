"""The waiting room: an experiment in a child process, the loops to choose from, and the page that shows them.

It shows what happened in an exercise, or under the doctor, too.

Others take from here what ``__all__`` names.  Imports `pollerlab.doctor`, `pollerlab.exercises`,
`pollerlab.pollers`, `pollerlab.process` and `pollerlab.scenery`.  The page and its pictures need ipywidgets
and matplotlib, and the child process neither: so they are imported when they are asked for.
"""

from typing import TYPE_CHECKING

from . import ways
from .backpressure import Speeds
from .experiment import Settings, Trial, run

if TYPE_CHECKING:
    from .pictures import WaitingPicture, draw_map
    from .room import SendingRoom, WaitingRoom
    from .watching import watch

__all__ = [
    "SendingRoom",
    "Settings",
    "Speeds",
    "Trial",
    "WaitingPicture",
    "WaitingRoom",
    "draw_map",
    "run",
    "watch",
    "ways",
]


def __getattr__(name: str):
    if name in ("SendingRoom", "WaitingRoom"):
        from . import room

        return getattr(room, name)
    if name in ("WaitingPicture", "draw_map"):
        from . import pictures

        return getattr(pictures, name)
    if name == "watch":
        from . import watching

        return watching.watch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
