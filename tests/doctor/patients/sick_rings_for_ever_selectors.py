"""A selector rings, and the program asks another socket than the one that rang."""

import selectors
import threading
import time

import zmq

context = zmq.Context()
tasks, news = context.socket(zmq.PULL), context.socket(zmq.PULL)
tasks.bind("inproc://tasks")
news.bind("inproc://news")


def talk():
    with context.socket(zmq.PUSH) as boss, context.socket(zmq.PUSH) as paper:
        boss.connect("inproc://tasks")
        paper.connect("inproc://news")
        paper.send(b"read all about it")
        for _ in range(15):
            boss.send(b"task")
            time.sleep(0.1)
        boss.send(b"STOP")


threading.Thread(target=talk).start()
selector, message = selectors.DefaultSelector(), None
for sock in (tasks, news):
    selector.register(sock, selectors.EVENT_READ)
while message != b"STOP":
    selector.select(1)  # sick: rings for ever
    while message != b"STOP" and tasks.get(zmq.EVENTS) & zmq.POLLIN:
        message = tasks.recv(zmq.NOBLOCK)
context.destroy(linger=0)
