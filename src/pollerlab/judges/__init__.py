"""What judges pollers: random traffic with ``zmq.Poller`` as referee, races against peers, and the cost.

Others take from here what ``__all__`` names.  Imports `pollerlab.pollers`, `pollerlab.process` and
`pollerlab.scenery` (to draw what was measured).
"""

from . import bench, field
from .bench import curve
from .descriptor_limit import NoRoom
from .fuzzing import fuzz
from .racing import race

__all__ = ["NoRoom", "bench", "curve", "field", "fuzz", "race"]
