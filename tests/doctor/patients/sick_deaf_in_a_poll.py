"""Polls one socket at a time."""

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


loud, quiet = inbox(), inbox()
send(loud, [0.02] * 60)
send(quiet, [0.3] * 5)
message = None
while message != b"STOP":
    if loud.poll(100):
        loud.recv()
    if quiet.poll(400):  # sick: deaf
        message = quiet.recv()

context.destroy(linger=0)
