"""A client that asks, does something else for a while, and then takes its answer."""

import hashlib
import threading
import time

import zmq

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.bind("inproc://server")


def serve():
    while server.poll(600):
        server.send_multipart(server.recv_multipart())


thread = threading.Thread(target=serve)
thread.start()
client = context.socket(zmq.DEALER)
client.connect("inproc://server")
blob = bytes(8_000_000)
for _ in range(60):
    client.send(b"question")
    hashlib.sha256(blob).digest()  # meanwhile the answer comes
    time.sleep(0.01)
    if client.poll(1000):
        client.recv()
thread.join()
context.destroy(linger=0)
