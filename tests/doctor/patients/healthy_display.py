"""A display: waits for news, takes all of it, draws the last, and draws at most 20 times a second."""

import threading
import time

import zmq

context = zmq.Context()
news = context.socket(zmq.PULL)
news.bind("inproc://news")


def publish():
    with context.socket(zmq.PUSH) as sock:
        sock.connect("inproc://news")
        for number in range(150):
            sock.send(b"%d" % number)
            time.sleep(0.01)
        sock.send(b"STOP")


threading.Thread(target=publish).start()
last = None
while last != b"STOP":
    news.poll()
    try:
        while last != b"STOP":
            last = news.recv(zmq.NOBLOCK)
    except zmq.Again:
        pass
    time.sleep(0.05)
context.destroy(linger=0)
