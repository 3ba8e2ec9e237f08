"""A stream of tornado reads a ROUTER, and the answers are sent on the bare socket, later."""

import threading
import time
from contextlib import suppress

import zmq
from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.bind("tcp://127.0.0.1:*")


at_work, there = threading.Event(), threading.Event()


def ask():
    with suppress(zmq.ZMQError), context.socket(zmq.DEALER) as client:  # or the program has ended
        client.connect(server.last_endpoint)
        client.send(b"question")
        at_work.wait(2)
        client.send(b"the next one")
        time.sleep(0.1)
        there.set()
        time.sleep(1.5)


def answer(frames):
    at_work.set()
    there.wait(2)  # meanwhile the next one comes
    server.send_multipart(frames)  # sick: lost wake-up


loop = IOLoop(make_current=False)
stream = ZMQStream(server, loop)
stream.on_recv(lambda frames: loop.add_callback(answer, frames))
threading.Thread(target=ask).start()
loop.call_later(2.4, loop.stop)
loop.start()
loop.close()
context.destroy(linger=0)
