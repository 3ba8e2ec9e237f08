"""Answers to 05, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    message = None
    while not stop.is_set():
        if not poller.poll(100):
            continue
        if message is None:
            message = source.recv()
            poller.unregister(source)
            poller.register(sink, zmq.POLLOUT)
        else:
            sink.send(message)
            message = None
            poller.unregister(sink)
            poller.register(source, zmq.POLLIN)
""",
}

WRONG = {
    "blocking send": (
        """
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            sink.send(source.recv())
""",
        "deaf to stop",
    ),
    "Again ignored": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            message = source.recv()
            try:
                sink.send(message, zmq.NOBLOCK)
            except zmq.Again:
                pass
""",
        "it has not taken the message",
    ),
    "a list as buffer": (
        """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(sink, zmq.POLLOUT)
    queue = []
    while not stop.is_set():
        ready = dict(poller.poll(100))
        if source in ready:
            queue.append(source.recv())
        if sink in ready and queue:
            sink.send(queue.pop(0))
""",
        "let the source wait",
    ),
    "both flags always": (
        """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(sink, zmq.POLLOUT)
    while not stop.is_set():
        ready = dict(poller.poll(100))
        if source in ready and sink in ready:
            sink.send(source.recv())
""",
        "Ask only for what you can use",
    ),
    "gives up on a message": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            message = source.recv()
            if sink.poll(10, zmq.POLLOUT):
                sink.send(message)
""",
        "Keep the message until there is room",
    ),
    "an event is no socket": (
        """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(stop, zmq.POLLIN)
    while stop not in dict(poller.poll()):
        sink.send(source.recv())
""",
        "stop is a threading.Event here",
    ),
    "no timeout": (
        """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    message = None
    while not stop.is_set():
        poller.poll()
        if message is None:
            message = source.recv()
            poller.register(source, 0)
            poller.register(sink, zmq.POLLOUT)
        else:
            sink.send(message)
            message = None
            poller.register(sink, 0)
            poller.register(source, zmq.POLLIN)
""",
        "without a timeout",
    ),
    "sends something else": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100) and sink.poll(100, zmq.POLLOUT):
            sink.send(b"got " + source.recv())
""",
        "as it was received",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "each in turn": """
import zmq
def pass_on(source, sink, stop):
    message = None
    while not stop.is_set():
        if message is None:
            if source.poll(100):
                message = source.recv()
        elif sink.poll(100, zmq.POLLOUT):
            sink.send(message)
            message = None
""",
    "zmq.select": """
import zmq
def pass_on(source, sink, stop):
    hand = []
    while not stop.is_set():
        if hand:
            if zmq.select([], [sink], [], 0.1)[1]:
                sink.send(hand.pop())
        elif zmq.select([source], [], [], 0.1)[0]:
            hand.append(source.recv())
""",
    "NOBLOCK and Again": """
import zmq
def pass_on(source, sink, stop):
    message = None
    while not stop.is_set():
        try:
            if message is None:
                message = source.recv(zmq.NOBLOCK)
            sink.send(message, zmq.NOBLOCK)
            message = None
        except zmq.Again:
            if message is None:
                source.poll(100)
            else:
                sink.poll(100, zmq.POLLOUT)
""",
    "timeouts of the sockets": """
import zmq
def pass_on(source, sink, stop):
    source.rcvtimeo = sink.sndtimeo = 100
    message = None
    while not stop.is_set():
        try:
            message = source.recv() if message is None else message
            sink.send(message)
            message = None
        except zmq.Again:
            pass
""",
    "modify": """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(sink, 0)
    message = None
    while not stop.is_set():
        ready = dict(poller.poll(100))
        if source in ready:
            message = source.recv()
        elif sink in ready:
            sink.send(message)
            message = None
        poller.modify(source, zmq.POLLIN if message is None else 0)
        poller.modify(sink, 0 if message is None else zmq.POLLOUT)
""",
    "two pollers": """
import zmq
def one(sock, flag):
    poller = zmq.Poller()
    poller.register(sock, flag)
    return poller
def pass_on(source, sink, stop):
    full, room = one(source, zmq.POLLIN), one(sink, zmq.POLLOUT)
    while not stop.is_set():
        if not full.poll(50):
            continue
        message = source.recv()
        while not stop.is_set():
            if room.poll(50):
                sink.send(message)
                break
""",
    "room first": """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100) and sink.poll(100, zmq.POLLOUT):
            sink.send(source.recv())
""",
    "multipart": but(
        _SOLUTION, ("source.recv()", "source.recv_multipart()"), ("sink.send(", "sink.send_multipart(")
    ),
    "copy=False": but(_SOLUTION, ("source.recv()", "source.recv(copy=False)")),
    "walrus and a generator": """
import zmq
def messages(source, stop):
    while not stop.is_set():
        if source.poll(100):
            yield source.recv()
def pass_on(source, sink, stop):
    for message in messages(source, stop):
        while not (room := sink.poll(100, zmq.POLLOUT)) and not stop.is_set():
            pass
        if room:
            sink.send(message)
""",
    "a class": """
import zmq
def pass_on(source, sink, stop):
    class Hand:
        def __init__(self):
            self.message = None
            self.poller = zmq.Poller()
            self.poller.register(source, zmq.POLLIN)
        def take(self):
            self.message = source.recv()
            self.poller.unregister(source)
            self.poller.register(sink, zmq.POLLOUT)
        def give(self):
            sink.send(self.message)
            self.message = None
            self.poller.unregister(sink)
            self.poller.register(source, zmq.POLLIN)
    hand = Hand()
    while not stop.is_set():
        if hand.poller.poll(100):
            hand.take() if hand.message is None else hand.give()
""",
}

WRONG |= {
    "POLLOUT with empty hands": (
        """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(sink)
    message = None
    while not stop.is_set():
        ready = dict(poller.poll(100))
        if message is None and source in ready:
            message = source.recv()
        if message is not None and sink in ready:
            sink.send(message)
            message = None
""",
        "Ask only for what you can use",
    ),
    "POLLIN with full hands": (
        but(
            _SOLUTION,
            ("            poller.unregister(source)\n", ""),
            ("            poller.register(source, zmq.POLLIN)\n", ""),
        )
        if _SOLUTION.count("poller.register(source, zmq.POLLIN)") == 1
        else """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    message = None
    while not stop.is_set():
        if message is None and poller.poll(100):
            message = source.recv()
            poller.register(sink, zmq.POLLOUT)
        elif message is not None and sink in dict(poller.poll(100)):
            sink.send(message)
            message = None
            poller.unregister(sink)
""",
        "Ask only for what you can use",
    ),
    "short polls": (
        """
import zmq
def pass_on(source, sink, stop):
    message = None
    while not stop.is_set():
        if message is None:
            if source.poll(1):
                message = source.recv()
        elif sink.poll(1, zmq.POLLOUT):
            sink.send(message)
            message = None
""",
        "sleep in poll()",
    ),
    "naps": (
        """
import time, zmq
def pass_on(source, sink, stop):
    message = None
    while not stop.is_set():
        try:
            if message is None:
                message = source.recv(zmq.NOBLOCK)
            sink.send(message, zmq.NOBLOCK)
            message = None
        except zmq.Again:
            time.sleep(0.002)
""",
        "sleep in poll()",
    ),
    "asks until there is room": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            message = source.recv()
            while not stop.is_set():
                try:
                    sink.send(message, zmq.NOBLOCK)
                    break
                except zmq.Again:
                    pass
""",
        "Ask only for what you can use",
    ),
    "a drain without a bound": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            while source.poll(0) and sink.poll(100, zmq.POLLOUT):
                sink.send(source.recv())
""",
        "a drain without a bound",
    ),
    "room for ten": (
        """
import zmq
def pass_on(source, sink, stop):
    queue = []
    while not stop.is_set():
        if len(queue) < 10 and source.poll(0 if queue else 100):
            queue.append(source.recv())
        elif queue and sink.poll(100, zmq.POLLOUT):
            sink.send(queue.pop(0))
""",
        "let the source wait",
    ),
    "a deque that forgets": (
        """
import collections, zmq
def pass_on(source, sink, stop):
    queue = collections.deque(maxlen=3)
    while not stop.is_set():
        if source.poll(0 if queue else 100):
            queue.append(source.recv())
        if queue and sink.poll(20, zmq.POLLOUT):
            sink.send(queue.popleft())
""",
        "Keep the message",
    ),
    "the newest first": (
        """
import zmq
def pass_on(source, sink, stop):
    stack = []
    while not stop.is_set():
        if source.poll(0 if stack else 100):
            stack.append(source.recv())
        if stack and sink.poll(20, zmq.POLLOUT):
            sink.send(stack.pop())
""",
        "Keep the message until there is room",
    ),
    "sends twice": (
        but(
            _SOLUTION,
            (
                "            sink.send(message)",
                "            sink.send(message)\n            sink.send(message, zmq.NOBLOCK)",
            ),
        ),
        "Again says that there is no room",
    ),
    "forgets nothing": (
        """
import zmq
def pass_on(source, sink, stop):
    message = None
    while not stop.is_set():
        if source.poll(20):
            message = source.recv()
        if message is not None and sink.poll(100, zmq.POLLOUT):
            sink.send(message)
""",
        "forget what you have sent",
    ),
    "a second of sleep": (
        but(_SOLUTION, ("poller.poll(100)", "poller.poll(1000)")),
        "Look at stop in every round",
    ),
    "stop ignored": (but(_SOLUTION, ("not stop.is_set()", "True")), "Where does it look at stop?"),
    "waits for room without an end": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            message = source.recv()
            sink.poll(None, zmq.POLLOUT)
            sink.send(message)
""",
        "without a timeout",
    ),
    "blocks in recv": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if sink.poll(100, zmq.POLLOUT):
            sink.send(source.recv())
""",
        "Receive only when poll() has found something",
    ),
    "the flags the other way round": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100, zmq.POLLOUT):
            message = source.recv()
            if sink.poll(100, zmq.POLLIN):
                sink.send(message)
""",
        "Receive from source when",
    ),
    "the other direction": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if sink.poll(100):
            source.send(sink.recv())
""",
        "Receive from source when",
    ),
    "Again at the sink ends it": (
        """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            sink.send(source.recv(), zmq.NOBLOCK)
""",
        "wait for POLLOUT",
    ),
    "a proxy": (
        """
import zmq
def pass_on(source, sink, stop):
    zmq.proxy(source, sink)
""",
        "Which line ends its loop",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "zmq.select",
    "blocks in recv",
    "a drain without a bound",
    "blocking send",
    "Again ignored",
    "no timeout",
]
