"""Asks 400 sockets each time, of which one has something."""

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


inboxes = [context.socket(zmq.PULL) for _ in range(400)]
outbox = context.socket(zmq.PUSH)
poller = zmq.Poller()
for number, sock in enumerate(inboxes):
    sock.bind(f"inproc://{number}")
    poller.register(sock, zmq.POLLIN)
outbox.connect("inproc://7")


def feed():
    for _ in range(20):  # in bursts: so all is the same if each pause takes longer
        for _ in range(30):
            outbox.send(b"x")
        time.sleep(0.06)
    outbox.send(b"STOP")


threading.Thread(target=feed).start()
message = None
while message != b"STOP":
    for sock, _ in poller.poll(1000):  # sick: pays for all
        message = sock.recv()

context.destroy(linger=0)
