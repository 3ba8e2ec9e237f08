"""What the doctor costs its patient: ratios in one process, with it and without it in turns.

`make doctor-check` asks for less than `make test`, where other tests run beside these.
"""

import asyncio
import threading
import time
from contextlib import suppress

import psutil
import zmq
import zmq.asyncio
from effort import CYCLES, QUIET

from pollerlab.doctor import diagnose
from pollerlab.scenery import peers

ROUNDS = 20_000


def at_most(on_a_quiet_machine, beside_others=3.0):
    return on_a_quiet_machine if QUIET else beside_others


def ratio_of(measure, name, turns=7):
    """The least cost of a call with the doctor, against that without: they take turns.

    The least, since whatever else runs can only add to it.
    """
    costs = {True: [], False: []}
    measure()
    for turn in range(2 * turns):
        with_doctor = turn % 2 == 0
        if with_doctor:
            with diagnose() as seen:
                costs[True].append(measure())
            assert seen.figures["remarks"] == []
        else:
            costs[False].append(measure())
    ratio = min(costs[True]) / min(costs[False])
    print(f"\n{name}: {ratio:.2f}")
    return ratio


def cpu_of(loop):
    begin = time.thread_time()
    loop()
    return time.thread_time() - begin


def test_a_loop_of_questions_for_nothing(context):
    sock = context.socket(zmq.PULL)

    def for_nothing():
        for _ in range(ROUNDS):
            with suppress(zmq.Again):
                sock.recv(zmq.NOBLOCK)

    assert ratio_of(lambda: cpu_of(for_nothing), "a question for nothing") < at_most(1.6)


def test_a_loop_of_polls_and_receives(context):
    with context.socket(zmq.PULL) as sock, context.socket(zmq.PUSH) as sender:
        sock.rcvhwm = sender.sndhwm = 0
        sock.bind("tcp://127.0.0.1:*")
        sender.connect(sock.last_endpoint)
        poller = zmq.Poller()
        poller.register(sock, zmq.POLLIN)

        def poll_and_recv():
            for _ in range(ROUNDS // 2):
                poller.poll(1000)
                sock.recv()

        def measure():
            for _ in range(ROUNDS // 2 + 1):
                sender.send(b"")
            sock.recv()
            return cpu_of(poll_and_recv)

        assert ratio_of(measure, "poll and recv") < at_most(1.6)


def test_an_echo_of_asyncio(nothing_left):
    async def echo():
        context = zmq.asyncio.Context()
        with context.socket(zmq.ROUTER) as server, context.socket(zmq.DEALER) as client:
            server.bind("tcp://127.0.0.1:*")
            client.connect(server.last_endpoint)

            async def serve():
                while True:
                    await server.send_multipart(await server.recv_multipart())

            task = asyncio.create_task(serve())
            for _ in range(1000):
                await client.send(b"")
                await client.recv()
            task.cancel()
        context.term()

    def run():
        return cpu_of(lambda: asyncio.run(echo()))

    assert ratio_of(run, "an echo of asyncio") < at_most(1.3)


def test_a_program_that_waits(context):
    """Of its thread, which does nothing else: caches are cold after each wait."""
    with peers.Rep(delay_ms=10, context=context) as peer, context.socket(zmq.REQ) as sock:
        sock.connect(peer.address)
        poller = zmq.Poller()
        poller.register(sock, zmq.POLLIN)

        def wait():
            assert poller.poll(60_000)
            sock.recv()

        def waits():
            total = 0.0
            for _ in range(60):
                sock.send(b"")  # only now: on a crowded machine nothing may be there already
                total += cpu_of(wait)
            return total

        assert ratio_of(waits, "a thread that only waits") < at_most(2, 4)


def test_memory_does_not_grow_with_calls(context):
    """CYCLES=1000000 for ten million calls."""
    process = psutil.Process()
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    a.bind("inproc://here")
    b.connect("inproc://here")
    poller = zmq.Poller()
    poller.register(b, zmq.POLLIN)
    calls = max(100_000, 10 * CYCLES)
    with diagnose():
        for number in range(calls // 4):
            if number == 5_000:
                before = process.memory_info().rss
            a.send(b"")
            poller.poll(0 if number % 2 else 1)
            b.recv()
            with suppress(zmq.Again):
                b.recv(zmq.NOBLOCK)
        grown = process.memory_info().rss - before
    print(f"{calls} calls: {grown / 1024:.0f} KiB")
    assert grown < 2**20


def test_memory_does_not_grow_with_sockets_and_threads(context):
    process = psutil.Process()
    server = context.socket(zmq.ROUTER)
    server.bind("inproc://server")

    def ask():
        with context.socket(zmq.DEALER) as sock:
            sock.connect("inproc://server")
            sock.send(b"")

    with diagnose() as seen:
        for number in range(1_500):
            if number == 500:
                before = process.memory_info().rss
            if number % 10:
                ask()
            else:
                thread = threading.Thread(target=ask)
                thread.start()
                thread.join()
            server.recv_multipart()
        grown = process.memory_info().rss - before
    print(f"{grown / 1024:.0f} KiB")
    assert seen.findings == []
    assert grown < 3 * 2**20
