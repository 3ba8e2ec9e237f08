"""Receives when it is told that there is something; looks once a second in any case."""

import threading
import time

import zmq

context = zmq.Context()
tasks, there_is = context.socket(zmq.PULL), threading.Event()
tasks.bind("inproc://tasks")


def give():
    with context.socket(zmq.PUSH) as boss:
        boss.connect("inproc://tasks")
        for _ in range(50):
            boss.send(b"task")
            there_is.set()
            time.sleep(0.02)
        boss.send(b"STOP")
        there_is.set()


threading.Thread(target=give).start()
message = None
while message != b"STOP":
    there_is.wait(1)
    there_is.clear()
    try:
        while message != b"STOP":
            message = tasks.recv(zmq.NOBLOCK)
    except zmq.Again:
        pass
context.destroy(linger=0)
