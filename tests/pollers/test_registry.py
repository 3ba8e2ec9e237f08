"""What `Poller` and `EdgePoller` make of odd input, and of an exception in the middle of a change."""

import math
import os
import random
import signal
import socket as net
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction

import pytest
import zmq

from pollerlab import EdgePoller, Poller

on_posix = pytest.mark.skipif(os.name != "posix", reason="needs setitimer")
pytestmark = pytest.mark.usefixtures("nothing_left")

LONG = 10_000  # ms


@pytest.fixture(
    params=[
        Poller,
        pytest.param(EdgePoller, marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")),
    ]
)
def poller(request, nothing_left):
    with request.param() as poller:
        yield poller


@pytest.fixture
def pair(context):
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("inproc://pair")
    push.connect("inproc://pair")
    return pull, push


# Timeouts


@pytest.mark.parametrize("timeout", [math.inf, -math.inf, 10**400, -(10**400), 1e300, Decimal("Infinity")])
def test_waits_for_ever(poller, pair, timeout):
    pull, push = pair
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    later = threading.Timer(0.02, push.send, [b""])
    later.start()
    assert poller.poll(timeout) == [(pull, zmq.POLLIN)]
    later.join()


@pytest.mark.parametrize("timeout", [Decimal("20.5"), Fraction(41, 2), 20.5])
def test_any_kind_of_number(poller, pair, timeout):
    poller.register(pair[0], zmq.POLLIN)
    begin = time.monotonic()
    assert poller.poll(timeout) == []
    assert time.monotonic() - begin >= 0.0205
    assert poller.poll(type(timeout)(0)) == []


@pytest.mark.parametrize("timeout", ["1", b"1", [1], 1j, object()])
def test_no_number(poller, pair, timeout):
    poller.register(pair[0], zmq.POLLIN)
    with pytest.raises(TypeError, match="timeout must be a number of ms"):
        poller.poll(timeout)


@pytest.mark.parametrize("timeout", [math.nan, Decimal("NaN")])
def test_nan(poller, pair, timeout):
    poller.register(pair[0], zmq.POLLIN)
    with pytest.raises(ValueError, match="nan is neither"):
        poller.poll(timeout)


# Registration


@pytest.mark.parametrize("flags", [16, -1, 2**31, 2**70])
def test_flags_that_there_are_not(poller, pair, flags):
    with pytest.raises(ValueError, match="flags must be made of"):
        poller.register(pair[0], flags)
    assert poller.sockets == []


@pytest.mark.parametrize("number", [-1, 2**31, 2**70])
def test_numbers_that_are_no_descriptors(poller, number):
    with pytest.raises(ValueError, match="no open descriptor"):
        poller.register(number, zmq.POLLIN)
    assert number not in poller


def test_fileno_that_is_no_number(poller):
    class Odd:
        def fileno(self):
            return None

        def __repr__(self):
            return "Odd()"

    with pytest.raises(TypeError, match=r"fileno\(\) of Odd\(\) must return a whole number, not None"):
        poller.register(Odd(), zmq.POLLIN)


def test_an_object_that_has_another_descriptor_by_now(poller):
    class Reconnects:
        def fileno(self):
            return current.fileno()

    (first, to_first), (second, to_second) = net.socketpair(), net.socketpair()
    client = Reconnects()
    with first, to_first, second, to_second:
        current = first
        poller.register(client, zmq.POLLIN)
        current = second
        assert poller.poll(1) == []
        poller.modify(client, zmq.POLLIN)
        to_first.send(b"x")
        assert poller.poll(1) == []
        to_second.send(b"x")
        assert poller.poll(LONG) == [(second.fileno(), zmq.POLLIN)]


def test_a_change_that_fails_changes_nothing(poller, pair):
    pull, push = pair
    poller.register(pull, zmq.POLLIN)
    for wrong in (
        lambda: poller.register("x"),
        lambda: poller.modify(pull, 99),
        lambda: poller.unregister(push),
    ):
        with pytest.raises((TypeError, ValueError, KeyError)):
            wrong()
        assert poller.sockets == [(pull, zmq.POLLIN)]
        assert poller.poll(0) == []
        push.send(b"")
        assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
        pull.recv()


# A signal's handler that raises


class Interrupted(Exception):
    """What the handler raises."""


@on_posix
@pytest.mark.parametrize("kind", [zmq.PULL, zmq.REP])
def test_an_interrupted_change_is_made_or_not_made(poller, context, kind):
    """Whatever is registered after that is watched, and nothing else."""

    def interrupt(*_):
        raise Interrupted

    dice = random.Random(5)
    sock, peer = context.socket(kind), context.socket(zmq.DEALER if kind == zmq.REP else zmq.PUSH)
    sock.bind("inproc://interrupted")
    peer.connect("inproc://interrupted")
    here, there = net.socketpair()
    before = signal.signal(signal.SIGALRM, interrupt)
    changes = [
        lambda: poller.register(sock, zmq.POLLIN),
        lambda: poller.modify(sock, zmq.POLLIN | zmq.POLLOUT),
        lambda: poller.register(sock, 0),
        lambda: poller.register(here, zmq.POLLIN),
        lambda: poller.register(here, 0),
    ]
    try:
        for _ in range(2000):
            try:
                signal.setitimer(signal.ITIMER_REAL, dice.uniform(1e-6, 6e-5))
                while True:
                    dice.choice(changes)()
            except Interrupted:
                pass
            peer.send_multipart([b"", b"x"])
            there.send(b"x")
            registered = {thing for thing, _ in poller.sockets}
            expected = {here.fileno() if thing is here else thing for thing in registered}
            assert {thing for thing, _ in poller.poll(0)} == expected
            sock.recv_multipart()
            if kind == zmq.REP:
                sock.send(b"")
                peer.recv_multipart()
            here.recv(1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        here.close()
        there.close()


# Shadows


def test_what_comes_between_two_shadows_is_not_lost(poller, pair):
    pull, push = pair
    told = []

    class Late(zmq.Socket):
        def get(self, option):
            if option == zmq.EVENTS and not told:
                told.append(push.send(b""))
            return super().get(option)

    shadow = Late(shadow=pull)
    poller.register(pull, zmq.POLLIN)
    poller.register(shadow, zmq.POLLOUT)
    later = threading.Timer(0.05, lambda: told or push.send(b""))  # where the shadow was not asked first
    later.start()
    answer = poller.poll(2000)
    later.join()
    assert [(id(socket), mask) for socket, mask in answer] == [(id(pull), zmq.POLLIN)]
