"""Two threads use a socket in turns, with a lock."""

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
a.bind("inproc://a")
b.connect("inproc://a")
lock, turns = threading.Lock(), [threading.Event(), threading.Event()]


def use(mine, other):
    for _ in range(20):
        mine.wait()
        mine.clear()
        with lock:
            a.send(b"x")  # sick: two threads
        other.set()


threads = [threading.Thread(target=use, args=order) for order in (turns, turns[::-1])]
for thread in threads:
    thread.start()
turns[0].set()
for thread in threads:
    thread.join()

context.destroy(linger=0)
