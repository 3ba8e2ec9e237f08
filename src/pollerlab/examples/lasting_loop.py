"""A worker that lasts: it works for the boss at ADDRESS.

    python -m pollerlab.examples.lasting_loop ADDRESS

The boss, a ROUTER, sends [b"task", ...] and [b"beat"], and is sent [b"done",
...] and [b"beat"].  SIGTERM or Ctrl-C ends the worker after the tasks in hand.
(On Windows, no other process can send it SIGTERM.)
"""

import math
import signal
import socket
import sys
import time
from contextlib import suppress

import zmq

BEAT = 0.25  # seconds between heartbeats, both ways; a task takes less by far
SILENCE = 1.5 * BEAT  # without a word for so long, the boss is lost


def work(context, address, stop, handle, note):
    """Do tasks until *stop*, a socket or a descriptor's number, can be read."""
    with context.socket(zmq.DEALER) as boss:
        boss.linger = 300  # ms for the last acknowledgements to leave
        boss.immediate = 1  # queue nothing while the boss is away: beats age
        boss.reconnect_ivl_max = 2000  # ms; waits grow from try to try
        boss.heartbeat_ivl = 1000  # ms; ZeroMQ's own, for a network that fails
        boss.connect(address)
        poller = zmq.Poller()
        poller.register(stop, zmq.POLLIN)
        poller.register(boss, zmq.POLLIN)
        ready, next_beat = {}, time.monotonic()
        lost_at = math.inf  # no boss is known yet
        while stop not in ready:
            left = min(next_beat, lost_at) - time.monotonic()  # seconds
            ready = dict(poller.poll(max(0, math.ceil(1000 * left))))
            batch_ends = time.monotonic() + 0.02  # s; then other duties are due
            while boss in ready and time.monotonic() < batch_ends:
                if not boss.poll(0):
                    break
                kind, *frames = boss.recv_multipart(zmq.NOBLOCK)
                if kind == b"task":
                    handle(frames)  # first do it ...
                    with suppress(zmq.Again):  # no room: the boss asks again
                        # ... and only then say so
                        boss.send_multipart([b"done", *frames], zmq.NOBLOCK)
                lost_at = time.monotonic() + SILENCE
            if time.monotonic() >= lost_at:
                note("The boss is lost.\n")
                lost_at = math.inf
            if time.monotonic() >= next_beat:
                with suppress(zmq.Again):
                    boss.send(b"beat", zmq.NOBLOCK)
                next_beat = time.monotonic() + BEAT


if __name__ == "__main__":
    told, tell = socket.socketpair()
    tell.setblocking(False)
    # It gets a byte at each signal, in the middle of a poll as well.
    signal.set_wakeup_fd(tell.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        # So nothing is raised in the middle of a task.
        signal.signal(number, lambda *_: None)

    def show(frames):
        """Stands for the work."""
        print(*frames, flush=True)

    with zmq.Context() as context:
        work(context, sys.argv[1], told.fileno(), show, sys.stderr.write)
