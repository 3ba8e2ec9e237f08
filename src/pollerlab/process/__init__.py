"""Running code in another process, and ending it; interrupts that come while sockets open and close.

Others take from here what ``__all__`` names, and ``python -m pollerlab.process.ends_with_parent MODULE``.
Imports nothing of the package but `pollerlab.arguments`.
"""

from .child import Child, Ended, run_scene
from .interrupts import held_back, own_context
from .sources import CannotSend, define, gather, is_empty, words_for

__all__ = [
    "CannotSend",
    "Child",
    "Ended",
    "define",
    "gather",
    "held_back",
    "is_empty",
    "own_context",
    "run_scene",
    "words_for",
]
