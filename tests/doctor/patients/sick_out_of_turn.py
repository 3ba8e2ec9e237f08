"""Sends a second request without waiting for the answer."""

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


server, client = context.socket(zmq.REP), context.socket(zmq.REQ)
server.bind("inproc://server")
client.connect("inproc://server")
client.send(b"one")
try:
    client.send(b"two")  # sick: out of turn
except zmq.ZMQError:
    server.recv()
    server.send(b"answer")
    client.recv()

context.destroy(linger=0)
