"""A stream whose callback waits."""

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


from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

tasks, control = inbox(), inbox()
send(tasks, [0.1] * 8)
send(control, [0.15] * 8)


def on_task(frames):
    control.recv()  # sick: blocks a loop
    if frames == [b"STOP"]:
        loop.stop()


loop = IOLoop(make_current=False)
stream = ZMQStream(tasks, loop)
stream.on_recv(on_task)
loop.start()
loop.close()

context.destroy(linger=0)
