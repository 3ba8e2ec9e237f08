"""One thread waits in a socket, another sends on it."""

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


a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
a.bind("tcp://127.0.0.1:*")
b.connect(a.last_endpoint)


def receive():
    while a.recv() != b"STOP":
        pass


receiver = threading.Thread(target=receive)
receiver.start()
time.sleep(0.2)
a.send(b"from elsewhere")  # sick: two threads at once
time.sleep(0.2)
b.send(b"STOP")
receiver.join()
b.close(linger=0)
a.close(linger=0)
context.term()
