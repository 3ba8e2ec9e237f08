"""The pollers: `Poller` to read, `EdgePoller` to scale, and where they differ from ``zmq.Poller``.

Others take from here what ``__all__`` names.  Imports `pollerlab.process`.
"""

from .differences import DIFFERENCES
from .edge import RECHECK_SECONDS, EdgePoller, both_edges_are_reported
from .poller import Poller

__all__ = ["DIFFERENCES", "RECHECK_SECONDS", "EdgePoller", "Poller", "both_edges_are_reported"]
