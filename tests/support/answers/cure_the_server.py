"""Cures of 12's server, right and wrong."""

from ._variants import but

PATIENT = """
import time, zmq
def cure_the_server(users, boss, answers):
    while True:
        for inbox in (users, boss):
            try:
                message = inbox.recv(zmq.NOBLOCK)
            except zmq.Again:
                continue
            if inbox is boss:
                return
            answers.send(message)
"""
_MADE = """
    poller = zmq.Poller()
    poller.register(users, zmq.POLLIN)
    poller.register(boss, zmq.POLLIN)
    while True:
        poller.poll()
"""
CURED = but(PATIENT, ("\n    while True:\n", _MADE))
READY = """
import zmq
def cure_the_server(users, boss, answers):
    poller = zmq.Poller()
    poller.register(users, zmq.POLLIN)
    poller.register(boss, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if users in ready:
            answers.send(users.recv())
        if boss in ready:
            return
"""

RIGHT = {
    "the solution": CURED,
    "by what is ready": READY,
    "with a limit": but(READY, ("poller.poll()", "poller.poll(1000)")),
    "by zmq.select": but(
        PATIENT, ("    while True:\n", "    while True:\n        zmq.select([users, boss], [], [])\n")
    ),
    "drains ten": but(
        READY,
        (
            "            answers.send(users.recv())\n",
            "            for _ in range(10):\n"
            "                if users.poll(0):\n"
            "                    answers.send(users.recv())\n",
        ),
    ),
    "one after the other": """
import zmq
def cure_the_server(users, boss, answers):
    poller = zmq.Poller()
    for inbox in (boss, users):
        poller.register(inbox, zmq.POLLIN)
    while True:
        for inbox, _ in poller.poll():
            if inbox is boss:
                return
            answers.send(inbox.recv())
""",
    "whole messages": but(
        READY, ("answers.send(users.recv())", "answers.send_multipart(users.recv_multipart(zmq.NOBLOCK))")
    ),
    "until the boss is ready": but(
        READY,
        (
            "    while True:\n        ready = dict(poller.poll())\n",
            "    while boss not in (ready := dict(poller.poll())):\n",
        ),
        ("        if boss in ready:\n            return\n", ""),
    ),
}

WRONG = {
    "the boss between two waits": (
        """
def cure_the_server(users, boss, answers):
    while not boss.poll(0):
        if users.poll(90):
            answers.send(users.recv())
""",
        "What ends its sleep, when a message comes?",
    ),
    "a nap in the spin": (
        but(
            PATIENT,
            ("                continue\n", "                time.sleep(0.01)\n                continue\n"),
        ),
        "A nap makes it cheaper, and late",
    ),
    "a poll that does not wait": (
        but(CURED, ("poller.poll()", "poller.poll(0)")),
        "It still asks over and over",
    ),
    "half a millisecond": (
        but(CURED, ("poller.poll()", "poller.poll(0.5)")),
        "cuts what is after the point",
    ),
    "the boss is in no poller": (
        but(CURED, ("    poller.register(boss, zmq.POLLIN)\n", "")),
        "The boss has spoken, and is in no poller",
    ),
    "recv() of the users": (
        but(PATIENT, ("inbox.recv(zmq.NOBLOCK)", "inbox.recv()")),
        "deaf to the other",
    ),
    "room for answers": (
        but(CURED, ("    while True:\n", "    poller.register(answers, zmq.POLLOUT)\n    while True:\n")),
        "register POLLOUT only while",
    ),
    "an empty poller": (
        but(
            CURED,
            ("    poller.register(users, zmq.POLLIN)\n    poller.register(boss, zmq.POLLIN)\n", ""),
            ("poller.poll()", "poller.poll(1000)"),
        ),
        "register something first",
    ),
    "a nap of a tenth of a second": (
        but(PATIENT, ("    while True:\n", "    while True:\n        time.sleep(0.1)\n")),
        "A nap makes it cheaper, and late",
    ),
    "returns when nobody is there": (
        but(PATIENT, ("                continue\n", "                return\n")),
        "Go on until there is a message of the boss",
    ),
    "answers of its own": (
        but(CURED, ("answers.send(message)", 'answers.send(b"hello")')),
        "Each message of a user gets one answer",
    ),
    "a nap of a millisecond": (
        but(
            PATIENT,
            ("                continue\n", "                time.sleep(0.001)\n                continue\n"),
        ),
        "A nap makes it cheaper, and late",
    ),
    "a poll of the users alone": (
        but(PATIENT, ("    while True:\n", "    while True:\n        users.poll(1000)\n")),
        "deaf to the other",
    ),
    "zmq.select that does not wait": (
        but(
            PATIENT, ("    while True:\n", "    while True:\n        zmq.select([users, boss], [], [], 0)\n")
        ),
        "It still asks over and over",
    ),
    "lets others run": (
        but(
            PATIENT,
            ("                continue\n", "                time.sleep(0)\n                continue\n"),
        ),
        "It still asks over and over",
    ),
    "deaf to the boss": (
        but(READY, ("        if boss in ready:\n            return\n", "")),
        "It still asks over and over",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "the boss between two waits",
    "a nap in the spin",
    "lets others run",
    "the boss is in no poller",
    "room for answers",
]
