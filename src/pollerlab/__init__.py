"""The helper package of *Waiting Well: ZeroMQ polling, measured*.

The scenery of the notebooks: background peers, a meter, plots and checked claims.  The loops under study
are not here; they stand in the notebooks, in plain pyzmq.
"""

from .claims import ClaimFailed, claim
from .meter import Recording, record
from .schedule import at_random, bursts, every

__all__ = ["ClaimFailed", "Recording", "at_random", "bursts", "claim", "every", "record"]
