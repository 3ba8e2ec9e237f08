"""A child polls with its parent's poller, and never returns from it (pyzmq issue 1091)."""

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


import os
import signal
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on

tasks = inbox()
poller = zmq.Poller()
poller.register(tasks, zmq.POLLIN)
child = os.fork()
if child == 0:
    poller.poll(100)  # sick: used after fork
time.sleep(0.5)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)

context.destroy(linger=0)
