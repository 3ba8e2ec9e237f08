"""Answers to 02, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.01)
""",
}

WRONG = {
    "a drain without a bound": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.01)
""",
        "a drain without a bound",
    ),
    "no nap": (
        """
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
""",
        "Where does it rest",
    ),
    "sleep(10)": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(10)
""",
        "sleep takes seconds",
    ),
    "long naps": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.15)
""",
        "The naps are too long",
    ),
    "a nap after each message": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
        time.sleep(0.01)
""",
        "A nap after each message falls behind",
    ),
    "stop ignored": (
        """
from time import sleep
import zmq
def keep_up(sock, stop, on_message):
    while True:
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            sleep(0.01)
""",
        "Where does it look at stop?",
    ),
    "blocks": (
        """
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        on_message(sock.recv())
""",
        "without zmq.NOBLOCK",
    ),
    "polls": (
        """
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        if sock.poll(10):
            on_message(sock.recv())
""",
        "polling comes in 03",
    ),
    "twice": (
        """
import time, zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                message = sock.recv(zmq.NOBLOCK)
                on_message(message)
                on_message(message)
        except zmq.Again:
            time.sleep(0.01)
""",
        "once for each",
    ),
    "a broad except": (
        """
import time, zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.receive(zmq.NOBLOCK))
        except Exception:
            time.sleep(0.01)
""",
        "swallowed by a broad except",
    ),
    "a typo": (
        """
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        on_message(sock.receive(zmq.NOBLOCK))
""",
        "Mend the error in this line",
    ),
}

_SOLUTION = RIGHT["the solution"]
_DRAIN = WRONG["a drain without a bound"][0]

RIGHT |= {
    "a bounded drain": but(_DRAIN, ("while True", "for _ in range(100)")),
    "stop in the drain, too": but(_DRAIN, ("while True", "while not stop.is_set()")),
    "a drain by the clock": but(
        _DRAIN,
        ("        try:", "        end = time.monotonic() + 0.02\n        try:"),
        ("while True", "while time.monotonic() < end"),
    ),
    "Event.wait as a nap": """
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.recv(flags=zmq.DONTWAIT))
        except zmq.Again:
            stop.wait(0.01)
""",
    "select as a nap": but(
        _SOLUTION, ("import time", "import select"), ("time.sleep(0.01)", "select.select([], [], [], 0.01)")
    ),
    "suppress": """
import contextlib, time, zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        message = None
        with contextlib.suppress(zmq.Again):
            message = sock.recv(zmq.NOBLOCK)
        if message is None:
            time.sleep(0.01)
        else:
            on_message(message)
""",
    "walrus and a helper": """
import time, zmq
def keep_up(sock, stop, on_message):
    def look():
        try:
            return sock.recv(zmq.NOBLOCK)
        except zmq.Again:
            return None
    while True:
        if stop.is_set():
            break
        if (message := look()) is not None:
            on_message(message)
            continue
        time.sleep(0.01)
""",
    "recv_multipart": but(_SOLUTION, ("sock.recv(zmq.NOBLOCK)", "sock.recv_multipart(zmq.NOBLOCK)[0]")),
    "copy=False": but(_SOLUTION, ("sock.recv(zmq.NOBLOCK)", "sock.recv(zmq.NOBLOCK, copy=False)")),
    "naps that grow": """
import time, zmq
def keep_up(sock, stop, on_message):
    nap = 0.001
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
            nap = 0.001
        except zmq.Again:
            time.sleep(nap)
            nap = min(2 * nap, 0.016)
""",
    "naps of 2 ms": but(_SOLUTION, ("0.01", "0.002")),
    "a ZMQError": but(
        _SOLUTION,
        ("except zmq.Again:", "except zmq.ZMQError as error:\n            assert error.errno == zmq.EAGAIN"),
    ),
    "a class": """
import time, zmq
def keep_up(sock, stop, on_message):
    class Loop:
        def __init__(self, nap):
            self.nap = nap
        def step(self):
            try:
                on_message(sock.recv(zmq.NOBLOCK))
            except zmq.Again:
                time.sleep(self.nap)
    loop = Loop(nap=0.01)
    while not stop.is_set():
        loop.step()
""",
}

WRONG |= {
    "sleep(0)": (but(_SOLUTION, ("sleep(0.01)", "sleep(0)")), "Where does it rest, and for how long?"),
    "tiny naps": (but(_SOLUTION, ("sleep(0.01)", "sleep(1e-6)")), "Where does it rest, and for how long?"),
    "naps of 100 ms": (but(_SOLUTION, ("0.01", "0.1")), "The naps are too long"),
    "milliseconds for seconds": (but(_SOLUTION, ("0.01", "1")), "sleep takes seconds"),
    "a huge bound": (
        but(_DRAIN, ("while True", "for _ in range(100_000)")),
        "a drain without a bound",
    ),
    "stop where it naps": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while True:
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            if stop.is_set():
                return
            time.sleep(0.01)
""",
        "a drain without a bound",
    ),
    "collects, and hands on at once": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        batch = []
        try:
            while True:
                batch.append(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.01)
        for message in batch:
            on_message(message)
""",
        "a drain without a bound",
    ),
    "the last one only": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        message = None
        try:
            while True:
                message = sock.recv(zmq.NOBLOCK)
        except zmq.Again:
            if message is not None:
                on_message(message)
            time.sleep(0.01)
""",
        "call on_message for each",
    ),
    "at the end": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    messages = []
    while not stop.is_set():
        try:
            messages.append(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.01)
    for message in messages:
        on_message(message)
""",
        "nap",
    ),
    "two a nap": (
        but(
            _DRAIN,
            ("while True", "for _ in range(2)"),
            ("except zmq.Again:\n            ", "finally:\n            "),
        ),
        "catch it, rest, and ask again",
    ),
    "a few a nap": (
        """
import contextlib, time, zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        with contextlib.suppress(zmq.Again):
            for _ in range(2):
                on_message(sock.recv(zmq.NOBLOCK))
        time.sleep(0.02)
""",
        "A nap after each message falls behind",
    ),
    "ends when it is quiet": (
        but(_SOLUTION, ("time.sleep(0.01)", "break")),
        "It must go on",
    ),
    "naps that never end growing": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    nap = 0.01
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(nap)
            nap *= 2
""",
        "The naps are too long",
    ),
    "a Poller": (
        """
import zmq
def keep_up(sock, stop, on_message):
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    while not stop.is_set():
        if poller.poll(10):
            on_message(sock.recv())
""",
        "polling comes in 03",
    ),
    "zmq.select": (
        """
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        for ready in zmq.select([sock], [], [], 0.01)[0]:
            on_message(ready.recv())
""",
        "polling comes in 03",
    ),
    "not the message": (
        but(
            _SOLUTION,
            ("on_message(sock.recv(zmq.NOBLOCK))", "sock.recv(zmq.NOBLOCK)\n            on_message(sock)"),
        ),
        "called with something else",
    ),
    "the function is not called": (
        but(_SOLUTION, ("on_message(sock.recv(zmq.NOBLOCK))", "on_message, sock.recv(zmq.NOBLOCK)")),
        "call on_message for each",
    ),
    "hands each on, backwards": (
        """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        batch = []
        try:
            while len(batch) < 100:
                batch.append(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.01)
        while batch:
            on_message(batch.pop())
""",
        "out of order",
    ),
    "Again ends it": (
        but(
            _SOLUTION,
            (
                "        except zmq.Again:\n            time.sleep(0.01)",
                "        finally:\n            time.sleep(0.01)",
            ),
        ),
        "catch it, rest, and ask again",
    ),
    "stop is not called": (
        but(_SOLUTION, ("not stop.is_set()", "stop.is_set")),
        "Where does it look at stop?",
    ),
    "the other way round": (but(_SOLUTION, ("while not", "while")), "It must go on"),
}

IN_THE_TESTS = [
    "the solution",
    "Event.wait as a nap",
    "a drain without a bound",
    "stop where it naps",
    "no nap",
    "sleep(10)",
    "a nap after each message",
    "blocks",
    "a broad except",
]
