"""The four loops of the cheat sheet, to copy.  Each sleeps until there is something to do."""

import math
import time
from collections import deque
from contextlib import suppress

import zmq


def receive_and_beat(sock, handle, beat, seconds, stop):
    """Wait for a message or for a time."""
    due = time.monotonic()
    while not stop.is_set():
        left = math.ceil(1000 * (due - time.monotonic()))  # ms
        if sock.poll(max(0, left)):
            with suppress(zmq.Again):
                handle(sock.recv(zmq.NOBLOCK))
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + seconds


def serve(tasks, control, handle):
    """Wait for many sockets, and be fair to all."""
    poller = zmq.Poller()
    for sock in (tasks, control):
        poller.register(sock, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if control in ready:  # the urgent one first
            return control.recv()
        with suppress(zmq.Again):
            for _ in range(10):  # a bound
                handle(tasks.recv(zmq.NOBLOCK))


def pump(source, sink, stop, limit):
    """Wait for room, only while something is to be sent."""
    waiting, poller = deque(), zmq.Poller()
    poller.register(stop, zmq.POLLIN)
    poller.register(source, zmq.POLLIN)
    while stop not in (ready := dict(poller.poll())):
        with suppress(zmq.Again):
            if sink in ready:
                sink.send_multipart(waiting[0], zmq.NOBLOCK)
                waiting.popleft()
            if source in ready:
                waiting.append(source.recv_multipart(zmq.NOBLOCK))
        room = len(waiting) < limit
        poller.modify(source, zmq.POLLIN if room else 0)
        poller.modify(sink, zmq.POLLOUT if waiting else 0)
    return waiting


async def receive_until_quiet(sock, handle, quiet_ms):
    """Wait with asyncio, and lose no message."""
    while await sock.poll(quiet_ms):
        with suppress(zmq.Again):
            for _ in range(10):  # then poll lets others run
                handle(await sock.recv(zmq.NOBLOCK))
