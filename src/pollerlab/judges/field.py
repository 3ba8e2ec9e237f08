"""What a message costs over tcp, against the number of sockets: ``python -m pollerlab bench --real``.

A process of its own sends 1,000 messages a second, each to one of N sockets at random; the receiver has N
connections to it, and waits in one of the ways that people choose.  What is measured is the CPU time of the
receiving threads for each message, without libzmq's own thread, and how long a message takes to get there.

Contenders take turns; each turn opens its own sockets and its own sender.
"""

import asyncio
import importlib.util
import math
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass

import zmq
import zmq.asyncio

from ..arguments import checked
from ..pollers import EdgePoller, both_edges_are_reported
from ..process import held_back, own_context
from .contenders import POLLERS, poller_of
from .descriptor_limit import room_for
from .saving import save

COUNTS = (1, 2, 4, 8, 16, 64, 256, 512, 1000, 2000)
RATE = 1000
"""Messages a second, over all sockets."""
MOST_THREADS = 512
"""Beyond it, threads are left out: each has a stack, and all wait for one lock."""

_DEADLINE = 30_000  # ms, far more than anything here takes
_END = b""  # the last message to each socket; the others say when they were sent


@dataclass(frozen=True)
class Cost:
    """One row of the table: medians over the turns."""

    sockets: int
    contender: str
    microseconds: float
    """CPU time of the receiving threads for a message, in µs."""
    delay: float
    """From the call of send to the return of recv, in µs; the median of a turn's messages."""
    ratio: float
    """What it costs with ``zmq.Poller``, divided by this."""


Received = tuple[float, list[float]]
"""The CPU time for a message, and the delays, in seconds."""


def contenders() -> dict[str, Callable[[list], Received]]:
    """What can take part here, by name."""
    ways: dict[str, Callable[[list], Received]] = {"threads": _in_threads}
    for name, kind in POLLERS.items():
        if kind is not EdgePoller or both_edges_are_reported():
            ways[name] = lambda sockets, kind=kind: _by_poller(kind, sockets)  # type: ignore[misc]
    ways["asyncio tasks"] = lambda sockets: _in_tasks(asyncio.SelectorEventLoop, sockets)
    if importlib.util.find_spec("uvloop"):
        ways["uvloop tasks"] = lambda sockets: _in_tasks(importlib.import_module("uvloop").Loop, sockets)
    return ways


@checked
def measure(
    counts: Sequence[int] = COUNTS,
    turns: int = 3,
    seconds: float = 1.0,
) -> Iterator[Cost]:
    """Yield what each contender costs, by number of sockets.

    :param counts: how many sockets to receive from, each 1 or more.
    :param turns: turns of each contender, 1 or more.
    :param seconds: how long the sender of one turn sends: at least for one message of ``RATE`` a second.
    :raises ValueError: for a number below 1, no count, and too short a time.
    :raises pollerlab.judges.NoRoom: where the process may not open enough sockets for any of *counts*.
    :raises RuntimeError: if a message does not arrive, or the thread runs an event loop.
    """
    if not counts or min(turns, *counts) < 1:
        raise ValueError("counts and turns must be 1 or more, and there must be a count.")
    if not 1 / RATE <= seconds < math.inf:
        raise ValueError(f"seconds must be {1 / RATE:g} or more, or no message is sent; not {seconds!r}.")
    messages = round(seconds * RATE)
    ways = contenders()
    with room_for({count: 3 * count for count in sorted(set(counts))}) as fitting:
        for count in fitting:
            names = [name for name in ways if name != "threads" or count <= MOST_THREADS]
            costs: dict[str, list[float]] = {name: [] for name in names}
            delays: dict[str, list[float]] = {name: [] for name in names}
            for turn in range(turns):
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    with _connected(count, messages, seed=turn) as sockets:
                        cost, waited = ways[name](sockets)
                    costs[name].append(cost)
                    delays[name].append(statistics.median(waited))
            usual = statistics.median(costs["zmq.Poller"])
            for name in names:
                cost = statistics.median(costs[name])
                yield Cost(count, name, 1e6 * cost, 1e6 * statistics.median(delays[name]), usual / cost)


# -- the sender --------------------------------------------------------------------------------------


# In a process of its own, which needs pyzmq alone: it prints a port, waits until all receivers have called
# there, and sends to one of them every so often.
_SENDER = """
import random, sys, time, zmq
count, messages, seed, rate = map(int, sys.argv[1:])
picked = random.Random(seed)
with zmq.Context() as context, context.socket(zmq.ROUTER) as sock:
    sock.sndhwm, sock.backlog = 0, count  # or the system turns some away for a while, which call all at once
    print(sock.bind_to_random_port("tcp://127.0.0.1"), flush=True)
    names = [sock.recv_multipart()[0] for _ in range(count)]
    for name in names:
        sock.send_multipart([name, b"begin"])
    start = time.monotonic()
    for number in range(messages):
        time.sleep(max(0, start + number / rate - time.monotonic()))
        sock.send_multipart([picked.choice(names), repr(time.monotonic()).encode()])
    for name in names:
        sock.send_multipart([name, b""])
"""


@contextmanager
def _connected(count: int, messages: int, seed: int) -> Iterator[list[zmq.Socket]]:
    """That many sockets, to which a process sends; both are gone at the end."""
    command = [sys.executable, "-c", _SENDER, *map(str, (count, messages, seed, RATE))]
    with own_context() as context:
        context.max_sockets = count + 1
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as sender:
            try:
                port = int(sender.stdout.readline())  # type: ignore[union-attr]
                sockets = []
                with held_back():
                    for number in range(count):
                        sock = context.socket(zmq.DEALER)
                        sockets.append(sock)
                        sock.routing_id = b"%d" % number
                        sock.rcvtimeo = _DEADLINE
                        sock.rcvhwm = 0
                        sock.connect(f"tcp://127.0.0.1:{port}")
                        sock.send(b"here")
                for sock in sockets:
                    sock.recv()
                yield sockets
            finally:
                sender.kill()


# -- the receivers -----------------------------------------------------------------------------------


def _by_poller(kind: type, sockets: list[zmq.Socket]) -> Received:
    with poller_of(kind, sockets) as poller:
        delays: list[float] = []
        begin = time.thread_time()
        while True:
            ready = poller.poll(_DEADLINE)
            if not ready:
                raise RuntimeError(f"No message came within {_DEADLINE} ms.")
            for sock, _ in ready:
                message = sock.recv()
                if message == _END:
                    return (time.thread_time() - begin) / len(delays), delays
                delays.append(time.monotonic() - float(message))


def _in_threads(sockets: list[zmq.Socket]) -> Received:
    """A thread for each socket, blocked in recv; all have ended when this does, also by an interrupt."""
    spent: list[float] = []
    delays: list[float] = []
    stopping = threading.Event()

    def receive(sock: zmq.Socket, ended: threading.Event) -> None:
        try:
            begin = time.thread_time()
            while not stopping.is_set() and (message := sock.recv()) != _END:
                delays.append(time.monotonic() - float(message))
            spent.append(time.thread_time() - begin)
        finally:
            ended.set()

    ends: list[threading.Event] = []  # not join(): one that was interrupted has the thread pass for ended
    try:
        with held_back():
            for sock in sockets:
                ended = threading.Event()
                threading.Thread(target=receive, args=[sock, ended], daemon=True).start()
                ends.append(ended)
        for ended in ends:
            ended.wait()
    finally:
        with held_back():
            stopping.set()
            for ended in ends:
                ended.wait()
    if len(spent) < len(sockets):
        raise RuntimeError(f"No message came within {_DEADLINE} ms.")
    return sum(spent) / (len(delays) + len(sockets)), delays  # each has received its last one, too


def _in_tasks(new_loop: Callable, sockets: list[zmq.Socket]) -> Received:
    """A task of asyncio for each socket."""
    delays: list[float] = []

    async def receive(sock: zmq.asyncio.Socket) -> None:
        while (message := await sock.recv()) != _END:
            delays.append(time.monotonic() - float(message))

    async def receive_all() -> float:
        shadows = [zmq.asyncio.Socket(shadow=sock) for sock in sockets]
        tasks = [asyncio.create_task(receive(sock)) for sock in shadows]
        begin = time.thread_time()
        done, others = await asyncio.wait(
            tasks, timeout=_DEADLINE / 1000, return_when=asyncio.FIRST_COMPLETED
        )
        spent = time.thread_time() - begin
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others)
        if not done:
            raise RuntimeError(f"No message came within {_DEADLINE} ms.")
        return spent

    with held_back(), closing(new_loop()) as loop:
        return loop.run_until_complete(receive_all()) / len(delays), delays


# -- the command line --------------------------------------------------------------------------------


@checked
def run(file: str | None, plot: str | None, *, quick: bool, counts: Sequence[int] | None) -> None:
    """Measure all; print the table on stdout, and write what is asked for to these files.

    :raises ValueError, pollerlab.judges.NoRoom, RuntimeError: as `measure` does.
    :raises OSError: if a file cannot be written.
    """
    counts = counts or ((1, 64, 512) if quick else COUNTS)
    costs: list[Cost] = []
    print(f"{RATE} messages a second over tcp: CPU of the receiving threads for a message, and its delay")
    print(f"{'sockets':>8}  {'receiver':15}{'µs':>10}{'delay in µs':>13}{'x zmq.Poller':>14}")
    for c in measure(counts, 1 if quick else 3, 0.3 if quick else 1.0):
        ratio = f"{c.delay:13.0f}{c.ratio:14.2f}"
        print(f"{c.sockets:8}  {c.contender:15}{c.microseconds:10.1f}{ratio}", flush=True)
        costs.append(c)
    if file:
        save(file, costs=[asdict(cost) for cost in costs])
    if plot:
        from ..scenery import plots

        curves: dict[str, dict[int, float]] = {}
        for c in costs:
            curves.setdefault(c.contender, {})[c.sockets] = c.microseconds
        plots.cost_curves(curves, ylabel="CPU for a message (µs)").savefig(plot, dpi=150)
