"""The four loops of the cheat sheet, on live sockets."""

import asyncio
import threading
import time

import pytest
import zmq
import zmq.asyncio
from loaded import loaded

from pollerlab.scenery import every, peers, record

loops = loaded("docs/loops.py")

pytestmark = pytest.mark.timeout(30)


def joined(context, name, mark=1000):
    """A PUSH and a PULL that are connected over inproc."""
    outbox, inbox = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    outbox.hwm = inbox.hwm = mark
    inbox.bind(f"inproc://{name}")
    outbox.connect(f"inproc://{name}")
    return outbox, inbox


def test_a_heartbeat_is_on_time_beside_a_chatty_peer(context):
    stop, received, beats = threading.Event(), [], []

    def beat():
        beats.append(time.monotonic())
        if len(beats) == 20:
            stop.set()

    with peers.Push(every(5), context=context) as peer, context.socket(zmq.PULL) as inbox:
        inbox.connect(peer.address)
        with record() as r:
            loops.receive_and_beat(inbox, received.append, beat, 0.02, stop)
    assert (beats[-1] - beats[0]) / 0.02 < 3 * len(beats)
    assert len(received) > len(peer.sent) / 2
    assert r.share < 0.3


def test_it_goes_on_beating_when_nothing_comes(context):
    stop, beats = threading.Event(), []

    def beat():
        beats.append(0)
        if len(beats) == 5:
            stop.set()

    with peers.Push([], context=context) as silent, context.socket(zmq.PULL) as inbox:
        inbox.connect(silent.address)
        began = time.monotonic()
        loops.receive_and_beat(inbox, None, beat, 0.02, stop)
    assert len(beats) == 5
    assert time.monotonic() - began < 1


def test_stop_is_heard_beside_a_queue_that_does_not_end(context):
    outbox, tasks = joined(context, "tasks")
    boss, control = joined(context, "control")
    handled = []

    def handle(task):
        handled.append(int(task))
        outbox.send(b"%d" % (len(handled) + 100))  # so that it never becomes empty
        if len(handled) == 50:
            boss.send(b"STOP")

    with outbox, tasks, boss, control:
        for number in range(101):
            outbox.send(b"%d" % number)
        assert loops.serve(tasks, control, handle) == b"STOP"
    assert handled == list(range(len(handled)))
    assert 50 <= len(handled) <= 60


def test_the_pump_holds_no_more_than_its_limit_and_hears_stop_when_all_is_full(context):
    outbox, source = joined(context, "source")
    sink, inbox = joined(context, "sink", mark=5)
    tell, stop = joined(context, "stop")
    with outbox, source, sink, inbox, tell, stop:
        for number in range(100):
            outbox.send(b"%d" % number)
        later = threading.Timer(0.2, tell.send, [b"STOP"])
        later.start()
        with record() as r:
            left = loops.pump(source, sink, stop, limit=7)
        later.join()
        moved = []
        while inbox.poll(0):
            moved.append(int(inbox.recv()))
        rest = [int(frames[0]) for frames in left]
    assert len(rest) == 7
    assert moved + rest == list(range(len(moved) + 7))
    assert r.share < 0.3


def test_the_pump_sleeps_with_nothing_to_send(context):
    outbox, source = joined(context, "source")
    sink, inbox = joined(context, "sink")
    tell, stop = joined(context, "stop")
    with outbox, source, sink, inbox, tell, stop:
        outbox.send(b"one")
        later = threading.Timer(0.2, tell.send, [b"STOP"])
        later.start()
        with record() as r:
            assert not loops.pump(source, sink, stop, limit=7)
        later.join()
        assert inbox.recv() == b"one"
    assert r.share < 0.3


def test_with_asyncio_the_others_have_their_turn(context):
    async def scene():
        outbox, inbox = joined(context, "tasks")
        with outbox, zmq.asyncio.Socket(shadow=inbox) as tasks:
            for number in range(200):
                outbox.send(b"%d" % number)
            handled, turns = [], []

            async def another():
                while len(handled) < 200:
                    turns.append(len(handled))
                    await asyncio.sleep(0)

            await asyncio.gather(loops.receive_until_quiet(tasks, handled.append, 50), another())
        return handled, turns

    handled, turns = asyncio.run(scene())
    assert [int(task) for task in handled] == list(range(200))
    assert len(set(turns)) >= 200 / 10
