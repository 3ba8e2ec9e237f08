"""Ends by term(), which waits until a worker has finished what it has in hand, and closes its socket."""

import threading
import time

import zmq

context = zmq.Context()
tasks = context.socket(zmq.PUSH)
tasks.bind("inproc://tasks")


def work():
    with context.socket(zmq.PULL) as inbox:
        inbox.connect("inproc://tasks")
        inbox.recv()
        in_hand.set()
        time.sleep(2)  # stands for work


in_hand = threading.Event()
threading.Thread(target=work).start()
tasks.send(b"task")
in_hand.wait()
tasks.close()
context.term()
