"""Cures of 12's worker, right and wrong."""

from ._variants import but

PATIENT = """
import math, threading, time
def cure_the_worker(tasks, boss, do, stop):
    while not stop.is_set():
        if tasks.poll(60):
            do(tasks.recv())
        else:
            boss.send(b"alive")
"""
CURED = """
import math, threading, time
def cure_the_worker(tasks, boss, do, stop):
    due = time.monotonic()
    while not stop.is_set():
        left = due - time.monotonic()
        if tasks.poll(max(0, math.ceil(1000 * left))):
            do(tasks.recv())
        if time.monotonic() >= due:
            boss.send(b"alive")
            due = time.monotonic() + 0.06
"""

RIGHT = {
    "the solution": CURED,
    "keeps the pace": but(
        CURED, ("due = time.monotonic() + 0.06", "due = max(due + 0.06, time.monotonic())")
    ),
    "in milliseconds": but(CURED, ("math.ceil(1000 * left)", "int(1000 * left) + 1")),
    "the clock first": but(
        CURED,
        (
            '        if time.monotonic() >= due:\n            boss.send(b"alive")\n'
            "            due = time.monotonic() + 0.06\n",
            "",
        ),
        (
            "        left = due",
            '        if time.monotonic() >= due:\n            boss.send(b"alive")\n'
            "            due = time.monotonic() + 0.06\n        left = due",
        ),
    ),
    "a poller": """
import math, time, zmq
def cure_the_worker(tasks, boss, do, stop):
    poller, due = zmq.Poller(), time.monotonic()
    poller.register(tasks, zmq.POLLIN)
    while not stop.is_set():
        left = math.ceil(1000 * (due - time.monotonic()))
        for inbox, _ in poller.poll(max(0, left)):
            do(inbox.recv(zmq.NOBLOCK))
        if time.monotonic() >= due:
            boss.send(b"alive")
            due = time.monotonic() + 0.06
""",
    "drains five": but(
        CURED,
        (
            "            do(tasks.recv())\n",
            "            for _ in range(5):\n"
            "                if tasks.poll(0):\n"
            "                    do(tasks.recv())\n",
        ),
    ),
    "a function that signs": """
import math, time
def cure_the_worker(tasks, boss, do, stop):
    due = 0.0
    def sign():
        nonlocal due
        if (now := time.monotonic()) >= due:
            boss.send(b"alive")
            due = now + 0.06
    while not stop.is_set():
        sign()
        if tasks.poll(max(1, math.ceil(1000 * (due - time.monotonic())))):
            do(tasks.recv())
""",
    "zmq.select": but(
        CURED,
        ("import math, threading, time", "import math, threading, time, zmq"),
        ("tasks.poll(max(0, math.ceil(1000 * left)))", "zmq.select([tasks], [], [], seconds)[0]"),
        (
            "        left = due - time.monotonic()\n",
            "        seconds = max(0, math.ceil(1000 * (due - time.monotonic()))) / 1000\n",
        ),
    ),
}

WRONG = {
    "counts tasks": (
        """
def cure_the_worker(tasks, boss, do, stop):
    done = 0
    while not stop.is_set():
        if tasks.poll(60):
            do(tasks.recv())
            done += 1
            if done % 4 == 0:
                boss.send(b"alive")
        else:
            boss.send(b"alive")
""",
        "So many are no sign of life",
    ),
    "a thread that beats": (
        """
import threading
def cure_the_worker(tasks, boss, do, stop):
    def beat():
        while not stop.wait(0.06):
            boss.send(b"alive")
    thread = threading.Thread(target=beat)
    thread.start()
    while not stop.is_set():
        if tasks.poll(60):
            do(tasks.recv())
    thread.join()
""",
        "The boss is told a lie",
    ),
    "a shorter timeout": (
        but(PATIENT, ("poll(60)", "poll(45)")),
        "Each task starts its 60 ms anew",
    ),
    "a timeout shorter than the pause between tasks": (
        but(PATIENT, ("poll(60)", "poll(5)")),
        "So many are no sign of life",
    ),
    "a sign after each task": (
        but(
            PATIENT,
            (
                "            do(tasks.recv())\n",
                '            do(tasks.recv())\n            boss.send(b"alive")\n',
            ),
        ),
        "So many are no sign of life",
    ),
    "a deadline that each task moves": (
        but(
            CURED,
            (
                "            do(tasks.recv())\n",
                "            do(tasks.recv())\n            due = time.monotonic() + 0.06\n",
            ),
        ),
        "Each task starts its 60 ms anew",
    ),
    "seconds": (
        but(CURED, ("math.ceil(1000 * left)", "left")),
        "in whole milliseconds",
    ),
    "looks at the clock on timeout only": (
        but(CURED, ("        if time.monotonic() >= due:", "        elif time.monotonic() >= due:")),
        "look at it after each task",
    ),
    "drains, with a deadline": (
        but(
            CURED,
            (
                "            do(tasks.recv())\n",
                "            do(tasks.recv())\n"
                "            while tasks.poll(0):\n"
                "                do(tasks.recv())\n",
            ),
        ),
        "look at it after each task",
    ),
    "empties the queue, and no clock in it": (
        but(
            PATIENT,
            (
                "            do(tasks.recv())\n",
                "            while tasks.poll(30):\n                do(tasks.recv())\n",
            ),
        ),
        "Each task starts its 60 ms anew",
    ),
    "asks all the time": (
        but(CURED, ("tasks.poll(max(0, math.ceil(1000 * left)))", "tasks.poll(0)")),
        "Let poll() wait until the next sign is due",
    ),
    "naps of a millisecond": (
        but(
            CURED,
            ("tasks.poll(max(0, math.ceil(1000 * left)))", "tasks.poll(0)"),
            ("        left = due", "        time.sleep(0.001)\n        left = due"),
        ),
        "in whole milliseconds, rounded up",
    ),
    "waits for a task": (
        but(CURED, ("tasks.poll(max(0, math.ceil(1000 * left)))", "tasks.poll()")),
        "give it 100",
    ),
    "a negative timeout": (
        but(CURED, ("max(0, math.ceil(1000 * left))", "-1")),
        "A negative timeout means for ever.",
    ),
    "a timer that beats": (
        """
import threading
def cure_the_worker(tasks, boss, do, stop):
    def beat():
        if not stop.is_set():
            boss.send(b"alive")
            threading.Timer(0.06, beat).start()
    beat()
    while not stop.is_set():
        if tasks.poll(60):
            do(tasks.recv())
""",
        "The boss is told a lie",
    ),
    "ignores stop": (
        but(CURED, ("while not stop.is_set()", "while True")),
        "Where does it look at stop?",
    ),
    "returns in silence": (
        but(
            CURED,
            (
                "            do(tasks.recv())\n",
                "            do(tasks.recv())\n"
                "        elif due < time.monotonic() - 0.01:\n"
                "            return\n",
            ),
            (
                "        if time.monotonic() >= due:",
                "        if tasks.poll(0) == 0 and time.monotonic() >= due + 0.02:\n"
                "            return\n"
                "        if time.monotonic() >= due:",
            ),
        ),
        "Go on until stop.is_set()",
    ),
    "every other task": (
        but(
            CURED,
            (
                "            do(tasks.recv())\n",
                "            task = tasks.recv()\n"
                "            if int(task) % 2 == 0:\n"
                "                do(task)\n",
            ),
        ),
        "Each task is done once",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "counts tasks",
    "a thread that beats",
    "a deadline that each task moves",
    "asks all the time",
]
