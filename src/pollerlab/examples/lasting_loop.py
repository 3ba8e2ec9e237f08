"""A worker that lasts: ``python -m pollerlab.examples.lasting_loop ADDRESS`` works for the boss at ADDRESS.

The boss, a ROUTER, sends [b"task", ...] and [b"beat"], and is sent [b"done", ...] and [b"beat"].  SIGTERM or
Ctrl-C ends the worker after the tasks in hand.  (On Windows, no other process can send it SIGTERM.)
"""

import math
import signal
import socket
import sys
import time
from contextlib import suppress

import zmq

BEAT = 0.25  # seconds between heartbeats, both ways; a task must take well under that
SILENCE = 1.5 * BEAT  # nothing heard for so long, and the boss is lost; a beat may be half a beat late


def work(context, address, stop, handle, note):
    """Do tasks until *stop*, a socket or the number of a descriptor, has something to read."""
    with context.socket(zmq.DEALER) as boss:
        boss.linger = 300  # ms for the last acknowledgements to leave
        boss.immediate = 1  # queue nothing for a boss who is not there: an old beat is of no use
        boss.reconnect_ivl_max = 2000  # ms; wait longer from try to try, up to this
        boss.heartbeat_ivl = 1000  # ms; ZeroMQ's own, to reconnect if the network fails without a word
        boss.connect(address)
        poller = zmq.Poller()
        poller.register(stop, zmq.POLLIN)
        poller.register(boss, zmq.POLLIN)
        ready, next_beat, lost_at = {}, time.monotonic(), math.inf  # inf: no boss is known
        while stop not in ready:
            left = min(next_beat, lost_at) - time.monotonic()  # seconds
            ready = dict(poller.poll(max(0, math.ceil(1000 * left))))
            batch_ends = time.monotonic() + 0.02  # seconds: then the other duties have their turn
            while boss in ready and boss.poll(0) and time.monotonic() < batch_ends:
                kind, *frames = boss.recv_multipart(zmq.NOBLOCK)
                if kind == b"task":
                    handle(frames)  # first do it ...
                    with suppress(zmq.Again):  # no room: who misses an acknowledgement asks again
                        boss.send_multipart([b"done", *frames], zmq.NOBLOCK)  # ... and only then say so
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
    signal.set_wakeup_fd(tell.fileno())  # gets a byte at each signal, in the middle of a poll as well
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # so nothing is raised in the middle of a task
    with zmq.Context() as context:
        work(context, sys.argv[1], told.fileno(), lambda frames: print(*frames, flush=True), sys.stderr.write)
