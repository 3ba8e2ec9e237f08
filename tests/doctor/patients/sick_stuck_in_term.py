"""Ends with a socket that is still open."""

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


tasks = inbox()


def end():
    context.term()  # sick: stuck in term


threading.Thread(target=end, daemon=True).start()
time.sleep(1.5)
