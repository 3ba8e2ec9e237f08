"""The same in a selector of its own."""

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


import selectors

tasks = inbox()
send(tasks, [0.02] * 60)
with selectors.DefaultSelector() as selector:
    selector.register(tasks.get(zmq.FD), selectors.EVENT_READ)
    messages = []
    while messages[-1:] != [b"STOP"]:
        while tasks.get(zmq.EVENTS) & zmq.POLLIN:
            messages.append(tasks.recv(zmq.NOBLOCK))
        if messages[-1:] != [b"STOP"]:
            selector.select(1)
print(len(messages))

context.destroy(linger=0)
