"""Exercises: wrong answers are refused with the hint that fits, right ones pass, and all is survived."""

import _thread
import importlib
import os
import threading
import time
from contextlib import suppress

import psutil
import pytest
import zmq
from answers import ANSWERS, define
from kernels import NOTEBOOKS, code_cells, read
from until import has_ended, until

from pollerlab.exercises import EXERCISES, check, serve_both, tried
from pollerlab.exercises.harness import Harness
from pollerlab.process import child

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def said_of(function, capsys):
    check(function)
    return capsys.readouterr().out


@pytest.mark.parametrize("answer", [answer for answer in ANSWERS if answer.in_the_tests], ids=str)
def test_each_answer_gets_its_verdict(answer, capsys):
    exercise = importlib.import_module(f"pollerlab.exercises.{answer.exercise}")
    if not getattr(exercise, "AVAILABLE", True):
        pytest.skip("needs Linux")
    said = said_of(define(answer.source, answer.exercise), capsys)
    if answer.hint is None:
        assert said.startswith(f"Solved: {answer.exercise}\n"), said
        assert "Hint" not in said
    else:
        assert said.startswith(f"Not yet: {answer.exercise}\n"), said
        assert answer.hint in said.split("Hint: ")[1]


def test_a_run_that_was_disturbed_is_followed_by_another():
    """Its first process is stopped for 60 ms, again and again."""
    right = next(answer for answer in ANSWERS if answer.exercise == "keep_up" and answer.hint is None)
    children, others, over = [], psutil.Process().children(), threading.Event()

    def disturb():
        while not over.wait(0.1):
            new = (child for child in psutil.Process().children() if child not in others)
            children.extend(child.pid for child in new if child.pid not in children)
            with suppress(psutil.NoSuchProcess, IndexError):
                first = psutil.Process(children[0])
                first.suspend()
                over.wait(0.06)
                first.resume()

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        said, _ = tried(define(right.source, right.exercise))
    finally:
        over.set()
        disturber.join()
    assert said.startswith("Solved: keep_up\n"), said
    assert 2 <= len(children) <= 3


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_exercise_has_right_answers_in_eight_styles_and_fifteen_wrong_ones(exercise):
    hints = [answer.hint for answer in ANSWERS if answer.exercise == exercise]
    assert hints.count(None) >= 8
    assert len(hints) - hints.count(None) >= 15
    assert all(hints.count(hint) <= 8 for hint in set(hints) - {None}), "each has its own cause"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_exercise_is_in_a_notebook_with_stub_and_solution(exercise):
    """Both are compared when the notebooks are tested; here, that they are there and say what they should."""
    stubs, solutions = [], []
    for path in NOTEBOOKS:
        for source in code_cells(path):
            if f"check({exercise})" in source:
                (solutions if source.startswith("# Solution (click to open)\n") else stubs).append(source)
    assert len(stubs) == len(solutions) == 1
    assert f"def {exercise}(" in stubs[0]
    assert f"def {exercise}(" in solutions[0]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_text_of_an_exercise_has_the_figures_that_its_verdict_holds(exercise):
    asks = importlib.import_module(f"pollerlab.exercises.{exercise}").ASKS
    texts = [cell.source for path in NOTEBOOKS for cell in read(path).cells if cell.cell_type == "markdown"]
    (text,) = (text for text in texts if "### Exercise: " in text and f"`{exercise}(" in text)
    words = " ".join(text.split())
    assert asks
    assert [figure for figure in asks if figure not in words] == []


CURES = [exercise for exercise in EXERCISES if exercise.startswith("cure_")]


@pytest.mark.parametrize("exercise", CURES)
def test_the_patient_in_the_notebook_is_the_one_that_is_compared(exercise, capsys):
    (stub, _) = (
        source for path in NOTEBOOKS for source in code_cells(path) if f"check({exercise})" in source
    )
    source = stub[stub.index(f"def {exercise}") : stub.index(f"check({exercise})")]
    said = said_of(define(source, exercise), capsys)
    assert said == f"Not yet: {exercise} is the patient as it came. Cure it, and run this cell again.\n"


EMPTY = [
    "def pass_on(source, sink, stop):\n    ...\n",
    'def pass_on(source, sink, stop):\n    """Move messages."""\n',
    "def pass_on(source, sink, stop):\n    pass  # your loop\n",
]


@pytest.mark.parametrize("source", EMPTY)
def test_a_stub_is_refused_with_a_fixed_text(source, capsys):
    said = said_of(define(source, "pass_on"), capsys)
    assert said == "Not yet: pass_on is empty so far. Fill it in, and run this cell again.\n"


# What a beginner's loop may do besides being wrong

HOSTILE = {
    "never returns": ("while True: pass", "never received, polled or slept"),
    "raises": ("raise RuntimeError('no idea')", "RuntimeError: no idea, in the line `raise RuntimeError"),
    "returns at once": ("return 0", "before STOP"),
    "swallows exceptions": (
        "while True:\n        try:\n            control.recv(1, 2, 3, 4)\n        except BaseException: pass",
        "Hint: ",
    ),
    "blocks in recv": (
        "tasks.recv()\n    control.recv()\n    tasks.recv()\n    control.recv()",
        "held the tasks up",
    ),
    "closes our socket": ("tasks.close()\n    control.recv()", "The sockets belong to the caller"),
    "terminates the context": ("tasks.context.term()", "leave it alone"),
    "destroys the context": ("tasks.context.destroy()\n    return 0", "leave them open"),
    "prints without end": ("while True: print('again and again')", "and so on: the rest is left out"),
    "a name that is nowhere": ("return zmk.Poller()", "NameError: name 'zmk' is not defined"),
    "aborts": ("import os; os.abort()", "came to an end by itself"),
    "exits": ("import os; os._exit(3)", "came to an end by itself (exit code 3)"),
    "raises SystemExit": ("raise SystemExit('bye')", "It raised SystemExit: bye"),
    "starts threads": (
        "import threading, time\n    threading.Thread(target=time.sleep, args=[100]).start()\n    return 0",
        "before STOP",
    ),
    "starts a process": (
        "import subprocess, sys\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n    return 0",
        "before STOP",
    ),
    "asks for input": ("input('? ')", "EOFError"),
    "checks itself": ("from pollerlab.exercises import check\n    check(serve_both)", "starts no other"),
    "ends quietly": ("import os; os._exit(0)", "came to an end by itself"),
    "is a generator": ("yield tasks.recv()", "leave these out"),
    "recursion": ("return serve_both(tasks, control, on_task)", "RecursionError"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_everything_is_survived(name, capsys, monkeypatch):
    body, expected = HOSTILE[name]
    monkeypatch.setattr(serve_both, "LIMIT", serve_both.LIMIT / 3)  # those without end burn for as long
    begin = time.monotonic()
    said = said_of(define(f"def serve_both(tasks, control, on_task):\n    {body}\n", "serve_both"), capsys)
    # Three runs at most, on a crowded machine each of at most twice the limit, and a second to start.
    assert time.monotonic() - begin < 3 * (2 * serve_both.LIMIT + 1)
    assert said.startswith("Not yet: serve_both\n"), said
    assert expected in said
    assert len(said) < 4000
    with zmq.Context() as context, context.socket(zmq.PUB) as still_works:
        assert still_works.poll(0, zmq.POLLOUT)


def inside():
    def serve_both(tasks, control, on_task):
        nonlocal other
        other += 1

    other = 1
    return serve_both


class Server:
    def serve_both(self, tasks, control, on_task):
        return 0


def test_what_cannot_be_sent_gets_a_sentence(capsys):
    terminal = {}
    exec("def serve_both(tasks, control, on_task): return 1", terminal)  # noqa: S102 (as in a terminal: no source)
    cases = [
        (42, "42 is not a function"),
        (len, "is not a function"),
        (zmq.Poller, "is not a function"),
        (None, "is not a function"),
        (lambda a, b, c: 0, "A lambda cannot be sent"),
        (terminal["serve_both"], "The source of serve_both cannot be found: define it with def in a cell"),
        (inside(), "serve_both uses other of the function around it"),
        (inside, "There is no exercise inside"),
        (Server().serve_both, "serve_both is a method: hand in a function that makes the object"),
        (Server, "is not a function"),
        (
            define(
                "import zmq\nthing = zmq.Context()\ndef serve_both(t, c, o): return thing\n", "serve_both"
            ),
            "serve_both uses thing, a Context, which cannot be sent",
        ),
    ]
    cases[-1][0].__globals__["thing"].term()
    for function, sentence in cases:
        said = said_of(function, capsys)
        assert said.startswith("Not yet: ")
        assert sentence in said
        assert said.count("\n") == 1


USES = """
import math, time as clock
from collections import deque
from zmq import POLLIN, Poller
LIMIT = 5
NAMES = {"a": (1, None), "b": [2.5, b"x"]}
def helper(poller, sock):
    return second(poller, sock)
def second(poller, sock):
    poller.register(sock, POLLIN)
    return helper
def serve_both(tasks, control, on_task):
    assert clock.time() and math.pi and deque([1]) and NAMES["b"][1] == b"x"
    poller = Poller()
    for sock in (tasks, control):
        helper(poller, sock)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            return done
        for _ in range(LIMIT):
            if tasks in ready and tasks.poll(0):
                on_task(tasks.recv())
                done += 1
"""


def test_what_the_function_uses_is_sent_with_it(capsys):
    assert said_of(define(USES, "serve_both"), capsys).startswith("Solved: serve_both\n")


LEADS_TO = """
import functools, zmq
from dataclasses import dataclass

def serving(*socks):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)
        return wrapper
    return decorate

class Watch:
    def __init__(self, *socks):
        self.poller = zmq.Poller()
        for sock in socks:
            self.poller.register(sock, zmq.POLLIN)

@dataclass
class Count:
    done: int = 0

class Server(Watch):
    most = 5

    def __init__(self, tasks, control, on_task):
        super().__init__(tasks, control)
        self.tasks, self.control, self.on_task, self.count = tasks, control, on_task, Count()

    @property
    def ready(self):
        return dict(self.poller.poll())

    def run(self):
        while self.control not in self.ready:
            self.on_task(self.tasks.recv())
            self.count.done += 1
        return self.count.done

def make(kind):
    @serving()
    def serve_both(tasks, control, on_task):
        return kind(tasks, control, on_task).run()
    return serve_both

serve_both = make(Server)
"""


def test_classes_decorators_and_functions_inside_functions_go_along(capsys):
    assert said_of(define(LEADS_TO, "serve_both"), capsys).startswith("Solved: serve_both\n")


def test_a_class_whose_source_is_nowhere_gets_a_sentence(capsys):
    serve_both = define("def serve_both(tasks, control, on_task):\n    return Kind()\n", "serve_both")
    serve_both.__globals__["Kind"] = type("Kind", (), {"__module__": "__main__"})
    assert "The source of the class Kind cannot be found" in said_of(serve_both, capsys)


def test_it_prints_what_the_function_prints(capsys):
    said = said_of(
        define(
            "def timeout_for(deadline, now):\n    print('hello', deadline)\n    return 1\n", "timeout_for"
        ),
        capsys,
    )
    assert "It printed:\nhello None" in said


def test_an_interrupt_ends_the_child(capsys, not_deaf_to_interrupts):
    function = define("def serve_both(tasks, control, on_task):\n    while True: pass\n", "serve_both")
    later = threading.Timer(0.7, _thread.interrupt_main)
    later.start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        check(function)
    assert time.monotonic() - begin < 3
    later.join()


SCENE = """
import subprocess, sys

def scene(job, send):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
    send({"pid": process.pid, "job": job})
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_what_the_child_started_ends_with_it(tmp_path, monkeypatch):
    (tmp_path / "scene_of_a_test.py").write_text(SCENE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ended = child.run_scene("scene_of_a_test", {"a": 1}, limit=10)
    assert ended.exit_code == 0
    (event,) = ended.events
    assert event["job"] == {"a": 1}
    until(lambda: has_ended(event["pid"]))


def test_no_snapshot_overtakes_another():
    sent, second = [], threading.Event()

    def send(event):
        if threading.current_thread() is late:
            second.set()
        else:
            late.start()
            assert not second.wait(0.2)
        sent.append(event)

    harness = Harness({}, send)
    harness.context.term()
    late = threading.Thread(target=harness._snapshot)
    harness._snapshot()
    late.join()
    assert [event["t"] for event in sent] == sorted(event["t"] for event in sent)
