"""zmq.proxy in a thread, between a client and a worker."""

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


front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
front.bind("inproc://front")
back.bind("inproc://back")


def forward():
    try:
        zmq.proxy(front, back)
    except zmq.ContextTerminated:
        front.close(linger=0)
        back.close(linger=0)


def work():
    with context.socket(zmq.REP) as sock:
        sock.connect("inproc://back")
        while sock.poll(600):
            sock.send(sock.recv())


threads = [threading.Thread(target=target) for target in (forward, work)]
for thread in threads:
    thread.start()
with context.socket(zmq.REQ) as client:
    client.connect("inproc://front")
    for _ in range(50):
        client.send(b"question")
        print(client.poll(1000), end="")
        client.recv()
        time.sleep(0.01)
threads[1].join()
context.term()
threads[0].join()
