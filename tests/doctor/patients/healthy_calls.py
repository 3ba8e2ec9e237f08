"""A worker that asks a database for each of its tasks, while more of them wait."""

import hashlib
import threading

import zmq

context = zmq.Context()
tasks, store = context.socket(zmq.PULL), context.socket(zmq.REQ)
tasks.bind("inproc://tasks")
blob = bytes(20_000_000)


def look_up():
    with context.socket(zmq.REP) as server:
        server.bind("inproc://store")
        ready.set()
        while server.recv() != b"STOP":
            server.send(hashlib.sha256(blob).digest())
        server.send(b"")


def give():
    with context.socket(zmq.PUSH) as boss:
        boss.connect("inproc://tasks")
        for number in range(15):
            boss.send(b"%d" % number)
        boss.send(b"STOP")


ready = threading.Event()
threads = [threading.Thread(target=target) for target in (look_up, give)]
for thread in threads:
    thread.start()
ready.wait()
store.connect("inproc://store")
message = None
while message != b"STOP":
    message = tasks.recv()
    store.send(message)
    store.recv()
for thread in threads:
    thread.join()
context.destroy(linger=0)
