"""The helper package of *Waiting Well: ZeroMQ polling, measured*.

What an engineer comes for is here: `Poller`, a poller to take apart, and `EdgePoller`, one for many
sockets.  All else is in wings, one folder each, whose first lines say what they are for; `pollerlab.scenery`
has what the notebooks use most.  A wing imports only from those below it, in
lower lines, and from these only what their ``__all__`` names::

    terminal    the command line
    live        the waiting room                    judges      random traffic, races, cost
    exercises   a reader's loop, run and judged
    doctor      how any program waits, and a cure
    pollers     Poller and EdgePoller
    process     running code elsewhere, ending it   scenery     peers, schedules, the meter, claims, plots
    arguments   wrong arguments, told in words      examples    whole programs to copy
"""

from .pollers import EdgePoller, Poller

__all__ = ["EdgePoller", "Poller"]
