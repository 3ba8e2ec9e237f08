"""Waits for its settings in a poller, then serves from the descriptor, and looks at both in turn."""

import select
import threading
import time

import zmq

context = zmq.Context()
address = "tcp://127.0.0.1:*"
answers, found = [], []
up, over = threading.Event(), threading.Event()


def ask():
    up.wait()
    with context.socket(zmq.PAIR) as client:
        client.connect(found[0])
        for _ in range(60):
            client.send(b"question")
            time.sleep(0.005)
            if client.poll(1000):
                answers.append(client.recv())
        client.send(b"STOP")


thread = threading.Thread(target=ask)
thread.start()
server, control = context.socket(zmq.PAIR), context.socket(zmq.PULL)
server.bind(address)
control.bind("inproc://control")
found.append(server.last_endpoint)
poller = zmq.Poller()
poller.register(control, zmq.POLLIN)
server.poll(0)
for _ in range(3):
    poller.poll(20)
bell = server.get(zmq.FD)
begin = time.monotonic()
up.set()
message = None
while message != b"STOP":
    while server.get(zmq.EVENTS) & zmq.POLLIN:
        message = server.recv(zmq.NOBLOCK)
        if message != b"STOP":
            server.send(message)
    poller.poll(10)
    if message != b"STOP":
        select.select([bell], [], [], 5)
thread.join()
print(len(answers), time.monotonic() - begin < 5)
context.destroy(linger=0)
