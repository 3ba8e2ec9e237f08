"""Tasks and control on one poller; a bounded drain."""

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

tasks, control = inbox(), inbox()
send(tasks, [0.005] * 200)
send(control, [1.3])
poller = zmq.Poller()
poller.register(tasks, zmq.POLLIN)
poller.register(control, zmq.POLLIN)
message, done, blob = None, 0, bytes(300_000)
while message != b"STOP":
    ready = dict(poller.poll(1000))
    if control in ready:
        message = control.recv()
    for _ in range(10 if tasks in ready else 0):
        try:
            tasks.recv(zmq.NOBLOCK)
        except zmq.Again:
            break
        hashlib.sha256(blob).digest()
        done += 1
print(done > 50)

for thread in threading.enumerate():
    if type(thread) is threading.Thread:  # it closes its own socket
        thread.join()
context.destroy(linger=0)
