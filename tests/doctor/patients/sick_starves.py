"""elif: as long as there are tasks, control waits."""

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
send(tasks, [0] * 4000)
send(control, [0.1])
poller = zmq.Poller()
poller.register(tasks, zmq.POLLIN)
poller.register(control, zmq.POLLIN)
blob, message = bytes(300_000), None
for thread in threading.enumerate()[1:]:
    thread.join()  # all of it is there
while message != b"STOP":
    ready = dict(poller.poll(1000))
    if tasks in ready:
        tasks.recv()
        hashlib.sha256(blob).digest()
    elif control in ready:
        message = control.recv()  # sick: starves

context.destroy(linger=0)
