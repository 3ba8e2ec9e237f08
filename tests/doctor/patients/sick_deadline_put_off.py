"""Beats only when nothing has come for a while."""

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


tasks, boss, far_end = inbox(), context.socket(zmq.PUSH), context.socket(zmq.PULL)
far_end.bind("inproc://boss")
boss.connect("inproc://boss")
send(tasks, [0.12] * 4 + [0.02] * 50 + [0.12] * 4)
message = None
while message != b"STOP":
    if tasks.poll(80):  # sick: deadline put off
        message = tasks.recv()
    else:
        boss.send(b"beat")

context.destroy(linger=0)
