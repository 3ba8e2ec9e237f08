"""Publishes on the dot, three hundred times a second, and listens in between."""

import math
import time

import zmq

context = zmq.Context()
outbox, control = context.socket(zmq.PUB), context.socket(zmq.PULL)
outbox.bind("tcp://127.0.0.1:*")
control.bind("tcp://127.0.0.1:*")
due, end = time.monotonic(), time.monotonic() + 1.5
while due < end:
    due += 0.0033
    if control.poll(math.ceil(1000 * max(0, due - time.monotonic()))):  # what is left: some 4 ms
        control.recv()
    outbox.send(b"on the dot")

context.destroy(linger=0)
