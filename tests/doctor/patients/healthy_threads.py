"""Each thread has a socket of its own, made before it starts."""

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


def work(sock):
    with sock:
        while (message := sock.recv()) != b"STOP":
            sock.send(message)


pairs = []
for number in range(3):
    here, there = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    here.bind(f"inproc://{number}")
    there.connect(f"inproc://{number}")
    pairs.append((here, threading.Thread(target=work, args=(there,))))
for _, thread in pairs:
    thread.start()
poller = zmq.Poller()
for here, _ in pairs:
    poller.register(here, zmq.POLLIN)
for _ in range(60):
    for here, _ in pairs:
        here.send(b"x")
    answers = 0
    while answers < len(pairs):
        for sock, _ in poller.poll(1000):
            sock.recv()
            answers += 1
    time.sleep(0.01)
for here, thread in pairs:
    here.send(b"STOP")
    thread.join()

context.destroy(linger=0)
