"""The helper package of *Waiting Well: ZeroMQ polling, measured*.

The scenery of the notebooks: background peers, a meter, plots and checked claims.  The loops under study
are not here; they stand in the notebooks, in plain pyzmq.  What is here besides is a poller to take apart,
`Poller`, and one for many sockets, `EdgePoller`.
"""

from .claims import ClaimFailed, claim
from .edge import EdgePoller
from .meter import Recording, record
from .poller import Poller
from .schedule import at_random, bursts, every

__all__ = [
    "ClaimFailed",
    "EdgePoller",
    "Poller",
    "Recording",
    "at_random",
    "bursts",
    "claim",
    "every",
    "record",
]
