"""Asks, and asks again from a new socket when no answer comes."""

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


import socket

server = context.socket(zmq.REP)
server.bind("tcp://127.0.0.1:*")


def answer():
    while server.poll(1200):
        question = server.recv()
        server.send(question)


threading.Thread(target=answer).start()
silent = socket.create_server(("127.0.0.1", 0))  # takes connections, and never says a word
nowhere = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
for where in (nowhere, server.last_endpoint):
    with context.socket(zmq.REQ) as client:
        client.linger = 0
        client.connect(where)
        for _ in range(1 if where == nowhere else 20):
            client.send(b"question")
            if client.poll(300):
                print(client.recv())
time.sleep(0.01)

for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join()

context.destroy(linger=0)
