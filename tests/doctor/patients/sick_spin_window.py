"""Spins for a while after each message before it waits in a poller."""

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
send(tasks, [0.1] * 15)
message = None
while message != b"STOP":
    message = tasks.recv()
    until = time.monotonic() + 0.03
    while message != b"STOP" and time.monotonic() < until:
        try:
            message = tasks.recv(zmq.NOBLOCK)  # sick: spin window
            until = time.monotonic() + 0.03
        except zmq.Again:
            pass

context.destroy(linger=0)
