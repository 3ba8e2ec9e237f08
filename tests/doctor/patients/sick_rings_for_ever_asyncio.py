"""The callback of a loop reads another socket than the one whose descriptor rings."""

import asyncio
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


def on_news():
    on_task()


def on_task():
    while tasks.get(zmq.EVENTS) & zmq.POLLIN:
        if tasks.recv(zmq.NOBLOCK) == b"STOP":
            loop.stop()


loop = asyncio.new_event_loop()
loop.add_reader(tasks, on_task)
loop.add_reader(news, on_news)  # sick: rings for ever
threading.Thread(target=talk).start()
loop.run_forever()
loop.close()
context.destroy(linger=0)
