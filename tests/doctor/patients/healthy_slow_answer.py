"""A request whose answer takes long, and that has a limit: RCVTIMEO."""

import threading
import time

import zmq

context = zmq.Context()
server, client = context.socket(zmq.REP), context.socket(zmq.REQ)
server.bind("inproc://server")
client.connect("inproc://server")
client.rcvtimeo = 5000


def answer():
    question = server.recv()
    time.sleep(2.2)
    server.send(question)


threading.Thread(target=answer).start()
client.send(b"question")
print(client.recv())
context.destroy(linger=0)
