"""The contenders, and what `pollerlab.judges.bench` has them do.

A trip is a poll, and the sends and recvs that a situation asks for.
"""

import asyncio
import random
import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from typing import Any

import zmq
import zmq.asyncio

from ..pollers import EdgePoller, Poller
from ..process import held_back, own_context

__all__ = ["ASYNCIO", "CONTENDERS", "POLLERS", "SITUATIONS"]

SITUATIONS = {
    "idle": "poll(0), nothing is ready",
    "one ready": "send, poll, recv: always the same socket",
    "one ready, another each time": "send, poll, recv: a random socket",
    "one in ten ready": "send to each of them, poll and recv until all are received",
    "all ready": "send to each socket, poll and recv until all are received",
}
POLLERS = {"zmq.Poller": zmq.Poller, "Poller": Poller, "EdgePoller": EdgePoller}
ASYNCIO = ("asyncio tasks", "asyncio.Poller")
CONTENDERS = (*POLLERS, *ASYNCIO, "floor")

_DEADLINE = 30  # seconds; what was sent is there at once, so that no wait comes near it

# A trip does not wait, so the CPU time of its thread is what it takes when nobody else wants the core.
_clock = time.thread_time if time.get_clock_info("thread_time").resolution <= 1e-6 else time.perf_counter

Trips = Callable[[int], float]
"""Makes so many trips, and returns the seconds that they took."""


def batches_of(situation: str, count: int) -> list[Sequence[int]]:
    """Which of *count* sockets get a message: a batch for each trip, over and over."""
    if situation == "idle":
        return [()]
    if situation == "one ready":
        return [(count // 2,)]
    if situation == "one ready, another each time":
        picked = random.Random(count)  # the same for each contender
        return [(picked.randrange(count),) for _ in range(1000)]
    return [range(0, count, 10 if situation == "one in ten ready" else 1)]


@contextmanager
def pairs(count: int, kind: Callable | None = None) -> Iterator[tuple[list, list]]:
    """That many senders and their receivers, which have no news.

    :param kind: makes the receivers, as shadows; None for plain ones.
    """
    with ExitStack() as stack:
        with held_back():
            context = stack.enter_context(own_context())
            context.max_sockets = max(2 * count, 16)
            senders: list[zmq.Socket] = []
            receivers: list[zmq.Socket] = []
            for number in range(count):
                for sockets in (senders, receivers):
                    sockets.append(context.socket(zmq.PAIR))
                receivers[-1].bind(f"inproc://{number}")
                senders[-1].connect(f"inproc://{number}")
                receivers[-1].get(zmq.EVENTS)
            shadows = kind and [kind(shadow=sock) for sock in receivers]
        yield senders, shadows or receivers


@contextmanager
def plain_trips(name: str, senders: list, receivers: list, batches: list[Sequence[int]]) -> Iterator[Trips]:
    """Trips with one of `POLLERS`, or with the floor.

    :param batches: what `batches_of` returned.
    """
    sends = cycle([[senders[index].send for index in batch] for batch in batches])
    timeout = 1000 * _DEADLINE if any(batches) else 0

    def trips(number: int) -> float:
        begin = _clock()
        for batch in islice(sends, number):
            for send in batch:
                send(b"")
            left = len(batch)
            while True:
                ready = poll(timeout)
                for sock, _ in ready:
                    sock.recv(0)
                left -= len(ready)
                if left <= 0:
                    break
                if not ready:
                    raise RuntimeError(f"{name} has lost a message.")
        return _clock() - begin

    with ExitStack() as stack:
        if name == "floor":
            poll = _floor(stack, receivers, batches)
        else:
            poll = stack.enter_context(poller_of(POLLERS[name], receivers)).poll
        yield trips


@contextmanager
def poller_of(kind: type, sockets: list) -> Iterator[Any]:
    """A poller with these sockets, for POLLIN; it is closed at the end, if it can be."""
    poller = kind()
    try:
        for sock in sockets:
            poller.register(sock, zmq.POLLIN)
        yield poller
    finally:
        if hasattr(poller, "close"):
            poller.close()


def _floor(stack: ExitStack, receivers: list, batches: list[Sequence[int]]) -> Callable:
    """The least that a poller must do: one call to the system, and ask those that are known to be ready."""
    epoll = stack.enter_context(select.epoll())
    for sock in receivers:
        epoll.register(sock.get(zmq.FD), select.EPOLLIN | select.EPOLLET)
    questions = cycle([[(receivers[index], zmq.POLLIN) for index in batch] for batch in batches])

    def poll(timeout: float) -> list:
        question = next(questions)
        epoll.poll(0, len(question) or 1)
        return zmq.zmq_poll(question, 0) if question else []

    return poll


@contextmanager
def asyncio_trips(name: str, loop, senders: list, receivers: list, batches: list) -> Iterator[Trips]:
    """Trips with one of `ASYNCIO`.

    Hold interrupts back meanwhile: one between two steps of a task would leave it waiting for ever.

    :param loop: an event loop that does not run; it runs for the time of each call of `Trips`.
    :param senders: plain sockets.
    :param receivers: sockets of ``zmq.asyncio``, made while *loop* ran.
    """
    sends = cycle([[senders[index].send for index in batch] for batch in batches])
    left, all_arrived = 0, loop.create_future()
    poller = zmq.asyncio.Poller()

    async def serve(sock) -> None:
        nonlocal left
        while True:
            await sock.recv()
            left -= 1
            if not left:
                all_arrived.set_result(None)

    async def let_tasks_receive() -> None:
        nonlocal all_arrived
        all_arrived = loop.create_future()
        await (all_arrived if left else asyncio.sleep(0))  # the latter is one round of the loop

    async def poll_and_receive() -> None:
        nonlocal left
        ready = await poller.poll(1000 * _DEADLINE if left else 0)
        while left:
            for sock, _ in ready:
                await sock.recv()
            left -= len(ready)
            ready = await poller.poll(1000 * _DEADLINE) if left else []

    async def trips(number: int) -> float:
        nonlocal left
        receive = poll_and_receive if name == "asyncio.Poller" else let_tasks_receive
        begin = _clock()
        for batch in islice(sends, number):
            left = len(batch)
            for send in batch:
                send(b"")
            await receive()
        return _clock() - begin

    async def in_time(number: int) -> float:
        made = loop.create_task(trips(number))
        made.add_done_callback(lambda _: made.cancelled() or made.exception())  # nobody else may ask
        # Not wait_for, which would raise an interrupt of the trips once more when `end` cancels it.
        done, _ = await asyncio.wait({made}, timeout=_DEADLINE)
        if not done:
            raise TimeoutError(f"{number} round trips took over {_DEADLINE} s.")
        return made.result()

    def run(number: int) -> float:
        return loop.run_until_complete(in_time(number))

    async def end() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}  # also trips, if it was interrupted
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)

    try:
        for sock in receivers:
            if name == "asyncio.Poller":
                poller.register(sock, zmq.POLLIN)
            else:
                loop.create_task(serve(sock))
        yield run
    finally:
        loop.run_until_complete(end())
