"""Unregisters the last of its machines, and polls on; the boss is asked, and is in no poller."""

import threading
import time

import zmq

context = zmq.Context()
machines, boss = context.socket(zmq.PULL), context.socket(zmq.PULL)
machines.bind("inproc://machines")
boss.bind("inproc://boss")


def report():
    with context.socket(zmq.PUSH) as machine, context.socket(zmq.PUSH) as told:
        machine.connect("inproc://machines")
        told.connect("inproc://boss")
        machine.send(b"finished")
        time.sleep(1.2)
        told.send(b"STOP")


threading.Thread(target=report).start()
poller, message = zmq.Poller(), None
poller.register(machines, zmq.POLLIN)
while message != b"STOP":
    for machine, _ in poller.poll(1000):  # sick: empty poller
        machine.recv()
        poller.unregister(machine)
    if boss.poll(0):
        message = boss.recv()
context.destroy(linger=0)
