"""Poller and EdgePoller in the place of zmq.Poller."""

import threading
import time
from contextlib import suppress

import zmq

context = zmq.Context()


def inbox(kind=zmq.PULL):
    sock = context.socket(kind)
    sock.bind("tcp://127.0.0.1:*")
    return sock


def send(sock, gaps, last=b"STOP"):
    """Push numbers, with so many seconds after each, and then the last word."""

    def peer():
        with suppress(zmq.ZMQError), context.socket(zmq.PUSH) as outbox:  # or the program has ended
            outbox.connect(sock.last_endpoint)
            for number, gap in enumerate(gaps):
                outbox.send(b"%d" % number)
                time.sleep(gap)
            outbox.send(last)

    threading.Thread(target=peer).start()


import sys

from pollerlab import EdgePoller, Poller

for kind in (Poller, EdgePoller) if sys.platform == "linux" else (Poller,):
    inboxes = [inbox() for _ in range(20)]
    send(inboxes[3], [0.01] * 60)
    poller = kind()
    for sock in inboxes:
        poller.register(sock, zmq.POLLIN)
    message = None
    while message != b"STOP":
        for sock, _ in poller.poll(1000):
            message = sock.recv(zmq.NOBLOCK)
    poller.close()

context.destroy(linger=0)
