"""A poller against the clock: peers in other threads and processes, and how long a poll outlasts a message.

Where `pollerlab.judges.fuzz` compares answers in one thread, this looks for what only shows when the other
side acts at any moment, also while the poller is about to fall asleep.
"""

import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import NamedTuple

import zmq

from ..arguments import checked
from ..process import held_back, own_context
from .fuzzing import new_poller

_PATIENCE_MS = 2000  # for a poll that should have been woken
_PAUSES = [0.001, 0.01, 0.1] * 10 + [3.0]  # seconds at most: sometimes no next message mends a loss

# Ours, and what talks to it.
_COUPLES = [
    (zmq.PULL, zmq.PUSH),
    (zmq.PAIR, zmq.PAIR),
    (zmq.SUB, zmq.PUB),
    (zmq.XSUB, zmq.XPUB),
    (zmq.REP, zmq.REQ),
    (zmq.REP, zmq.DEALER),
    (zmq.ROUTER, zmq.REQ),
    (zmq.ROUTER, zmq.DEALER),
    (zmq.DEALER, zmq.DEALER),
]


class Race(NamedTuple):
    """What came of a `race`."""

    polls: int
    """How often the poller was asked."""
    messages: int
    """How many messages it reported."""
    longest: float
    """The longest time, in s, from the moment when there was a message to report to the end of the poll that
    reported it."""


@checked
def race(make_poller: Callable, *, seconds: float, seed: int) -> Race:
    """Let peers of all kinds send for *seconds* at random moments, and time the polls of a poller.

    Its owner meanwhile drains sockets past the poller, unregisters some, and asks others for POLLOUT too.

    :param make_poller: makes a poller, as `pollerlab.Poller` and `pollerlab.EdgePoller` do.
    :param seed: what the choices are derived from; the moments are the system's.
    """
    chance = random.Random(seed)
    polls = messages = 0
    longest = 0.0
    with new_poller(make_poller) as poller, _peers(seconds, chance) as sockets:
        for socket in sockets:
            poller.register(socket, zmq.POLLIN)
        end = monotonic() + seconds
        since = dict.fromkeys(sockets, monotonic())  # when what is in the socket could be reported
        while monotonic() < end:
            ready = [socket for socket, mask in poller.poll(_PATIENCE_MS) if mask & zmq.POLLIN]
            now = monotonic()
            polls += 1
            # After an empty answer: is there nothing indeed?
            for socket in ready or [socket for socket, _ in poller.sockets]:
                sent = _serve(socket)
                if sent is not None:
                    messages += 1
                    longest = max(longest, now - max(sent, since[socket]))
                    since[socket] = monotonic()
            if chance.random() < 0.5:  # take in the news past the poller
                for socket in sockets:
                    socket.get(zmq.EVENTS)
            socket = chance.choice(sockets)
            was_watched = socket in poller
            _meddle(poller, socket, chance)
            if not was_watched:
                since[socket] = monotonic()
    return Race(polls, messages, longest)


def _meddle(poller, socket: zmq.Socket, chance: random.Random) -> None:
    """Do one of the things that a poller must survive, or nothing."""
    what = chance.randrange(60)
    if what < 10:
        _serve(socket)
    elif what < 20:
        poller.register(socket, zmq.POLLIN)
    elif what < 30 and socket in poller and len(poller.sockets) > len(_COUPLES):
        poller.unregister(socket)
    elif what == 30:
        poller.modify(socket, zmq.POLLIN | zmq.POLLOUT)


def _serve(socket: zmq.Socket) -> float | None:
    """Take one message and answer it, if that is usual; return when it was sent, in s, or None for none."""
    try:
        frames = socket.recv_multipart(zmq.NOBLOCK)
    except zmq.Again:
        return None
    except zmq.ZMQError as error:
        if error.errno != zmq.EFSM:  # a REP that owes an answer
            raise
        return None
    if socket.type in (zmq.REP, zmq.ROUTER):
        with suppress(zmq.Again):
            socket.send_multipart(frames, zmq.NOBLOCK)
    return float(frames[-1])


@contextmanager
def _peers(seconds: float, chance: random.Random) -> Iterator[list[zmq.Socket]]:
    """Sockets whose peers send for *seconds*: a third each over inproc, from threads, and from processes."""
    transports = ["tcp"] + (["ipc"] if zmq.has("ipc") else [])
    stop, stack = threading.Event(), ExitStack()
    try:
        with held_back():  # or an interrupt could leave a thread or a process of which nobody knows
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            context = stack.enter_context(own_context())
            sockets, tasks = [], []
            for number, (ours, theirs) in enumerate(_COUPLES * 3):
                socket = context.socket(ours)
                socket.linger = 0
                if ours == zmq.SUB:
                    socket.subscribe(b"")
                transport = chance.choice(transports) if number >= len(_COUPLES) else "inproc"
                places = {"tcp": "127.0.0.1:*", "ipc": f"{folder}/{number}", "inproc": f"{number}"}
                socket.bind(f"{transport}://{places[transport]}")
                if ours == zmq.XSUB:
                    socket.send(b"\1")
                sockets.append(socket)
                address = socket.last_endpoint.decode().rstrip("\0")  # type: ignore[union-attr]
                tasks.append((int(theirs), address, seconds, chance.random()))
            for task in tasks[-len(_COUPLES) :]:
                process = subprocess.Popen([sys.executable, "-m", __name__, *map(str, task)])
                stack.callback(process.wait)
                stack.callback(process.kill)
            for task in tasks[: -len(_COUPLES)]:
                thread = threading.Thread(target=_peer, args=(*task, stop, context))
                thread.start()
                stack.callback(thread.join)
        yield sockets
    finally:
        with held_back():  # the threads notice it within the time of one poll
            stop.set()
            stack.close()


def _peer(
    kind: int,
    address: str,
    seconds: float,
    seed: float,
    stop: threading.Event,
    context: zmq.Context | None = None,
) -> None:
    """Send the time, at random moments, for *seconds*, or until *stop* is set."""
    chance = random.Random(seed)
    with ExitStack() as stack:
        if context is None:
            context = stack.enter_context(own_context())
        socket = stack.enter_context(context.socket(kind))
        socket.linger = 0
        socket.connect(address)
        end = monotonic() + seconds
        while monotonic() < end and not stop.is_set():
            stop.wait(min(chance.choice(_PAUSES) * chance.random(), max(end - monotonic(), 0)))
            empty = [b""] if kind == zmq.DEALER else []  # as a REP expects
            with suppress(zmq.Again):
                socket.send_multipart([*empty, b"%.6f" % monotonic()], zmq.NOBLOCK)
            while kind == zmq.REQ and monotonic() < end and not stop.is_set() and not socket.poll(100):
                pass
            while kind in (zmq.REQ, zmq.DEALER) and socket.poll(0):
                socket.recv()


if __name__ == "__main__":  # a peer in a process of its own
    _peer(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), threading.Event())
