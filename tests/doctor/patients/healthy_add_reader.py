"""A server on the descriptor, which looks again after each send."""

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
answers = []


def ask():
    for _ in range(100):
        client.send(b"question")
        if client.poll(1000):
            answers.append(client.recv())
        time.sleep(0.01)
    loop.call_soon_threadsafe(loop.stop)


def answer():
    server.send(b"answer")
    loop.call_soon(on_readable)


def on_readable():
    while server.get(zmq.EVENTS) & zmq.POLLIN:
        server.recv(zmq.NOBLOCK)
        loop.call_soon(answer)


loop = asyncio.new_event_loop()
loop.add_reader(server.get(zmq.FD), on_readable)
thread = threading.Thread(target=ask)
thread.start()
loop.run_forever()
thread.join()
loop.close()
print(len(answers))

context.destroy(linger=0)
