"""zmq.select with a timeout of 0, over and over."""

import threading
import time

import zmq

context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.bind("inproc://tasks")


def give():
    with context.socket(zmq.PUSH) as boss:
        boss.connect("inproc://tasks")
        for _ in range(15):
            boss.send(b"task")
            time.sleep(0.1)
        boss.send(b"STOP")


threading.Thread(target=give).start()
message = None
while message != b"STOP":
    ready, _, _ = zmq.select([tasks], [], [], 0)  # sick: spins
    if ready:
        message = tasks.recv()
context.destroy(linger=0)
