"""A stage of a pipeline: hands each part on, and waits for room when the next stage is slow."""

import hashlib
import threading

import zmq

context = zmq.Context()
blob, big = bytes(60_000_000), bytes(3_000_000)


def make():
    with context.socket(zmq.PUSH) as outbox:
        outbox.connect("inproc://parts")
        for _ in range(10):
            outbox.send(big)
        outbox.send(b"STOP")


def consume():
    with context.socket(zmq.PULL) as inbox:
        inbox.hwm = 1
        inbox.connect("inproc://done")
        while inbox.recv() != b"STOP":
            hashlib.sha256(blob).digest()


threads = [threading.Thread(target=target) for target in (make, consume)]
for thread in threads:
    thread.start()
source, sink = context.socket(zmq.PULL), context.socket(zmq.PUSH)
sink.hwm = 1
source.bind("inproc://parts")
sink.bind("inproc://done")
message = None
while message != b"STOP":
    message = source.recv()
    sink.send(message)
for thread in threads:
    thread.join()
context.destroy(linger=0)
