"""The worker of notebook 09b, and a boss."""

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


boss = inbox(zmq.ROUTER)


def give_tasks():
    while boss.poll(2000):
        worker, *_ = boss.recv_multipart()
        if worker:
            break
    for number in range(60):
        boss.send_multipart([worker, b"task", b"%d" % number])
        boss.send_multipart([worker, b"beat"])
        time.sleep(0.02)
    told.close()


import socket

from pollerlab.examples import lasting_loop

lasting_loop.SILENCE = 10  # seconds: it must not lose a boss who is kept waiting for a core
hear, told = socket.socketpair()
threading.Thread(target=give_tasks).start()
lasting_loop.work(context, boss.last_endpoint.decode(), hear.fileno(), lambda frames: None, print)
hear.close()

context.destroy(linger=0)
