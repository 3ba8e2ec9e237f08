"""Waits for an answer without a limit."""

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


server, client = context.socket(zmq.ROUTER), context.socket(zmq.REQ)
server.bind("inproc://server")
client.connect("inproc://server")


def answer_late():
    who, *frames = server.recv_multipart()
    time.sleep(2.3)
    server.send_multipart([who, *frames])


threading.Thread(target=answer_late).start()
client.send(b"question")
client.recv()  # sick: unanswered

context.destroy(linger=0)
