"""A client that asks once more, from a new socket, when a server lets a question fall now and then."""

import threading

import zmq

context = zmq.Context()
server = context.socket(zmq.ROUTER)
server.bind("tcp://127.0.0.1:*")
address = server.last_endpoint


def serve():
    number = 0
    while server.poll(1000):
        frames = server.recv_multipart()
        number += 1
        if number % 15:
            server.send_multipart(frames)


def new_client():
    sock = context.socket(zmq.REQ)
    sock.linger = 0
    sock.connect(address)
    return sock


thread = threading.Thread(target=serve)
thread.start()
client = new_client()
for number in range(80):
    client.send(b"%d" % number)
    while not client.poll(200):
        client.close()
        client = new_client()
        client.send(b"%d" % number)
    client.recv()
thread.join()
context.destroy(linger=0)
