"""Answers to 01, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = quiet_ms
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            return messages
""",
}

WRONG = {
    "twice as long": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = 2 * quiet_ms
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            return messages
""",
        "It waited for longer than quiet_ms",
    ),
    "the first without a timeout": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = [sock.recv()]
    sock.rcvtimeo = quiet_ms
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            return messages
""",
        "may never come",
    ),
    "no timeout": (
        """
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while True:
        messages.append(sock.recv())
""",
        "what makes that give up?",
    ),
    "seconds": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = quiet_ms / 1000
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            return messages
""",
        "whole number of milliseconds",
    ),
    "carries on after Again": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = quiet_ms
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            pass
    return messages
""",
        "which line ends the function",
    ),
    "NOBLOCK": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while True:
        try:
            messages.append(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            return messages
""",
        "NOBLOCK does not wait",
    ),
    "Again not caught": (
        """
def collect_until_quiet(sock, quiet_ms):
    sock.rcvtimeo = quiet_ms
    messages = []
    while True:
        messages.append(sock.recv())
""",
        "catch it, and return",
    ),
    "a clock and NOBLOCK": (
        """
import time, zmq
def collect_until_quiet(sock, quiet_ms):
    messages, last = [], time.monotonic()
    while time.monotonic() - last < quiet_ms / 1000:
        try:
            messages.append(sock.recv(zmq.NOBLOCK))
            last = time.monotonic()
        except zmq.Again:
            pass
    return messages
""",
        "Let recv() do the waiting",
    ),
    "a deadline for all": (
        """
import time, zmq
def collect_until_quiet(sock, quiet_ms):
    messages, end = [], time.monotonic() + quiet_ms / 1000
    while (left := end - time.monotonic()) > 0:
        sock.rcvtimeo = max(1, int(1000 * left))
        try:
            messages.append(sock.recv())
        except zmq.Again:
            break
    return messages
""",
        "It gave up too soon",
    ),
    "the first five": (
        """
def collect_until_quiet(sock: 'zmq.Socket', quiet_ms: int) -> list[bytes]:
    return [sock.recv() for _ in range(5)]
""",
        "It gave up too soon",
    ),
    "text": (
        """
import zmq
def collect_until_quiet(sock: zmq.Socket, quiet_ms: int = 100) -> list[str]:
    messages = []
    sock.rcvtimeo = quiet_ms
    try:
        while True:
            messages.append(sock.recv_string())
    except zmq.Again:
        return messages
""",
        "as recv() returns it",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "poll": """
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while sock.poll(quiet_ms):
        messages.append(sock.recv())
    return messages
""",
    "a Poller": """
import zmq
def collect_until_quiet(sock, quiet_ms):
    poller = zmq.Poller()
    poller.register(sock, zmq.POLLIN)
    messages = []
    while poller.poll(quiet_ms):
        messages.append(sock.recv())
    return messages
""",
    "zmq.select": """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while zmq.select([sock], [], [], quiet_ms / 1000)[0]:
        messages.append(sock.recv())
    return messages
""",
    "setsockopt": but(_SOLUTION, ("sock.rcvtimeo = quiet_ms", "sock.setsockopt(zmq.RCVTIMEO, quiet_ms)")),
    "recv_multipart": but(
        _SOLUTION, ("messages.append(sock.recv())", "messages.extend(sock.recv_multipart())")
    ),
    "copy=False": but(_SOLUTION, ("sock.recv()", "sock.recv(copy=False).bytes")),
    "walrus and a helper": """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while (message := next_message(sock, quiet_ms)) is not None:
        messages.append(message)
    return messages
def next_message(sock, quiet_ms):
    return sock.recv(zmq.NOBLOCK) if sock.poll(quiet_ms) else None
""",
    "a generator": """
import zmq
def until_quiet(sock, quiet_ms):
    sock.rcvtimeo = quiet_ms
    try:
        while True:
            yield sock.recv()
    except zmq.Again:
        return
def collect_until_quiet(sock, quiet_ms):
    return list(until_quiet(sock, quiet_ms))
""",
    "recursion": """
import zmq
def collect_until_quiet(sock, quiet_ms):
    sock.rcvtimeo = quiet_ms
    try:
        return [sock.recv(), *collect_until_quiet(sock, quiet_ms)]
    except zmq.Again:
        return []
""",
    "the descriptor": """
import select, time
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages, end = [], time.monotonic() + quiet_ms / 1000
    while True:
        if sock.events & zmq.POLLIN:
            messages.append(sock.recv())
            end = time.monotonic() + quiet_ms / 1000
        elif (left := end - time.monotonic()) > 0:
            select.select([sock.fd], [], [], left)
        else:
            return messages
""",
    "an old timeout put back": """
import zmq
def collect_until_quiet(sock, quiet_ms):
    before, sock.rcvtimeo = sock.rcvtimeo, quiet_ms
    messages = []
    try:
        while True:
            messages += [sock.recv()]
    except zmq.Again as nothing:
        assert nothing.errno == zmq.EAGAIN
    finally:
        sock.rcvtimeo = before
    return messages
""",
}

WRONG |= {
    "half as long": (but(_SOLUTION, ("= quiet_ms", "= quiet_ms // 2")), "must wait for quiet_ms after"),
    "short polls": (
        """
import time
def collect_until_quiet(sock, quiet_ms):
    messages, last = [], time.monotonic()
    while time.monotonic() - last < quiet_ms / 1000:
        if sock.poll(1):
            messages.append(sock.recv())
            last = time.monotonic()
    return messages
""",
        "It asks again and again",
    ),
    "naps": (
        """
import time, zmq
def collect_until_quiet(sock, quiet_ms):
    messages, last = [], time.monotonic()
    while time.monotonic() - last < quiet_ms / 1000:
        try:
            messages.append(sock.recv(zmq.NOBLOCK))
            last = time.monotonic()
        except zmq.Again:
            time.sleep(0.002)
    return messages
""",
        "It asks again and again",
    ),
    "sleeps and then looks": (
        """
import time
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while True:
        time.sleep(quiet_ms / 1000)
        if not sock.poll(0):
            return messages
        while sock.poll(0):
            messages.append(sock.recv())
""",
        "what is its last wait made of?",
    ),
    "a second wait, to be sure": (
        but(_SOLUTION, ("return messages", "if not sock.poll(quiet_ms):\n                return messages")),
        "what is its last wait made of?",
    ),
    "counts short timeouts": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages, silent, sock.rcvtimeo = [], 0, 5
    while silent < quiet_ms:
        try:
            messages.append(sock.recv())
            silent = 0
        except zmq.Again:
            silent += 5
    return messages
""",
        "It asks again and again",
    ),
    "closes it": (
        but(
            _SOLUTION,
            ("            return messages", "            sock.close()\n            return messages"),
        ),
        "leave them open",
    ),
    "with closes it": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    with sock:
        while sock.poll(quiet_ms):
            messages.append(sock.recv())
    return messages
""",
        "leave them open",
    ),
    "a number": (but(_SOLUTION, ("return messages", "return len(messages)")), "Return the list"),
    "returns nothing": (but(_SOLUTION, ("return messages", "return")), "Return the list"),
    "a tuple": (but(_SOLUTION, ("return messages", "return tuple(messages)")), "Return the list"),
    "backwards": (
        but(_SOLUTION, ("messages.append(sock.recv())", "messages.insert(0, sock.recv())")),
        "Put each message into the list once",
    ),
    "each twice": (
        but(_SOLUTION, ("messages.append(sock.recv())", "messages += 2 * [sock.recv()]")),
        "Put each message into the list once",
    ),
    "throws one away": (
        but(_SOLUTION, ("sock.recv()", "sock.recv() and sock.recv()")),
        "Put each message into the list once",
    ),
    "one message": (
        but(_SOLUTION, ("messages.append(sock.recv())", "return [sock.recv()]")),
        "It must go on until",
    ),
    "RCVTIMEO after the first": (
        """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    try:
        while True:
            messages.append(sock.recv())
            sock.setsockopt(zmq.RCVTIMEO, quiet_ms)
    except zmq.Again:
        return messages
""",
        "may never come",
    ),
    "the time of a first call": (
        but(_SOLUTION, ("sock.rcvtimeo = quiet_ms", "sock.rcvtimeo = 200")),
        "It gave up too soon",
    ),
    "None, if there are none": (
        but(_SOLUTION, ("return messages", "return messages or None")),
        "the list is empty",
    ),
    "a broad except": (
        but(_SOLUTION, ("sock.recv()", "sock.receive()"), ("zmq.Again", "Exception")),
        "It must go on until",
    ),
    "poll without a timeout": (
        """
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while sock.poll():
        messages.append(sock.recv())
    return messages
""",
        "what makes that give up?",
    ),
}

WRONG |= {
    "a timeout of 0": (
        but(_SOLUTION, ("rcvtimeo = quiet_ms", "rcvtimeo = int(quiet_ms / 1000)")),
        "its RCVTIMEO is 0",
    ),
    "a timeout of 0, and again": (
        but(
            _SOLUTION,
            ("rcvtimeo = quiet_ms", "rcvtimeo = 0"),
            ("            return messages", "            pass"),
        ),
        "its RCVTIMEO is 0",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "poll",
    "an old timeout put back",
    "twice as long",
    "the first without a timeout",
    "sleeps and then looks",
    "no timeout",
    "seconds",
    "NOBLOCK",
    "a deadline for all",
    "text",
]
