"""Receives one message each time the descriptor rings, and two may have come."""

import select
import threading
import time
from contextlib import suppress

import zmq

context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.bind("tcp://127.0.0.1:*")


def give():
    with suppress(zmq.ZMQError), context.socket(zmq.PUSH) as boss:  # or the program has ended
        boss.connect(tasks.last_endpoint)
        for _ in range(40):
            boss.send(b"task")
            time.sleep(0.01)
        time.sleep(1)


threading.Thread(target=give).start()
bells, end = select.poll(), time.monotonic() + 1.5
bells.register(tasks.get(zmq.FD), select.POLLIN)
while (left := end - time.monotonic()) > 0:
    if bells.poll(1000 * left):
        time.sleep(0.03)  # meanwhile more have come
        if tasks.get(zmq.EVENTS) & zmq.POLLIN:
            tasks.recv(zmq.NOBLOCK)  # sick: lost wake-up
context.destroy(linger=0)
