"""A ROUTER read by its descriptor in epoll; EVENTS is asked until it says no, and again after the answers."""

import select
import threading
import time

import zmq

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.bind("tcp://127.0.0.1:*")
answers = []


def ask():
    with context.socket(zmq.DEALER) as client:
        client.connect(server.last_endpoint)
        for number in range(60):
            client.send(b"%d" % number)
            time.sleep(0.005)
            if client.poll(1000):
                answers.append(client.recv())
        client.send(b"STOP")


thread = threading.Thread(target=ask)
thread.start()
bells, running = select.epoll(), True
bells.register(server.get(zmq.FD), select.EPOLLIN)
while running:
    while server.get(zmq.EVENTS) & zmq.POLLIN:
        frames = server.recv_multipart(zmq.NOBLOCK)
        running = frames[1] != b"STOP"
        server.send_multipart(frames)
    if running:
        bells.poll(2)
thread.join()
print(len(answers))
context.destroy(linger=0)
