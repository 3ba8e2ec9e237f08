"""Answers to 09b, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        task = tasks.recv()
        on_task(task)
        done.send(task)
""",
    "zmq.select": """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    while True:
        readable, _, _ = zmq.select([told, tasks], [], [])
        if told in readable or told.fileno() in readable:
            return
        task = tasks.recv(zmq.NOBLOCK)
        on_task(task)
        done.send(task)
""",
    "a bounded drain of several frames": """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told.fileno(), zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while True:
        events = dict(poller.poll(500))
        if told.fileno() in events:
            told.recv(1)
            break
        for _ in range(5):
            try:
                frames = tasks.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            on_task(frames[0])
            done.send_multipart(frames)
""",
    "tasks first, without copying": """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while True:
        events = dict(poller.poll())
        if tasks in events:
            frame = tasks.recv(copy=False)
            on_task(frame.bytes)
            done.send(frame)
        if events.get(told.fileno(), 0) & zmq.POLLIN:
            return
""",
    "ask first, then select": """
import select, zmq
def finish_in_hand(tasks, done, told, on_task):
    while True:
        if not tasks.events & zmq.POLLIN:
            select.select([tasks.fd, told], [], [])
        if select.select([told], [], [], 0)[0]:
            return
        if tasks.events & zmq.POLLIN:
            task = tasks.recv()
            on_task(task)
            done.send(task)
""",
    "a look at told every 100 ms": """
def finish_in_hand(tasks, done, told, on_task):
    told.setblocking(False)
    while True:
        try:
            told.recv(1)
            return
        except BlockingIOError:
            pass
        if tasks.poll(100):
            task = tasks.recv()
            on_task(task)
            done.send(task)
""",
    "our poller": """
import zmq
from pollerlab import Poller
def finish_in_hand(tasks, done, told, on_task):
    poller = Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in dict(poller.poll()):
        task = tasks.recv()
        on_task(task)
        done.send(task)
""",
    "selectors": """
import selectors, zmq
def finish_in_hand(tasks, done, told, on_task):
    with selectors.DefaultSelector() as selector:
        selector.register(tasks.fd, selectors.EVENT_READ)
        selector.register(told, selectors.EVENT_READ)
        while True:
            there = bool(tasks.events & zmq.POLLIN)
            rang = [key.fileobj for key, _ in selector.select(0 if there else None)]
            if told in rang:
                return
            if there:
                task = tasks.recv()
                on_task(task)
                done.send(task)
""",
    "rcvtimeo": """
import select, zmq
def finish_in_hand(tasks, done, told, on_task):
    tasks.rcvtimeo = 50
    while not select.select([told], [], [], 0)[0]:
        try:
            task = tasks.recv()
        except zmq.Again:
            continue
        on_task(task)
        done.send(task)
""",
    "a class of its own": """
import zmq
class Hand:
    def __init__(self, tasks, told):
        self.tasks, self.told = tasks, told.fileno()
        self.poller = zmq.Poller()
        self.poller.register(told, zmq.POLLIN)
        self.poller.register(tasks, zmq.POLLIN)
    def __iter__(self):
        return self
    def __next__(self):
        if self.told in dict(self.poller.poll()):
            raise StopIteration
        return self.tasks.recv()
def finish_in_hand(tasks, done, told, on_task):
    for task in Hand(tasks, told):
        on_task(task)
        done.send(task)
""",
}

WRONG = {
    "the socket, not its number": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if told in ready:
            return
        if tasks in ready:
            task = tasks.recv()
            on_task(task)
            done.send(task)
""",
        "comes back as its number",
    ),
    "never registered": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        task = tasks.recv()
        on_task(task)
        done.send(task)
""",
        "register it",
    ),
    "looks at told now and then": (
        """
import select
def finish_in_hand(tasks, done, told, on_task):
    while not select.select([told], [], [], 0)[0]:
        if tasks.poll(1000):
            task = tasks.recv()
            on_task(task)
            done.send(task)
""",
        "told does not end the wait",
    ),
    "acknowledged first": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        task = tasks.recv()
        done.send(task)
        on_task(task)
""",
        "acknowledged before it was done",
    ),
    "never acknowledged": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        on_task(tasks.recv())
""",
        "send each task on done",
    ),
    "acknowledged at the end": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller, did = zmq.Poller(), []
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        did.append(tasks.recv())
        on_task(did[-1])
    for task in did:
        done.send(task)
""",
        "as soon as its task is done",
    ),
    "something else is sent": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        on_task(tasks.recv())
        done.send(b"done")
""",
        "send each task itself",
    ),
    "elif": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if tasks in ready:
            task = tasks.recv()
            on_task(task)
            done.send(task)
        elif told.fileno() in ready:
            return
""",
        "look for told first",
    ),
    "drains all": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        while True:
            try:
                task = tasks.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            on_task(task)
            done.send(task)
""",
        "drain with a bound",
    ),
    "finishes the queue": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    going_on = True
    while going_on:
        going_on = told.fileno() not in dict(poller.poll())
        while tasks.poll(0):
            task = tasks.recv()
            on_task(task)
            done.send(task)
""",
        "drain with a bound",
    ),
    "drops the one in hand": (
        """
import select, zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if tasks in ready:
            task = tasks.recv()
            if select.select([told], [], [], 0)[0]:
                return
            on_task(task)
            done.send(task)
        elif told.fileno() in ready:
            return
""",
        "look at told before recv()",
    ),
    "returns before it acknowledges": (
        """
import select, zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll())):
        task = tasks.recv()
        on_task(task)
        if select.select([told], [], [], 0)[0]:
            return
        done.send(task)
""",
        "between a task and its acknowledgement",
    ),
    "asks all the time": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in (ready := dict(poller.poll(0))):
        if tasks in ready:
            task = tasks.recv()
            on_task(task)
            done.send(task)
""",
        "It asks all the time",
    ),
    "returns when nothing comes": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    while tasks.poll(200):
        task = tasks.recv()
        on_task(task)
        done.send(task)
""",
        "Go on until told can be read",
    ),
    "recv() alone": (
        """
def finish_in_hand(tasks, done, told, on_task):
    while True:
        task = tasks.recv()
        on_task(task)
        done.send(task)
""",
        "register it",
    ),
    "returns at once": (
        """
def finish_in_hand(tasks, done, told, on_task):
    return
""",
        "Go on until told can be read",
    ),
    "a bound that is too large": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in dict(poller.poll()):
        for _ in range(100):
            try:
                task = tasks.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            on_task(task)
            done.send(task)
""",
        "a smaller bound",
    ),
    "long naps": (
        """
import select, time, zmq
def finish_in_hand(tasks, done, told, on_task):
    while not select.select([told], [], [], 0)[0]:
        try:
            task = tasks.recv(zmq.NOBLOCK)
        except zmq.Again:
            time.sleep(0.5)
            continue
        on_task(task)
        done.send(task)
""",
        "told does not end the wait",
    ),
    "acknowledged twice": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in dict(poller.poll()):
        task = tasks.recv()
        on_task(task)
        done.send(task)
        done.send(task)
""",
        "or twice",
    ),
    "done twice": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in dict(poller.poll()):
        task = tasks.recv()
        on_task(task)
        on_task(task)
        done.send(task)
""",
        "once for each",
    ),
    "closes what it was given": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    while told.fileno() not in dict(poller.poll()):
        task = tasks.recv()
        on_task(task)
        done.send(task)
    done.close()
""",
        "leave them open",
    ),
}

WRONG |= {
    "goes on after told": (
        but(
            WRONG["the socket, not its number"][0],
            (
                "        if told in ready:\n            return\n",
                "        if told.fileno() in ready:\n            told.recv(1)\n",
            ),
        ),
        "It went on after it was told",
    ),
    "finishes all that is there": (
        """
import zmq
def finish_in_hand(tasks, done, told, on_task):
    poller = zmq.Poller()
    poller.register(told, zmq.POLLIN)
    poller.register(tasks, zmq.POLLIN)
    def do():
        task = tasks.recv()
        on_task(task)
        done.send(task)
    while told.fileno() not in dict(poller.poll()):
        do()
    while tasks.poll(0):
        do()
""",
        "It went on after it was told",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "zmq.select",
    "a bounded drain of several frames",
    "looks at told now and then",
    "acknowledged first",
    "drains all",
    "returns before it acknowledges",
]
