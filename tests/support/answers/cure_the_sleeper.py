"""Cures of 13's server, right and wrong."""

from ._variants import but

PATIENT = """
import select, time, zmq
def cure_the_sleeper(server, answer, stop):
    while not stop.is_set():
        if select.select([server.fd], [], [], 0.2)[0]:
            questions = []
            while server.events & zmq.POLLIN:
                questions.append(server.recv(zmq.NOBLOCK))
            for question in questions:
                server.send(answer(question))
"""
CURED = """
import select, time, zmq
def cure_the_sleeper(server, answer, stop):
    while not stop.is_set():
        select.select([server.fd], [], [], 0.2)
        while server.events & zmq.POLLIN:
            server.send(answer(server.recv(zmq.NOBLOCK)))
"""
POLLS = """
def cure_the_sleeper(server, answer, stop):
    while not stop.is_set():
        if server.poll(200):
            server.send(answer(server.recv()))
"""
WITHOUT_THE_RING = but(
    PATIENT,
    (
        "        if select.select([server.fd], [], [], 0.2)[0]:\n",
        "        select.select([server.fd], [], [], 0.2)\n        if True:\n",
    ),
)

RIGHT = {
    "the solution": CURED,
    "a poll": POLLS,
    "asks first": but(
        PATIENT,
        (
            "        if select.select([server.fd], [], [], 0.2)[0]:\n",
            "        if server.events & zmq.POLLIN or select.select([server.fd], [], [], 0.2)[0]:\n",
        ),
    ),
    "a poller": """
import zmq
def cure_the_sleeper(server, answer, stop):
    poller = zmq.Poller()
    poller.register(server, zmq.POLLIN)
    while not stop.is_set():
        if poller.poll(100):
            server.send(answer(server.recv(zmq.NOBLOCK)))
""",
    "zmq.select": but(
        POLLS, ("server.poll(200)", "zmq.select([server], [], [], 0.1)[0]"), ("\ndef", "\nimport zmq\ndef")
    ),
    "rcvtimeo": """
import zmq
def cure_the_sleeper(server, answer, stop):
    server.rcvtimeo = 100
    while not stop.is_set():
        try:
            question = server.recv()
        except zmq.Again:
            continue
        server.send(answer(question))
""",
    "rounds until there is nothing": """
import select, zmq
def cure_the_sleeper(server, answer, stop):
    while not stop.is_set():
        select.select([server.fd], [], [], 0.2)
        while True:
            questions = []
            while server.events & zmq.POLLIN:
                questions.append(server.recv(zmq.NOBLOCK))
            if not questions:
                break
            for question in questions:
                server.send(answer(question))
""",
    "Again ends it": """
import select, zmq
def cure_the_sleeper(server, answer, stop):
    while not stop.is_set():
        select.select([server.fd], [], [], 0.1)
        try:
            while True:
                server.send(answer(server.recv(zmq.NOBLOCK)))
        except zmq.Again:
            pass
""",
}

WRONG = {
    "a timeout over it": (WITHOUT_THE_RING, "A timeout over a lost wake-up"),
    "a shorter timeout over it": (
        but(WITHOUT_THE_RING, ("0.2", "0.05")),
        "A timeout over a lost wake-up",
    ),
    "a timeout that is a nap": (
        but(WITHOUT_THE_RING, ("0.2", "0.01")),
        "A short timeout hides what does not wake it",
    ),
    "one for each ring": (
        but(PATIENT, ("while server.events", "if server.events")),
        "A send takes in news",
    ),
    "asked again, and not received": (
        but(
            PATIENT,
            (
                "server.send(answer(question))\n",
                "server.send(answer(question))\n            _ = server.events\n",
            ),
        ),
        "A send takes in news",
    ),
    "asks all the time": (
        but(CURED, ("        select.select([server.fd], [], [], 0.2)\n", "")),
        "let it ask before it sleeps",
    ),
    "a nap in place of the bell": (
        but(CURED, ("select.select([server.fd], [], [], 0.2)", "time.sleep(0.02)")),
        "A nap makes it cheaper, and late",
    ),
    "recv()": (
        """
def cure_the_sleeper(server, answer, stop):
    while not stop.is_set():
        server.send(answer(server.recv()))
""",
        "Where does it look at stop?",
    ),
    "a poll without a limit": (
        but(POLLS, ("server.poll(200)", "server.poll()")),
        "give it 100",
    ),
    "answers every other one": (
        but(
            CURED,
            (
                "            server.send(answer(server.recv(zmq.NOBLOCK)))\n",
                "            question = server.recv(zmq.NOBLOCK)\n            if int(question) % 2:\n"
                "                server.send(answer(question))\n",
            ),
        ),
        "Each question gets one answer",
    ),
    "sends first, and answers then": (
        but(CURED, ("server.send(answer(server.recv(zmq.NOBLOCK)))", "answer(server.recv(zmq.NOBLOCK))")),
        "Each question gets one answer",
    ),
    "asks before each send": (
        but(
            PATIENT,
            (
                "                server.send(answer(question))\n",
                "                reply = answer(question)\n                _ = server.events\n"
                "                server.send(reply)\n",
            ),
        ),
        "A send takes in news",
    ),
    "ignores stop": (
        but(CURED, ("while not stop.is_set()", "while True")),
        "Where does it look at stop?",
    ),
    "returns in silence": (
        but(
            CURED,
            (
                "        select.select([server.fd], [], [], 0.2)\n",
                "        if not select.select([server.fd], [], [], 0.05)[0]:\n            return\n",
            ),
        ),
        "Go on until stop.is_set()",
    ),
    "answers at the end": (
        """
import zmq
def cure_the_sleeper(server, answer, stop):
    questions = []
    while not stop.is_set():
        if server.poll(100):
            questions.append(server.recv())
    for question in questions:
        server.send(answer(question))
""",
        "Answer each question before",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "a timeout over it",
    "a timeout that is a nap",
    "answers at the end",
]
