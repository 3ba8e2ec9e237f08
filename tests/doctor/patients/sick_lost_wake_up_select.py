"""Sleeps on the descriptor after a send that took in the news."""

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


import select

server, client = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
server.bind("tcp://127.0.0.1:*")
client.connect(server.last_endpoint)
bell = server.get(zmq.FD)


def ask():
    for _ in range(20):
        client.send(b"question")
        time.sleep(0.02)


threading.Thread(target=ask).start()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    if select.select([bell], [], [], end - time.monotonic())[0]:
        while server.get(zmq.EVENTS) & zmq.POLLIN:
            server.recv(zmq.NOBLOCK)
        time.sleep(0.05)  # meanwhile the next one comes
        server.send(b"answer")  # sick: lost wake-up

context.destroy(linger=0)
