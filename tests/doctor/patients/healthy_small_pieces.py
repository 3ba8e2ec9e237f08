"""Works in small pieces, and looks between two whether there is news; waits when nothing is left to do."""

import hashlib
import threading
import time

import zmq

context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.bind("inproc://tasks")


def give():
    with context.socket(zmq.PUSH) as boss:
        boss.connect("inproc://tasks")
        for _ in range(12):
            boss.send(b"task")
            time.sleep(0.15)
        boss.send(b"STOP")


threading.Thread(target=give).start()
piece, left, message = bytes(200_000), 0, None
while message != b"STOP":
    if left:
        hashlib.sha256(piece).digest()
        left -= 1
    if tasks.poll(0 if left else 100):
        message = tasks.recv()
        left += 300
context.destroy(linger=0)
