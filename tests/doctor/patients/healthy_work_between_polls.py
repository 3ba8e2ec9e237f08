"""Timeout 0 while work is left, and 100 ms else."""

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


import hashlib

tasks, blob, left, message = inbox(), bytes(2_000_000), 150, None
send(tasks, [0.05] * 24)
while message != b"STOP":
    if left:
        hashlib.sha256(blob).digest()
        left -= 1
    if tasks.poll(0 if left else 100):
        message = tasks.recv()

context.destroy(linger=0)
