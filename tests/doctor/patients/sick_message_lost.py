"""A task is cancelled in the round in which its message came."""

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


async def receive(tasks):
    return await tasks.recv()  # sick: message lost


async def main():
    own = zmq.asyncio.Context(shadow=context)
    tasks, outbox = own.socket(zmq.PAIR), context.socket(zmq.PAIR)
    tasks.bind("inproc://tasks")
    outbox.connect("inproc://tasks")
    for _ in range(5):
        task = asyncio.create_task(receive(tasks))
        await asyncio.sleep(0.05)
        outbox.send(b"task")
        tasks._handle_events()  # as the loop does, when the bell rings
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    tasks.close()


asyncio.run(main())

context.destroy(linger=0)
