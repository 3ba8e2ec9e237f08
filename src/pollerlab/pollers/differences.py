"""Where `Poller` and `EdgePoller` differ from ``zmq.Poller`` on purpose: a table whose rows can be run.

::

    for row in DIFFERENCES:
        print(row.what, row.run(zmq.Poller), row.run(Poller), row.run(EdgePoller))

Everything else is the same: `tests/test_pollers.py` is one suite over all three.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple

import zmq

from ..process import own_context

_TRIES = 5  # a call is as quick as its quickest try: the others may have had to wait for a core


class Difference(NamedTuple):
    """One row."""

    what: str
    """What is done."""
    usual: str
    """What ``zmq.Poller`` does then."""
    ours: str
    """What `Poller` does, and `EdgePoller` too, unless *edge* says something else."""
    why: str
    """The reason, as a sentence."""
    run: Callable[[type], str]
    """Does it with a poller of this class, in at most 2 s, and returns what came of it, in the words of
    *usual*, *ours* and *edge*.  Signals are for the main thread: one row runs only there."""
    edge: str | None = None
    """What `EdgePoller` does, if it is not what *ours* says."""


def _named(call: Callable, *args) -> str:
    """What came of a call: the name of the error, or an empty text."""
    try:
        call(*args)
    except zmq.ZMQError as error:
        return "ENOTSOCK" if error.errno == zmq.ENOTSOCK else repr(error)
    except Exception as error:
        return type(error).__name__
    return ""


def _register_then_poll(poller, thing, *flags) -> str:
    if error := _named(poller.register, thing, *flags):
        return f"{error} at register"
    return f"{_named(poller.poll, 0) or 'nothing'} at poll"


@contextmanager
def _with_socket(kind: type, socket_type: int = zmq.PULL):
    """A poller, and a socket that is bound at ``inproc://here``."""
    with (
        own_context() as context,
        context.socket(socket_type) as socket,
        _closed_at_the_end(kind()) as poller,
    ):
        socket.bind("inproc://here")
        yield poller, socket


@contextmanager
def _closed_at_the_end(poller):
    with ExitStack() as stack:
        if hasattr(poller, "close"):
            stack.callback(poller.close)
        yield poller


def _quickest(call: Callable, *args) -> float:
    """The seconds that the quickest of some calls took."""
    durations = []
    for _ in range(_TRIES):
        begin = time.perf_counter()
        call(*args)
        durations.append(time.perf_counter() - begin)
    return min(durations)


# The rows.


def _no_socket(kind: type) -> str:
    with _with_socket(kind) as (poller, _):
        return _register_then_poll(poller, "not a socket")


def _flags_are_no_number(kind: type) -> str:
    with _with_socket(kind) as (poller, socket):
        return _register_then_poll(poller, socket, "POLLIN")


def _file_is_closed(kind: type) -> str:
    with _with_socket(kind) as (poller, _), open(os.devnull) as file:
        file.close()
        return _register_then_poll(poller, file)


def _negative_descriptor(kind: type) -> str:
    with _with_socket(kind) as (poller, _):
        return _register_then_poll(poller, -1)


def _socket_is_closed(kind: type) -> str:
    with _with_socket(kind) as (poller, socket):
        socket.close()
        return _named(poller.register, socket) or "accepted"


# In a process of its own, whose descriptor 0 is known: /dev/null, always ready.
_CLOSED_MEANWHILE = """
import importlib, sys, zmq
kind = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
with zmq.Context() as context, context.socket(zmq.PULL) as socket:
    poller = kind()
    poller.register(socket, zmq.POLLIN)
    socket.close()
    try:
        print("descriptor 0 is polled in its place" if poller.poll(1000) else "nothing")
    except zmq.ZMQError as error:
        print("ENOTSOCK at poll" if error.errno == zmq.ENOTSOCK else error)
"""


def _in_a_process(program: str, kind: type) -> str:
    command = [sys.executable, "-c", program, kind.__module__, kind.__name__]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr


# The child's answer is its exit status.  libzmq tells it EINTR, and pyzmq tries again, for ever.
_FORKED = """
import importlib, os, sys, time, warnings, zmq
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on
kind = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
with zmq.Context() as context, context.socket(zmq.PULL) as socket:
    poller = kind()
    poller.register(socket, zmq.POLLIN)
    child = os.fork()
    if not child:
        try:
            poller.poll(50)
        except RuntimeError:
            os._exit(1)
        finally:
            os._exit(0)
    deadline = time.monotonic() + 1
    while not (ended := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < deadline:
        time.sleep(0.005)
    if not ended[0]:
        os.kill(child, 9)
        os.waitpid(child, 0)
    print(["returns", "RuntimeError"][os.waitstatus_to_exitcode(ended[1])] if ended[0] else "never returns")
"""


def _empty(kind: type) -> str:
    with _closed_at_the_end(kind()) as poller:
        return "sleeps" if _quickest(poller.poll, 20) >= 0.02 else "returns at once"


def _empty_for_ever(kind: type) -> str:
    with _closed_at_the_end(kind()) as poller:
        return _named(poller.poll) or "returns at once"


def _below_a_millisecond(kind: type) -> str:
    with _with_socket(kind) as (poller, socket):
        poller.register(socket, zmq.POLLIN)
        return "sleeps" if _quickest(poller.poll, 0.9) >= 0.0009 else "returns at once"


def _waits(kind: type, timeout: float) -> str:
    """Whether a poll with this timeout waits for a message that comes after 20 ms."""
    answer = []
    with _with_socket(kind) as (poller, socket), socket.context.socket(zmq.PUSH) as peer:
        peer.connect("inproc://here")
        poller.register(socket, zmq.POLLIN)
        later = threading.Timer(0.02, peer.send, [b""])
        later.start()
        try:
            error = _named(lambda: answer.extend(poller.poll(timeout)))
        finally:
            later.join()
    return error or ("waits" if answer else "returns at once")


def _signals(kind: type) -> str:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        with _with_socket(kind) as (poller, socket):
            poller.register(socket, zmq.POLLIN)
            while time.monotonic() % 1 > 0.5:  # zmq.Poller counts whole seconds, and ends with the next one
                time.sleep(0.01)
            signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
            begin = time.monotonic()
            poller.poll(200)
            took = time.monotonic() - begin
            return "takes 200 ms" if 0.2 <= took < 0.45 else "takes more than twice as long"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _with(kind: type) -> str:
    return "closes the poller" if hasattr(kind, "__exit__") else "an error"


def _order(kind: type) -> str:
    with _with_socket(kind, zmq.PUB) as (poller, socket), socket.context.socket(zmq.PUB) as other:
        answers = []
        for first, second in [(socket, other), (other, socket)]:
            poller.register(first, zmq.POLLOUT)
            poller.register(second, zmq.POLLOUT)
            poller.poll(0)
            poller.modify(first, zmq.POLLOUT)
            answers.append([thing for thing, _ in poller.poll(0)] == [first, second])
            poller.unregister(first)
            poller.unregister(second)
        return "in order of registration" if all(answers) else "in any order"


def _connected_meanwhile(kind: type) -> str:
    with _with_socket(kind) as (poller, socket), socket.context.socket(zmq.PUSH) as peer:
        poller.register(peer, zmq.POLLOUT)
        poller.poll(0)
        peer.connect("inproc://here")
        at_once = poller.poll(0)
        return "reported at once" if at_once else f"reported {'later' if poller.poll(2000) else 'never'}"


_EARLY = "The mistake shows where it is made."

DIFFERENCES = [
    Difference("register('not a socket')", "TypeError at poll", "TypeError at register", _EARLY, _no_socket),
    Difference(
        "register(socket, 'POLLIN')",
        "TypeError at poll",
        "TypeError at register",
        _EARLY,
        _flags_are_no_number,
    ),
    Difference(
        "register a closed file", "ValueError at poll", "ValueError at register", _EARLY, _file_is_closed
    ),
    Difference("register(-1)", "nothing at poll", "ValueError at register", _EARLY, _negative_descriptor),
    Difference("register a closed socket", "accepted", "ENOTSOCK", _EARLY, _socket_is_closed),
    Difference(
        "an empty poller: poll(20)",
        "returns at once",
        "sleeps",
        "A loop around it would take a whole core.",
        _empty,
    ),
    Difference(
        "an empty poller: poll()",
        "returns at once",
        "RuntimeError",
        "Nothing could end this wait, and a loop around it would take a whole core.",
        _empty_for_ever,
    ),
    Difference(
        "poll(0.9)",
        "returns at once",
        "sleeps",
        "The last part of a wait until a deadline is below a millisecond.",
        _below_a_millisecond,
    ),
    Difference(
        "poll(math.inf)",
        "OverflowError",
        "waits",
        "It is what a loop without a deadline computes.",
        lambda kind: _waits(kind, float("inf")),
    ),
    Difference(
        "poll(2**31), 25 days",
        "OverflowError",
        "waits",
        "A long wait is a wait.",
        lambda kind: _waits(kind, 2**31),
    ),
    Difference(
        "with Poller() as poller", "an error", "closes the poller", "EdgePoller holds a descriptor.", _with
    ),
]
if os.name == "posix":  # elsewhere there is no such signal, and only sockets can be polled
    DIFFERENCES += [
        Difference(
            "a registered socket is closed",
            "descriptor 0 is polled in its place",
            "ENOTSOCK at poll",
            "Descriptor 0 is standard input, and none of the poller's business.",
            partial(_in_a_process, _CLOSED_MEANWHILE),
        ),
        Difference(
            "poll(50) in a forked child",
            "never returns",
            "RuntimeError",
            "Context, sockets and poller are the parent's: there it would take a whole core.",
            partial(_in_a_process, _FORKED),
        ),
        Difference(
            "poll(200), a signal every 20 ms",
            "takes more than twice as long",
            "takes 200 ms",
            "A deadline belongs to the clock.",
            _signals,
        ),
        Difference(
            "the order of what is ready",
            "in order of registration",
            "in order of registration",
            "To sort the answer would cost more than to find it.",
            _order,
            edge="in any order",
        ),
        Difference(
            "inproc connect of a registered socket",
            "reported at once",
            "reported at once",
            "It gives no signal: the next re-check finds it, and modify() at once.",
            _connected_meanwhile,
            edge="reported later",
        ),
    ]
