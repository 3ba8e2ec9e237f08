"""A server and a client of zmq.asyncio."""

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


async def serve(sock):
    while True:
        await sock.send_multipart(await sock.recv_multipart())


async def main():
    own = zmq.asyncio.Context(shadow=context)
    server, client = own.socket(zmq.ROUTER), own.socket(zmq.DEALER)
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.last_endpoint)
    task = asyncio.create_task(serve(server))
    for number in range(300):
        await client.send(b"%d" % number)
        if await client.poll(1000):
            await client.recv()
        if number % 10 == 0:
            await asyncio.sleep(0.02)
    task.cancel()
    server.close()
    client.close()


asyncio.run(main())

context.destroy(linger=0)
