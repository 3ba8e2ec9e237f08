"""Answers to 07, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import select, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        left = deadline - time.monotonic()
        if ready or left <= 0:
            return ready
        select.select([a.fd, b.fd], [], [], left)
""",
}

WRONG = {
    "short naps": (
        """
import select, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready or time.monotonic() >= deadline:
            return ready
        select.select([a.fd, b.fd], [], [], 0.001)
""",
        "hides what does not wake it",
    ),
    "the bell alone": (
        """
import select
import zmq
def poll_both(a, b, seconds):
    select.select([a.fd, b.fd], [], [], seconds)
    return [sock for sock in (a, b) if sock.events & zmq.POLLIN]
""",
        "ask for events first",
    ),
    "no deadline": (
        """
import select
import zmq
def poll_both(a, b, seconds):
    ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
    if not ready:
        select.select([a.fd, b.fd], [], [], seconds)
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
    return ready
""",
        "if time is left, sleep again",
    ),
    "the whole time anew": (
        """
import select
import zmq
def poll_both(a, b, seconds):
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready or not select.select([a.fd, b.fd], [], [], seconds)[0]:
            return ready
""",
        "compute the deadline once",
    ),
    "asks all the time": (
        """
import time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready:
            return ready
    return []
""",
        "sleep in select()",
    ),
    "zmq.Poller": (
        """
import zmq
def poll_both(a, b, seconds):
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    poller.register(b, zmq.POLLIN)
    return [sock for sock, _ in poller.poll(1000 * seconds)]
""",
        "are what it replaces",
    ),
    "milliseconds": (
        """
import select, time
import zmq
def poll_both(a, b, seconds):
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready or not select.select([a.fd, b.fd], [], [], 1000 * seconds)[0]:
            return ready
""",
        "select() takes seconds",
    ),
    "the first only": (
        """
import select, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while True:
        for sock in (a, b):
            if sock.events & zmq.POLLIN:
                return [sock]
        left = deadline - time.monotonic()
        if left <= 0:
            return []
        select.select([a.fd, b.fd], [], [], left)
""",
        "return all that are ready",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "selectors": """
import selectors, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for sock in (a, b):
            selector.register(sock.fd, selectors.EVENT_READ)
        while True:
            ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
            left = deadline - time.monotonic()
            if ready or left <= 0:
                return ready
            selector.select(left)
""",
    "select.poll": """
import math, select, time
import zmq
def poll_both(a, b, seconds):
    bells, deadline = select.poll(), time.monotonic() + seconds
    bells.register(a.fd, select.POLLIN)
    bells.register(b.fd, select.POLLIN)
    while not (ready := [sock for sock in (a, b) if sock.events & zmq.POLLIN]):
        left = math.ceil(1000 * (deadline - time.monotonic()))
        if left <= 0:
            break
        bells.poll(left)
    return ready
""",
    "getsockopt": but(
        _SOLUTION,
        ("sock.events & zmq.POLLIN", "sock.getsockopt(zmq.EVENTS) & zmq.POLLIN"),
        ("[a.fd, b.fd]", "[a.getsockopt(zmq.FD), b.get(zmq.FD)]"),
    ),
    "the sockets themselves": but(_SOLUTION, ("[a.fd, b.fd]", "[a, b]")),
    "a helper": """
import select, time
import zmq
def ready_of(socks):
    return [sock for sock in socks if sock.events & zmq.POLLIN]
def poll_both(a, b, seconds):
    socks, end = (a, b), time.monotonic() + seconds
    while not ready_of(socks) and (left := end - time.monotonic()) > 0:
        select.select([sock.fd for sock in socks], [], [], left)
    return ready_of(socks)
""",
    "recursion": """
import select, time
import zmq
def poll_both(a, b, seconds):
    begin = time.monotonic()
    ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
    if ready or seconds <= 0:
        return ready
    select.select([a.fd, b.fd], [], [], seconds)
    return poll_both(a, b, max(0, seconds - (time.monotonic() - begin)))
""",
    "an equal sign": but(_SOLUTION, ("sock.events & zmq.POLLIN", "sock.events == zmq.POLLIN")),
    "filter": but(
        _SOLUTION,
        (
            "[sock for sock in (a, b) if sock.events & zmq.POLLIN]",
            "list(filter(lambda sock: sock.events & 1, (b, a)))",
        ),
    ),
    "perf_counter": """
import select
from time import perf_counter
from zmq import POLLIN
def poll_both(a, b, seconds):
    left, begin = seconds, perf_counter()
    while True:
        ready = []
        for sock in a, b:
            if sock.get(15) & POLLIN:
                ready.append(sock)
        if ready or left <= 0:
            return ready
        select.select([a.fd, b.fd], [], [], left)
        left = seconds - (perf_counter() - begin)
""",
}

WRONG |= {
    "one bell of two": (
        but(_SOLUTION, ("[a.fd, b.fd]", "[a.fd]")),
        "One of the two did not wake it",
    ),
    "naps": (
        but(_SOLUTION, ("select.select([a.fd, b.fd], [], [], left)", "time.sleep(0.001)")),
        "hides what does not wake it",
    ),
    "naps on nothing": (
        but(_SOLUTION, ("[a.fd, b.fd], [], [], left", "[], [], [], min(left, 0.005)")),
        "hides what does not wake it",
    ),
    "the bell first, in slices": (
        """
import select, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while True:
        left = max(0, min(0.05, deadline - time.monotonic()))
        select.select([a.fd, b.fd], [], [], left)
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready or left <= 0:
            return ready
""",
        "ask for events first, and sleep after",
    ),
    "only who rings": (
        """
import select, time
import zmq
def poll_both(a, b, seconds):
    socks = {a.fd: a, b.fd: b}
    rings, _, _ = select.select(list(socks), [], [], seconds)
    return [socks[fd] for fd in rings if socks[fd].events & zmq.POLLIN]
""",
        "ask for events first",
    ),
    "who rings, without a look": (
        """
import select
def poll_both(a, b, seconds):
    socks = {a.fd: a, b.fd: b}
    return [socks[fd] for fd in select.select(list(socks), [], [], seconds)[0]]
""",
        "ask for events first",
    ),
    "always both": (
        "def poll_both(a, b, seconds):\n    return [a, b]\n",
        "It reported a socket that has nothing",
    ),
    "never any": ("def poll_both(a, b, seconds):\n    return []\n", "ask for events first"),
    "True": (but(_SOLUTION, ("return ready", "return bool(ready)")), "Return the list"),
    "the descriptors": (but(_SOLUTION, ("[sock for sock", "[sock.fd for sock")), "Return the list"),
    "a dictionary": (but(_SOLUTION, ("return ready", "return dict.fromkeys(ready, 1)")), "Return the list"),
    "nothing when the time is up": (
        but(
            _SOLUTION,
            (
                "if ready or left <= 0:\n            return ready",
                "if ready:\n            return ready\n        if left <= 0:\n            return",
            ),
        ),
        "Return the list",
    ),
    "what is below 0": (
        but(_SOLUTION, ("if ready or left <= 0:", "if ready:")),
        "What is left may be below 0",
    ),
    "for ever": (but(_SOLUTION, ("[], [], left", "[], []")), "select() takes seconds"),
    "no seconds are no end": (
        but(
            _SOLUTION,
            (
                "    while True",
                "    seconds = seconds or 1\n    deadline = time.monotonic() + seconds\n    while True",
            ),
        ),
        "With no time at all",
    ),
    "zmq.select": (
        """
import zmq
def poll_both(a, b, seconds):
    return zmq.select([a, b], [], [], seconds)[0]
""",
        "are what it replaces",
    ),
    "zmq_poll": (
        """
import zmq
def poll_both(a, b, seconds):
    return [sock for sock, _ in zmq.zmq_poll([(a, zmq.POLLIN), (b, zmq.POLLIN)], int(1000 * seconds))]
""",
        "are what it replaces",
    ),
    "socket.poll": (
        """
def poll_both(a, b, seconds):
    return [sock for sock in (a, b) if sock.poll(500 * seconds)]
""",
        "are what it replaces",
    ),
    "POLLOUT": (but(_SOLUTION, ("zmq.POLLIN", "zmq.POLLOUT")), "ask for events first"),
    "half of it": (but(_SOLUTION, ("+ seconds", "+ seconds / 2")), "when is its deadline?"),
    "the first that rings ends it": (
        but(
            _SOLUTION,
            (
                "        select.select([a.fd, b.fd], [], [], left)",
                "        select.select([a.fd, b.fd], [], [], left)\n        deadline = 0",
            ),
        ),
        "if time is left, sleep again",
    ),
    "takes the messages": (
        but(_SOLUTION, ("return ready", "return [sock for sock in ready if sock.recv()]")),
        "the caller receives",
    ),
}

WRONG |= {
    "one bell after the other": (
        but(
            _SOLUTION,
            (
                "select.select([a.fd, b.fd], [], [], left)",
                "select.select([a.fd], [], [], left / 2)\n        select.select([b.fd], [], [], left / 2)",
            ),
        ),
        "sleep on both descriptors at once",
    ),
    "one bell after the other, b first": (
        but(
            _SOLUTION,
            (
                "select.select([a.fd, b.fd], [], [], left)",
                "select.select([b.fd], [], [], left / 2)\n        select.select([a.fd], [], [], left / 2)",
            ),
        ),
        "sleep on both descriptors at once",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "selectors",
    "short naps",
    "one bell of two",
    "takes the messages",
    "the bell first, in slices",
    "no deadline",
    "the whole time anew",
    "zmq.Poller",
    "one bell after the other",
]
