"""Sleeps on the descriptor, and never asks the socket."""

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


import select

tasks, other = inbox(), inbox()
send(tasks, [0.1] * 12)
send(other, [0.3])
watched = other.get(zmq.FD)
for _ in range(400):
    select.select([watched], [], [], 0.05)  # sick: rings for ever
    if tasks.poll(1):
        tasks.recv()

context.destroy(linger=0)
