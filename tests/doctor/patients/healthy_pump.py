"""POLLOUT only while there is something to send."""

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

blob = bytes(8_000_000)
source, sink, far_end = inbox(), context.socket(zmq.PUSH), context.socket(zmq.PULL)
sink.hwm = far_end.hwm = 2
far_end.bind("inproc://sink")
sink.connect("inproc://sink")
send(source, [0.01] * 100)


def drink():
    while far_end.recv() != b"STOP":
        hashlib.sha256(blob).digest()


drinker = threading.Thread(target=drink)
drinker.start()
poller, waiting = zmq.Poller(), []
poller.register(source, zmq.POLLIN)
while waiting or not drinker.ident or source in poller:
    ready = dict(poller.poll(1000))
    if source in ready:
        waiting.append(source.recv())
        if waiting[-1] == b"STOP":
            poller.unregister(source)
    if sink in ready:
        sink.send(waiting.pop(0), zmq.NOBLOCK)
    poller.register(sink, zmq.POLLOUT if waiting else 0)
drinker.join()

context.destroy(linger=0)
