"""Publishes by the clock; a subscriber listens."""

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


news, reader = context.socket(zmq.PUB), context.socket(zmq.SUB)
news.bind("tcp://127.0.0.1:*")
reader.connect(news.last_endpoint)
reader.subscribe(b"")
heard = []


def listen():
    while reader.poll(600):
        heard.append(reader.recv())


thread = threading.Thread(target=listen)
thread.start()
for number in range(40):
    news.send(b"%d" % number)
    time.sleep(0.02)
thread.join()
print(len(heard) > 30)

context.destroy(linger=0)
