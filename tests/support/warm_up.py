"""Has a kernel take what it keeps until its end: import it there before anything is counted.

matplotlib keeps its font files open, libzmq keeps its threads, and
pyzmq starts one when ipykernel first sends a frame of over 64 KiB, as pictures are.
"""

import zmq

from pollerlab.live.room import WaitingRoom
from pollerlab.scenery import plots, record

print("x" * 100_000)
with zmq.Context.instance().socket(zmq.PAIR) as throw_away:
    throw_away.bind("tcp://127.0.0.1:*")
with record() as r:
    r.mark("ticked", "here")
plots.timeline(r, "Title")._repr_png_()
WaitingRoom()
