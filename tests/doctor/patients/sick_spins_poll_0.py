"""Polls with a timeout of 0 whenever it has nothing to do."""

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
poller = zmq.Poller()
poller.register(tasks, zmq.POLLIN)
message = None
while message != b"STOP":
    if poller.poll(0):  # sick: spins
        message = tasks.recv()

context.destroy(linger=0)
