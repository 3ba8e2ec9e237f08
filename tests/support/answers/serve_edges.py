"""Answers to 08, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = set(inboxes)
    while not stop.is_set():
        for number in list(ringing):
            try:
                for _ in range(20):
                    on_message(inboxes[number].recv(zmq.NOBLOCK))
            except zmq.Again:
                ringing.discard(number)
        ringing.update(number for number, _ in epoll.poll(0 if ringing else 0.1))
""",
}

WRONG = {
    "a drain without a bound": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
        "a drain without a bound",
    ),
    "a bound that forgets the rest": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                for _ in range(20):
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
        "remember that socket for the next round",
    ),
    "one recv an edge": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
        "drain the socket until Again",
    ),
    "takes one and keeps it": (
        """
def serve_edges(epoll, inboxes, on_message, stop):
    message = next(iter(inboxes.values())).recv()
    stop.wait()
""",
        "drain the socket until Again",
    ),
    "sleeps first": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for number, _ in epoll.poll(0.1):
            try:
                while True:
                    on_message(inboxes[number].recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
""",
        "look at all of them once",
    ),
    "asks all": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for inbox in inboxes.values():
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        epoll.poll(0.1)
""",
        "ask only those",
    ),
    "does not sleep": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0)]
""",
        "let epoll sleep",
    ),
    "milliseconds": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(100)]
""",
        "epoll takes seconds",
    ),
    "blocking recv": (
        """
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            on_message(inbox.recv())
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
        "recv(zmq.NOBLOCK)",
    ),
    "asks events of all": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for inbox in inboxes.values():
            while inbox.events & zmq.POLLIN:
                on_message(inbox.recv())
        epoll.poll(0.1)
""",
        "ask only those",
    ),
    "closes the epoll": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    with epoll:
        while not stop.is_set():
            for inbox in ringing:
                try:
                    while True:
                        on_message(inbox.recv(zmq.NOBLOCK))
                except zmq.Again:
                    pass
            ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
        "leave it open",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "a queue of those that ring": """
import collections, zmq
def serve_edges(epoll, inboxes, on_message, stop):
    turns = collections.deque(inboxes)
    while not stop.is_set():
        if turns:
            number = turns.popleft()
            try:
                for _ in range(10):
                    on_message(inboxes[number].recv(zmq.NOBLOCK))
                turns.append(number)
            except zmq.Again:
                pass
        turns.extend(number for number, _ in epoll.poll(0 if turns else 0.1) if number not in turns)
""",
    "one message a turn": but(
        _SOLUTION,
        ("                for _ in range(20):\n                    on_message", "                on_message"),
    ),
    "events": """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = set(inboxes)
    while not stop.is_set():
        for number in sorted(ringing):
            inbox = inboxes[number]
            for _ in range(20):
                if not inbox.events & zmq.POLLIN:
                    ringing.remove(number)
                    break
                on_message(inbox.recv())
        ringing |= {number for number, _ in epoll.poll(0 if ringing else 0.1)}
""",
    "by the clock": """
import time, zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        left = []
        for inbox in ringing:
            end = time.monotonic() + 0.01
            try:
                while time.monotonic() < end:
                    on_message(inbox.recv(zmq.NOBLOCK))
                left.append(inbox)
            except zmq.Again:
                pass
        for number, _ in epoll.poll(0 if left else 0.1):
            if inboxes[number] not in left:
                left.append(inboxes[number])
        ringing = left
""",
    "a helper": """
import zmq
def drain(inbox, on_message, most):
    for _ in range(most):
        try:
            message = inbox.recv(zmq.NOBLOCK)
        except zmq.Again:
            return True
        on_message(message)
    return False
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = dict(inboxes)
    while not stop.is_set():
        ringing = {number: inbox for number, inbox in ringing.items() if not drain(inbox, on_message, 16)}
        for number, _ in epoll.poll(0 if ringing else 0.1):
            ringing[number] = inboxes[number]
""",
    "recv_multipart": but(_SOLUTION, (".recv(zmq.NOBLOCK)", ".recv_multipart(zmq.NOBLOCK)[0]")),
    "copy=False": but(_SOLUTION, (".recv(zmq.NOBLOCK)", ".recv(zmq.NOBLOCK, copy=False)")),
    "a bound of a hundred": but(_SOLUTION, ("range(20)", "range(100)")),
    "rcvtimeo": """
import contextlib, zmq
def serve_edges(epoll, inboxes, on_message, stop):
    for inbox in inboxes.values():
        inbox.rcvtimeo = 0
    ringing = list(inboxes)
    while not stop.is_set():
        number = ringing.pop(0) if ringing else None
        if number is not None:
            with contextlib.suppress(zmq.Again):
                for _ in range(8):
                    on_message(inboxes[number].recv())
                ringing.append(number)
        for number, _ in epoll.poll(0.05 * (not ringing)):
            if number not in ringing:
                ringing.append(number)
""",
    "stop before each drain, too": but(
        _SOLUTION,
        ("for _ in range(20):", "for _ in range(20 * (not stop.is_set())):"),
    ),
}

WRONG |= {
    "stop in the drain, and no bound": (
        but(_SOLUTION, ("for _ in range(20)", "while not stop.is_set()")),
        "One socket kept it",
    ),
    "a huge bound": (but(_SOLUTION, ("range(20)", "range(5000)")), "a drain without a bound"),
    "nobody at first": (but(_SOLUTION, ("set(inboxes)", "set()")), "look at all of them once"),
    "one at first": (but(_SOLUTION, ("set(inboxes)", "set(list(inboxes)[:1])")), "look at all of them once"),
    "forgets who is left": (
        but(
            _SOLUTION, ("        ringing.update(", "        ringing = set("), ("0 if ringing else 0.1", "0.1")
        ),
        "remember that socket for the next round",
    ),
    "keeps all": (
        but(_SOLUTION, ("                ringing.discard(number)", "                pass")),
        "ask only those",
    ),
    "sleeps while some are left": (
        but(_SOLUTION, ("0 if ringing else 0.1", "0.1")),
        "As long as something is left",
    ),
    "does not sleep": (but(_SOLUTION, ("0 if ringing else 0.1", "0")), "let epoll sleep"),
    "short sleeps": (but(_SOLUTION, ("else 0.1", "else 0.001")), "let epoll sleep"),
    "a second": (but(_SOLUTION, ("else 0.1", "else 1")), "Look at stop in every round"),
    "without an end": (but(_SOLUTION, ("else 0.1", "else None")), "Where does it look at stop"),
    "stop ignored": (but(_SOLUTION, ("not stop.is_set()", "True")), "Where does it look at stop"),
    "naps": (
        """
import time, zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for inbox in inboxes.values():
            try:
                for _ in range(20):
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        time.sleep(0.05)
""",
        "ask only those",
    ),
    "a Poller": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    poller = zmq.Poller()
    for inbox in inboxes.values():
        poller.register(inbox, zmq.POLLIN)
    while not stop.is_set():
        for inbox, _ in poller.poll(100):
            on_message(inbox.recv())
""",
        "epoll is what it waits on",
    ),
    "Again not caught": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = set(inboxes)
    while not stop.is_set():
        for number in ringing:
            on_message(inboxes[number].recv(zmq.NOBLOCK))
        ringing = {number for number, _ in epoll.poll(0.1)}
""",
        "catch it, and go on with the next",
    ),
    "the first Again ends the round": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes)
    while not stop.is_set():
        try:
            for number in ringing:
                for _ in range(20):
                    on_message(inboxes[number].recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
        ringing = [number for number, _ in epoll.poll(0.1)]
""",
        "look at all of them once",
    ),
    "the number of the socket": (
        but(_SOLUTION, ("inboxes[number].recv", "number.recv")),
        "Mend the error",
    ),
    "ends at the first silence": (
        but(
            _SOLUTION,
            (
                "        ringing.update(",
                "        if not ringing:\n            return\n        ringing.update(",
            ),
        ),
        "Go on until",
    ),
    "two at a time": (
        but(WRONG["a bound that forgets the rest"][0], ("range(20)", "range(2)")),
        "drain the socket until Again",
    ),
}

WRONG |= {
    "never leaves": (
        """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    hot = set(inboxes)
    while not stop.is_set():
        for number in list(hot):
            try:
                for _ in range(20):
                    on_message(inboxes[number].recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        hot.update(number for number, _ in epoll.poll(0 if hot else 0.1))
""",
        "not again until it rings",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "events",
    "a drain without a bound",
    "a bound that forgets the rest",
    "sleeps while some are left",
    "stop in the drain, and no bound",
    "takes one and keeps it",
    "sleeps first",
    "asks all",
    "does not sleep",
]
