"""Answers later, on the socket whose descriptor the loop watches."""

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


import asyncio

server, client = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
server.bind("tcp://127.0.0.1:*")
client.connect(server.last_endpoint)


def ask():
    for _ in range(20):
        client.send(b"question")
        time.sleep(0.02)


def answer():
    time.sleep(0.03)  # meanwhile the next one comes
    server.send(b"answer")  # sick: lost wake-up


def on_readable():
    while server.get(zmq.EVENTS) & zmq.POLLIN:
        server.recv(zmq.NOBLOCK)
        loop.call_soon(answer)


loop = asyncio.new_event_loop()
loop.add_reader(server.get(zmq.FD), on_readable)
threading.Thread(target=ask).start()
loop.call_later(1.5, loop.stop)
loop.run_forever()
loop.close()

context.destroy(linger=0)
