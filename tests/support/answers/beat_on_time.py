"""Answers to 09, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        left = 1000 * (due - time.monotonic())
        if sock.poll(max(0, math.ceil(left))):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
}

WRONG = {
    "a heart of its own": (
        """
import threading
def beat_on_time(sock, beat, every_ms, on_message, stop):
    def heart():
        beat()
        while not stop.wait(every_ms / 1000):
            beat()
    thread = threading.Thread(target=heart)
    thread.start()
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
    thread.join()
""",
        "tells the boss a lie",
    ),
    "drains between two beats": (
        """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll(max(0, math.ceil(1000 * (due - time.monotonic())))):
            while sock.poll(0):
                on_message(sock.recv())
                if time.monotonic() >= due:
                    beat()
                    due = time.monotonic() + every_ms / 1000
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "a drain without a bound",
    ),
    "on timeout only": (
        """
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.is_set():
        if sock.poll(every_ms):
            on_message(sock.recv())
        else:
            beat()
""",
        "write down when the next heartbeat is due",
    ),
    "after each message": (
        """
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.is_set():
        if sock.poll(every_ms):
            on_message(sock.recv())
        beat()
""",
        "for each message is too many",
    ),
    "seconds": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(max(0, due - time.monotonic())):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "poll() takes whole milliseconds",
    ),
    "asks all the time": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "It asks again and again",
    ),
    "not clamped": (
        """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(math.ceil(1000 * (due - time.monotonic()))):
            on_message(sock.recv())
        else:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "a negative timeout means for ever",
    ),
    "rounded down": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(max(0, 1000 * (due - time.monotonic()))):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due += every_ms / 1000
""",
        "round up",
    ),
    "no timeout": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll():
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "Until the next heartbeat is due",
    ),
    "a timeout of its own": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll(1000):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "what ends poll() when none comes?",
    ),
    "drains all": (
        """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll(max(0, math.ceil(1000 * (due - time.monotonic())))):
            while sock.poll(0):
                on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "after each message",
    ),
    "naps": (
        """
import time
import zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.is_set():
        try:
            while not stop.is_set():
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
        beat()
        time.sleep(every_ms / 1000)
""",
        "It naps",
    ),
    "waits on stop": (
        """
import zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.wait(every_ms / 1000):
        beat()
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
""",
        "wait in poll() alone",
    ),
    "recv": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "Receive only what poll() has found",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "a deadline that adds up": but(
        _SOLUTION, ("due = time.monotonic() + every_ms / 1000", "due += every_ms / 1000")
    ),
    "skips what it has missed": but(
        _SOLUTION,
        (
            "            due = time.monotonic() + every_ms / 1000",
            "            while due <= time.monotonic():\n                due += every_ms / 1000",
        ),
    ),
    "a Poller": """
import math, time, zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    due = 0
    while not stop.is_set():
        left = due - time.monotonic()
        if left <= 0:
            beat()
            left = every_ms / 1000
            due = time.monotonic() + left
        for ready, _ in poller.poll(math.ceil(1000 * left)):
            on_message(ready.recv(zmq.NOBLOCK))
""",
    "zmq.select": """
import time, zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        left = max(0, due - time.monotonic())
        if zmq.select([sock], [], [], left + 0.001 if left else 0)[0]:
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
    "rcvtimeo": """
import math, time, zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        sock.rcvtimeo = max(0, math.ceil(1000 * (due - time.monotonic())))
        try:
            on_message(sock.recv())
        except zmq.Again:
            pass
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
    "a bounded drain": """
import math, time, zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        sock.poll(max(0, math.ceil(1000 * (due - time.monotonic()))))
        for _ in range(10):
            try:
                on_message(sock.recv(zmq.NOBLOCK))
            except zmq.Again:
                break
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
    "drains until a beat is due": """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        while (left := math.ceil(1000 * (due - time.monotonic()))) > 0:
            if sock.poll(left):
                on_message(sock.recv())
        beat()
        due = time.monotonic() + every_ms / 1000
""",
    "a class for the heart": """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    class Heart:
        def __init__(self):
            self.due = time.monotonic()
        def left(self):
            return max(0, math.ceil(1000 * (self.due - time.monotonic())))
        def perhaps(self):
            if not self.left():
                beat()
                self.due = time.monotonic() + every_ms / 1000
    heart = Heart()
    while not stop.is_set():
        if sock.poll(heart.left()):
            on_message(sock.recv())
        heart.perhaps()
""",
    "recv_multipart": but(_SOLUTION, ("sock.recv()", "sock.recv_multipart()[0]")),
    "copy=False": but(_SOLUTION, ("sock.recv()", "sock.recv(copy=False)")),
    "a millisecond more": but(_SOLUTION, ("max(0, math.ceil(left))", "max(0, int(left) + 1)")),
    "selectors": """
import selectors, time, zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(sock.fd, selectors.EVENT_READ)
        while not stop.is_set():
            if sock.events & zmq.POLLIN:
                on_message(sock.recv())
            elif (left := due - time.monotonic()) > 0:
                selector.select(left)
            if time.monotonic() >= due:
                beat()
                due = time.monotonic() + every_ms / 1000
""",
    "in whole milliseconds": """
import time
def now_ms():
    return time.monotonic_ns() // 1_000_000
def beat_on_time(sock, beat, every_ms, on_message, stop):
    last = now_ms() - every_ms
    while not stop.is_set():
        if sock.poll(max(0, last + every_ms - now_ms())):
            on_message(sock.recv())
        if now_ms() - last >= every_ms:
            last = now_ms()
            beat()
""",
}

WRONG |= {
    "a daemon for a heart": (
        """
import threading, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    def heart():
        while True:
            beat()
            time.sleep(every_ms / 1000)
    threading.Thread(target=heart, daemon=True).start()
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
""",
        "tells the boss a lie",
    ),
    "short polls": (but(_SOLUTION, ("max(0, math.ceil(left))", "1")), "It asks again and again"),
    "sleeps for the rest": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        while sock.poll(0) and not stop.is_set():
            on_message(sock.recv())
        beat()
        due += every_ms / 1000
        time.sleep(max(0, due - time.monotonic()))
""",
        "It naps",
    ),
    "truncated": (but(_SOLUTION, ("math.ceil(left)", "int(left)")), "round up"),
    "seconds": (
        but(_SOLUTION, ("1000 * (due - time.monotonic())", "(due - time.monotonic())")),
        "It asks again and again",
    ),
    "beats twice as often": (but(_SOLUTION, ("every_ms / 1000", "every_ms / 2000")), "It beats too often"),
    "beats a third as often": (
        but(_SOLUTION, ("every_ms / 1000", "3 * every_ms / 1000")),
        "It beats too seldom",
    ),
    "from the last message": (
        but(
            _SOLUTION,
            (
                "            on_message(sock.recv())",
                "            on_message(sock.recv())\n            due = time.monotonic() + every_ms / 1000",
            ),
        ),
        "write down when the next heartbeat is due",
    ),
    "beats only when it is quiet": (
        but(_SOLUTION, ("        if time.monotonic() >= due:", "        elif time.monotonic() >= due:")),
        "look at the clock after each message",
    ),
    "beats half as often": (
        but(_SOLUTION, ("every_ms / 1000", "2 * every_ms / 1000")),
        "It beats too seldom",
    ),
    "every_ms as the timeout": (
        but(_SOLUTION, ("max(0, math.ceil(left))", "every_ms")),
        "write down when the next heartbeat is due",
    ),
    "without a beat": (but(_SOLUTION, ("            beat()\n", "")), "beat was never called"),
    "stop ignored": (but(_SOLUTION, ("not stop.is_set()", "True")), "Where does it look at stop?"),
    "not called": (but(_SOLUTION, ("            beat()\n", "            beat\n")), "beat was never called"),
    "messages are thrown away": (
        but(_SOLUTION, ("on_message(sock.recv())", "sock.recv()")),
        "call on_message for each",
    ),
    "ends with the silence": (
        but(
            _SOLUTION,
            (
                "            beat()\n",
                "            beat()\n            if not sock.poll(300):\n                return\n",
            ),
        ),
        "Go on until stop.is_set()",
    ),
    "the clock of the day in ms": (but(_SOLUTION, ("every_ms / 1000", "every_ms")), "How long may it wait?"),
}

WRONG |= {
    "a little below 0": (
        """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    next_beat = time.monotonic()
    while not stop.is_set():
        if sock.poll(1000 * (next_beat - time.monotonic())):
            on_message(sock.recv())
        if time.monotonic() >= next_beat:
            beat()
            next_beat = time.monotonic() + every_ms / 1000
""",
        "means for ever",
    ),
    "waits for half of the time that is left": (
        """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll(max(0, math.ceil(500 * (due - time.monotonic())))):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
        "It asks again and again",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "a deadline that adds up",
    "a heart of its own",
    "drains between two beats",
    "beats twice as often",
    "beats half as often",
    "every_ms as the timeout",
    "on timeout only",
    "after each message",
    "rounded down",
    "drains all",
    "waits on stop",
]
