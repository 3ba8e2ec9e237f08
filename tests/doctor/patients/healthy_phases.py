"""First it is told how to work, then it works; the tasks may come in the meantime."""

import subprocess
import sys

import zmq

BOSS = """
import sys, time, zmq
context = zmq.Context()
outbox, told = context.socket(zmq.PUSH), context.socket(zmq.PUSH)
outbox.connect(sys.argv[1])
told.connect(sys.argv[2])
for _ in range(5):
    outbox.send(b"task")
for _ in range(8):
    time.sleep(0.1)
    told.send(b"setting")
told.send(b"GO")
outbox.send(b"STOP")
context.destroy(linger=1000)
"""
context = zmq.Context()
tasks, settings = context.socket(zmq.PULL), context.socket(zmq.PULL)
for sock in (tasks, settings):
    sock.bind("tcp://127.0.0.1:*")
boss = subprocess.Popen([sys.executable, "-c", BOSS, tasks.last_endpoint, settings.last_endpoint])
poller = zmq.Poller()
poller.register(settings, zmq.POLLIN)
while poller.poll(60_000) and settings.recv() != b"GO":
    pass
while tasks.recv() != b"STOP":
    pass
boss.wait()
context.destroy(linger=0)
