"""Gives up on a receive, again and again."""

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

import zmq.asyncio


async def main():
    own = zmq.asyncio.Context(shadow=context)
    tasks = own.socket(zmq.PULL)
    tasks.bind("tcp://127.0.0.1:*")
    send(tasks, [0.525] * 2)
    message, end = None, time.monotonic() + 3
    while message != b"STOP" and time.monotonic() < end:  # STOP, too, may come when it gives up: it is lost
        try:
            message = await asyncio.wait_for(tasks.recv(), 0.05)  # sick: recv cancelled
        except asyncio.TimeoutError:
            pass
    tasks.close()


asyncio.run(main())

context.destroy(linger=0)
