"""A ROUTER read by its descriptor in epoll; the answer is sent after it was last looked at."""

import select
import threading
import time
from contextlib import suppress

import zmq

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.bind("tcp://127.0.0.1:*")


def ask():
    with suppress(zmq.ZMQError), context.socket(zmq.DEALER) as client:  # or the program has ended
        client.connect(server.last_endpoint)
        for _ in range(20):
            client.send(b"question")
            time.sleep(0.02)
        time.sleep(1.2)


threading.Thread(target=ask).start()
bells, end = select.epoll(), time.monotonic() + 1.6
bells.register(server.get(zmq.FD), select.EPOLLIN)
while (left := end - time.monotonic()) > 0:
    bells.poll(left)
    questions = []
    while server.get(zmq.EVENTS) & zmq.POLLIN:
        questions.append(server.recv_multipart(zmq.NOBLOCK))
    time.sleep(0.03)  # meanwhile the next one comes
    for question in questions:
        server.send_multipart(question)  # sick: lost wake-up
context.destroy(linger=0)
