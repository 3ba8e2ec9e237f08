"""zmq.select on one socket at a time."""

import threading
import time
from contextlib import suppress

import zmq

context = zmq.Context()
loud, quiet = context.socket(zmq.PULL), context.socket(zmq.PULL)
loud.bind("inproc://loud")
quiet.bind("inproc://quiet")


def talk(address, number, gap):
    with suppress(zmq.ZMQError), context.socket(zmq.PUSH) as sock:  # or the program has ended
        sock.connect(address)
        for _ in range(number):
            sock.send(b"x")
            time.sleep(gap)
        sock.send(b"STOP")


for arguments in (("inproc://loud", 60, 0.02), ("inproc://quiet", 5, 0.3)):
    threading.Thread(target=talk, args=arguments).start()
message = None
while message != b"STOP":
    if zmq.select([loud], [], [], 0.1)[0]:
        loud.recv()
    if zmq.select([quiet], [], [], 0.4)[0]:  # sick: deaf
        message = quiet.recv()
context.destroy(linger=0)
