"""Takes all there is, has another thread work on it, and waits until it is done, for a second at most."""

import hashlib
import threading
import time

import zmq

context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.bind("inproc://tasks")
begin, done, over = threading.Event(), threading.Event(), threading.Event()
blob = bytes(60_000_000)


def give():
    with context.socket(zmq.PUSH) as boss:
        boss.connect("inproc://tasks")
        for _ in range(15):
            boss.send(b"task")
            time.sleep(0.1)
        boss.send(b"STOP")


def work():
    while begin.wait() and not over.is_set():
        begin.clear()
        hashlib.sha256(blob).digest()
        done.set()


for target in (give, work):
    threading.Thread(target=target).start()
message = None
while message != b"STOP":
    if tasks.poll(1000):
        try:
            while True:
                message = tasks.recv(zmq.NOBLOCK)
        except zmq.Again:
            pass
        done.clear()
        begin.set()
        if message != b"STOP":
            done.wait(1)
over.set()
begin.set()
context.destroy(linger=0)
