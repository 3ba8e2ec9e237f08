"""Answers to 03, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 100):
            on_message(sock.recv())
        if more:
            more = work()
""",
}

WRONG = {
    "always 100": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
        if more:
            more = work()
""",
        "poll with timeout 0",
    ),
    "always 0": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
        if more:
            more = work()
""",
        "When none is, wait",
    ),
    "0.1": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 0.1):
            on_message(sock.recv())
        if more:
            more = work()
""",
        "under 1 became 0",
    ),
    "all work first": (
        """
def work_and_listen(sock, work, on_message, stop):
    while work():
        pass
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
""",
        "after each piece",
    ),
    "ends with the work": (
        """
def work_and_listen(sock, work, on_message, stop):
    while work() and not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
""",
        "messages still come",
    ),
    "no timeout": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else None):
            on_message(sock.recv())
        if more:
            more = work()
""",
        "cannot see stop",
    ),
    "one piece": (
        """
def work_and_listen(sock, work, on_message, stop):
    work()
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
""",
        "call it again",
    ),
    "not handed on": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 100):
            sock.recv()
        if more:
            more = work()
""",
        "call on_message for each",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "a Poller": """
import zmq
def work_and_listen(sock, work, on_message, stop):
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    more = True
    while not stop.is_set():
        for ready, _ in poller.poll(0 if more else 100):
            on_message(ready.recv(zmq.NOBLOCK))
        more = more and work()
""",
    "zmq.select": """
import zmq
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if zmq.select([sock], [], [], 0 if more else 0.1)[0]:
            on_message(sock.recv())
        if more:
            more = work()
""",
    "two loops": """
def work_and_listen(sock, work, on_message, stop):
    while work() and not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
""",
    "NOBLOCK and Again": """
import zmq
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            if not more:
                sock.poll(100)
        if more:
            more = work()
""",
    "rcvtimeo": """
import zmq
def work_and_listen(sock, work, on_message, stop):
    more, sock.rcvtimeo = True, 0
    while not stop.is_set():
        try:
            on_message(sock.recv())
        except zmq.Again:
            pass
        if more and not (more := work()):
            sock.rcvtimeo = 100
""",
    "a bounded drain": """
import zmq
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        sock.poll(0 if more else 50)
        for _ in range(20):
            if not sock.poll(0):
                break
            on_message(sock.recv(zmq.NOBLOCK))
        if more:
            more = work()
""",
    "recv_multipart": but(_SOLUTION, ("sock.recv()", "sock.recv_multipart()[0]")),
    "copy=False": but(_SOLUTION, ("sock.recv()", "sock.recv(copy=False)")),
    "walrus": """
import zmq
def work_and_listen(sock, work, on_message, stop):
    timeout = 0
    while not stop.is_set():
        if (events := sock.poll(timeout)) & zmq.POLLIN:
            on_message(sock.recv())
        if timeout == 0:
            timeout = 0 if work() else 100
""",
    "works on after the end": """
def work_and_listen(sock, work, on_message, stop):
    while not stop.is_set():
        if sock.poll(0 if work() else 100):
            on_message(sock.recv())
""",
    "a generator of work": """
def pieces(work):
    while work():
        yield 0
    while True:
        yield 100
def work_and_listen(sock, work, on_message, stop):
    for timeout in pieces(work):
        if sock.poll(timeout):
            on_message(sock.recv())
        if stop.is_set():
            return
""",
    "selectors": """
import selectors
import zmq
def work_and_listen(sock, work, on_message, stop):
    with selectors.DefaultSelector() as selector:
        selector.register(sock.fd, selectors.EVENT_READ)
        more = True
        while not stop.is_set():
            if sock.events & zmq.POLLIN:
                on_message(sock.recv())
            elif not more:
                selector.select(0.1)
            if more:
                more = work()
""",
}

WRONG |= {
    "short polls": (but(_SOLUTION, ("else 100", "else 1")), "When none is, wait"),
    "naps": (
        but(
            _SOLUTION,
            (
                "        if more:",
                "        if not more:\n            __import__('time').sleep(0.002)\n        if more:",
            ),
            ("0 if more else 100", "0"),
        ),
        "It naps",
    ),
    "20 ms a piece": (but(_SOLUTION, ("0 if more", "20 if more")), "poll with timeout 0"),
    "polls and work the other way round": (
        but(_SOLUTION, ("0 if more else 100", "100 if more else 0")),
        "poll with timeout 0",
    ),
    "a drain without a bound": (
        but(
            _SOLUTION,
            (
                "            on_message(sock.recv())",
                "            while sock.poll(0):\n                on_message(sock.recv())",
            ),
        ),
        "a drain without a bound",
    ),
    "a drain until Again": (
        """
import zmq
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
        if more:
            more = work()
        else:
            sock.poll(100)
""",
        "a drain without a bound",
    ),
    "messages first": (
        but(_SOLUTION, ("        if more:", "        elif more:")),
        "do a piece of work after each",
    ),
    "work after messages alone": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
            if more:
                more = work()
""",
        "poll with timeout 0",
    ),
    "stop only when there is no work": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while more or not stop.is_set():
        if sock.poll(0 if more else 100):
            on_message(sock.recv())
        elif more:
            more = work()
""",
        "a drain without a bound",
    ),
    "blocks when the work is done": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if not more or sock.poll(0):
            on_message(sock.recv())
        if more:
            more = work()
""",
        "Receive only when poll() has found",
    ),
    "ten pieces at a time": (
        """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 100):
            on_message(sock.recv())
        for _ in range(40):
            more = more and work()
""",
        "look at the socket after each piece",
    ),
    "stop ignored": (but(_SOLUTION, ("not stop.is_set()", "True")), "Where does it look at stop?"),
    "a second of sleep": (but(_SOLUTION, ("else 100", "else 1000")), "Look at stop in every round"),
    "hands on the mask": (
        but(
            _SOLUTION,
            (
                "            on_message(sock.recv())",
                "            sock.recv()\n            on_message(1)",
            ),
        ),
        "out of order",
    ),
    "an error in work": (but(_SOLUTION, ("more = work()", "more = work(1)")), "Mend the error"),
    "receives twice": (
        but(
            _SOLUTION,
            (
                "            on_message(sock.recv())",
                "            sock.recv()\n            on_message(sock.recv())",
            ),
        ),
        "call on_message for each",
    ),
    "forgets what work says": (
        but(_SOLUTION, ("more = work()", "more = False\n            work()")),
        "call it again",
    ),
    "works for ever": (
        but(_SOLUTION, ("            more = work()", "            work()")),
        "When none is, wait",
    ),
    "only POLLOUT": (
        but(_SOLUTION, ("0 if more else 100", "0 if more else 100, 2")),
        "It never received anything from sock",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "selectors",
    "messages first",
    "a drain without a bound",
    "always 100",
    "always 0",
    "all work first",
    "ends with the work",
    "one piece",
]
