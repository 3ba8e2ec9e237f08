"""Exercises: wrong answers are refused with the hint that fits, right ones pass, and all is survived."""

import _thread
import importlib
import os
import threading
import time

import psutil
import pytest
import zmq
from answers import ANSWERS, define
from kernels import NOTEBOOKS, code_cells
from until import until

from pollerlab.exercises import EXERCISES, check, serve_both
from pollerlab.exercises.harness import Harness
from pollerlab.exercises.run import Run
from pollerlab.process import child

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]

LIMITED = 8.0  # seconds; each exercise has a limit of about 5


def said_of(function, capsys):
    check(function)
    return capsys.readouterr().out


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: f"{answer.exercise}, {answer.name}")
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


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_exercise_has_a_right_answer_and_four_wrong_ones(exercise):
    hints = [answer.hint for answer in ANSWERS if answer.exercise == exercise]
    assert hints.count(None) == 1
    assert len(set(hints)) >= 5


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
    monkeypatch.setattr(serve_both, "LIMIT", serve_both.LIMIT / 2)  # those without end burn for as long
    begin = time.monotonic()
    said = said_of(define(f"def serve_both(tasks, control, on_task):\n    {body}\n", "serve_both"), capsys)
    assert time.monotonic() - begin < LIMITED
    assert said.startswith("Not yet: serve_both\n"), said
    assert expected in said
    assert len(said) < 4000
    with zmq.Context() as context, context.socket(zmq.PUB) as still_works:
        assert still_works.poll(0, zmq.POLLOUT)


def method_like():
    def serve_both(tasks, control, on_task):
        return other

    other = 1
    return serve_both


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
        (method_like(), "serve_both uses other of the function around it"),
        (method_like, "There is no exercise method_like"),
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
    until(lambda: not psutil.pid_exists(event["pid"]) or psutil.Process(event["pid"]).status() == "zombie")


def test_what_a_crowded_machine_does_is_not_held_against_a_loop():
    """Ready and without a core for 0.1 of 0.3 seconds: a third of a core is half of what it could have."""
    at = [
        {"t": t, "cpu": cpu, "waited": waited, "counts": {}, "inside": []}
        for t, cpu, waited in [(0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (0.2, 0.1, 0.1), (0.3, 0.1, 0.1)]
    ]
    run = Run(child.Ended(at, "", False, 0))
    assert run.share(0.0, 0.3) == pytest.approx(0.5)


def test_a_loop_that_leaves_no_time_for_snapshots_was_not_idle():
    at = [
        {"t": t, "cpu": t, "waited": 0.0, "counts": {}, "inside": []} for t in (0.0, 0.25, 0.6)
    ]  # and none between 0.3 and 0.55
    assert Run(child.Ended(at, "", False, 0)).share(0.3, 0.55) == pytest.approx(1)


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
