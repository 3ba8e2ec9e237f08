"""Flood the loopback interface: 1,500 pairs of tcp sockets in one poller, and 1,000 messages a second.

Usage: python tools/flood.py    (ends when its stdin does, or at Ctrl-C)

A load for `tools/soak.py`: such a program takes a core, and each of its messages wakes up threads of ZeroMQ.
"""

import os
import random
import sys
import threading
import time

import zmq

PAIRS = 1500
PAUSE = 0.001  # seconds between two messages


def allow_descriptors(number: int) -> None:
    """Raise this process's limit, where there is one and it may be raised."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def send(outboxes: list[zmq.Socket]) -> None:
    """Send without end, each time on another socket, drawn by lot."""
    lot, due = random.Random(1), time.monotonic()
    while True:
        lot.choice(outboxes).send(b"one of many")
        due = max(due + PAUSE, time.monotonic() - 1)  # makes up for a second at most
        time.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    """Open the sockets, send in one thread, receive in another, until stdin ends."""
    allow_descriptors(8 * PAIRS)
    context = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 4 * PAIRS)
    poller, outboxes = zmq.Poller(), []
    for _ in range(PAIRS):
        inbox, outbox = context.socket(zmq.PULL), context.socket(zmq.PUSH)
        outbox.connect(f"tcp://127.0.0.1:{inbox.bind_to_random_port('tcp://127.0.0.1')}")
        poller.register(inbox, zmq.POLLIN)
        outboxes.append(outbox)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    threading.Thread(target=send, args=[outboxes], daemon=True).start()
    print("flooding", flush=True)
    while True:
        for inbox, _ in poller.poll():
            inbox.recv()


if __name__ == "__main__":
    main()
