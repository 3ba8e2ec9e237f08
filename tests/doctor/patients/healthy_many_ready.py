"""100 sockets, of which most have something."""

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


inboxes = [context.socket(zmq.PULL) for _ in range(100)]
outboxes = [context.socket(zmq.PUSH) for _ in range(100)]
poller = zmq.Poller()
for number, (sock, outbox) in enumerate(zip(inboxes, outboxes, strict=True)):
    sock.bind(f"inproc://{number}")
    outbox.connect(f"inproc://{number}")
    poller.register(sock, zmq.POLLIN)
for _ in range(100):
    for outbox in outboxes:
        outbox.send(b"x")
    while ready := poller.poll(10):
        for sock, _ in ready:
            sock.recv()

context.destroy(linger=0)
