"""A stream of tornado reads a ROUTER, and the answers are sent on the bare socket, later."""

import threading
import time

import zmq
from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.bind("tcp://127.0.0.1:*")


def ask():
    with context.socket(zmq.DEALER) as client:
        client.connect(server.last_endpoint)
        for _ in range(20):
            client.send(b"question")
            time.sleep(0.02)
        time.sleep(1.2)


def answer(frames):
    time.sleep(0.03)  # meanwhile the next one comes
    server.send_multipart(frames)  # sick: lost wake-up


loop = IOLoop(make_current=False)
stream = ZMQStream(server, loop)
stream.on_recv(lambda frames: loop.add_callback(answer, frames))
threading.Thread(target=ask).start()
loop.call_later(1.6, loop.stop)
loop.start()
loop.close()
context.destroy(linger=0)
