"""The contract in `EdgePoller`'s docstring, point by point."""

import contextlib
import errno
import gc
import os
import random
import select
import signal
import socket as net
import subprocess
import sys
import threading
import time

import pytest
import zmq
from until import until

from pollerlab import EdgePoller
from pollerlab.pollers import descriptors as of_zeromq
from pollerlab.pollers import edge

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux"),
    pytest.mark.usefixtures("nothing_left"),
]

LONG = 10_000  # ms; the wait for what must come
SLACK = 3.0  # seconds that a loaded machine may take


@pytest.fixture(autouse=True, params=["asked", "by their edges"])
def few(request, monkeypatch):
    """Each point holds whether a few sockets are all asked, as usual, or only those that have an edge."""
    if request.param == "by their edges":
        monkeypatch.setattr(edge, "_FEW", 0)


@pytest.fixture
def no_recheck(monkeypatch):
    """Only an edge can report something: a lost one is not made good by the next re-check."""
    monkeypatch.setattr(edge, "RECHECK_SECONDS", 3600.0)


@pytest.fixture
def poller(nothing_left):
    with EdgePoller() as poller:
        yield poller


@pytest.fixture
def strict(no_recheck, poller):
    """A poller that makes no re-check."""
    poller._next_recheck = time.monotonic() + 3600
    return poller


@pytest.fixture
def pair(context):
    """Make two sockets connected over inproc, where what one sends has reached the other at once."""

    def make(one, other):
        bound, connected = context.socket(one), context.socket(other)
        address = f"inproc://{id(bound)}"
        bound.bind(address)
        connected.connect(address)
        return bound, connected

    return make


def is_silent(socket):
    with contextlib.closing(select.epoll()) as epoll:
        epoll.register(socket.get(zmq.FD), select.EPOLLIN)
        return not epoll.poll(0)


def same_descriptor(number, open_one):
    """Open until one has the descriptor *number*; return it, after closing the others."""
    opened = []
    try:
        for _ in range(500):
            opened.append(open_one())
            if descriptor(opened[-1]) == number:
                return opened.pop()
            time.sleep(0.001)  # libzmq closes descriptors in a thread of its own
        raise TimeoutError(f"descriptor {number} was not used again")
    finally:
        for one in opened:
            one.close()


def descriptor(thing):
    return thing.get(zmq.FD) if isinstance(thing, zmq.Socket) else thing.fileno()


# Who takes in the news does not matter


def by_recv(socket, shadow):
    socket.recv()


def by_events(socket, shadow):
    socket.get(zmq.EVENTS)


def by_a_shadow(socket, shadow):
    shadow.get(zmq.EVENTS)


def by_send(socket, shadow):
    time.sleep(0.002)  # a send directly after another takes in no news
    socket.send(b"")


def by_another_zmq_poller(socket, shadow):
    other = zmq.Poller()
    other.register(socket)
    assert other.poll(LONG)


def by_another_edge_poller(socket, shadow):
    with EdgePoller() as other:
        other.register(socket)
        assert other.poll(LONG)


def by_another_thread(socket, shadow):
    thread = threading.Thread(target=socket.get, args=[zmq.EVENTS])
    thread.start()
    thread.join(LONG / 1000)


DRAINS = [
    by_recv,
    by_events,
    by_a_shadow,
    by_send,
    by_another_zmq_poller,
    by_another_edge_poller,
    by_another_thread,
]


@pytest.mark.parametrize("drain", DRAINS)
@pytest.mark.parametrize("flags", [zmq.POLLIN, zmq.POLLIN | zmq.POLLOUT])
def test_a_drain_hides_nothing(strict, pair, drain, flags):
    one, two = pair(zmq.PAIR, zmq.PAIR)
    one.sndhwm = two.rcvhwm = 0
    shadow = zmq.Socket.shadow(one)
    strict.register(one, zmq.POLLIN)
    for _ in range(3):
        assert strict.poll(0) == []
        two.send(b"1")
        two.send(b"2")
        assert not is_silent(one)
        drain(one, shadow)
        assert is_silent(one)
        assert strict.poll(LONG) == [(one, zmq.POLLIN)]
        with contextlib.suppress(zmq.Again):
            while True:
                one.recv(zmq.NOBLOCK)


@pytest.mark.parametrize("drain", DRAINS[1:])
def test_a_drain_before_register_hides_nothing(strict, pair, drain):
    one, two = pair(zmq.PAIR, zmq.PAIR)
    two.send(b"")
    drain(one, zmq.Socket.shadow(one))
    strict.register(one, zmq.POLLIN)
    assert strict.poll(0) == [(one, zmq.POLLIN)]


def test_room_again_is_reported_after_a_drain(strict, context):
    push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 2
    pull.bind("inproc://room")
    push.connect("inproc://room")
    strict.register(push, zmq.POLLOUT)
    while strict.poll(0):
        push.send(b"", zmq.NOBLOCK)
    for _ in range(4):
        pull.recv()
    push.get(zmq.EVENTS)
    assert is_silent(push)
    assert strict.poll(LONG) == [(push, zmq.POLLOUT)]


def test_asleep_while_the_news_comes(strict, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    strict.register(pull, zmq.POLLIN)
    stop = threading.Event()

    def send():
        while not stop.wait(0.001):
            push.send(b"")

    thread = threading.Thread(target=send)
    thread.start()
    try:
        for _ in range(100):
            assert strict.poll(LONG) == [(pull, zmq.POLLIN)]
            with contextlib.suppress(zmq.Again):
                while True:
                    pull.recv(zmq.NOBLOCK)
    finally:
        stop.set()
        thread.join(LONG / 1000)


# REQ and REP become ready without an edge


def test_rep_asked_for_input_only(strict, pair):
    rep, dealer = pair(zmq.REP, zmq.DEALER)
    strict.register(rep, zmq.POLLIN)
    for _ in range(3):
        dealer.send_multipart([b"", b"question"])
    for _ in range(3):
        assert strict.poll(LONG) == [(rep, zmq.POLLIN)]
        rep.recv()
        assert strict.poll(0) == []  # it can send, but nobody asked
        assert strict.poll(5) == []
        rep.send(b"answer")
    assert strict.poll(0) == []


def test_rep_asked_for_output_only(strict, pair):
    rep, dealer = pair(zmq.REP, zmq.DEALER)
    strict.register(rep, zmq.POLLOUT)
    assert strict.poll(0) == []
    dealer.send_multipart([b"", b"question"])
    assert strict.poll(5) == []
    rep.recv()
    assert strict.poll(0) == [(rep, zmq.POLLOUT)]


def test_req_asked_for_input_only(strict, pair):
    rep, req = pair(zmq.REP, zmq.REQ)
    strict.register(req, zmq.POLLIN)
    for _ in range(3):
        assert strict.poll(5) == []
        req.send(b"question")
        assert strict.poll(5) == []
        rep.recv()
        rep.send(b"answer")
        assert strict.poll(LONG) == [(req, zmq.POLLIN)]
        req.recv()


def test_req_asked_for_output_only(strict, pair):
    rep, req = pair(zmq.REP, zmq.REQ)
    strict.register(req, zmq.POLLOUT)
    for _ in range(3):
        assert strict.poll(LONG) == [(req, zmq.POLLOUT)]
        req.send(b"question")
        rep.recv()
        rep.send(b"answer")
        assert strict.poll(5) == []
        req.recv()


# What gives no signal


def connect_later(context):
    bound, socket = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    bound.bind("inproc://later")
    return bound, socket, lambda: socket.connect("inproc://later")


def bind_later(context):
    peer, socket = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    peer.connect("inproc://later")
    return peer, socket, lambda: socket.bind("inproc://later")


def an_option(context):
    socket = context.socket(zmq.ROUTER)
    socket.router_mandatory = 1
    return None, socket, lambda: socket.set(zmq.ROUTER_MANDATORY, 0)


@pytest.fixture(params=[connect_later, bind_later, an_option])
def silent_change(request, context):
    """A socket, and what makes it ready for output without a signal."""
    peer, *socket_and_change = request.param(context)
    yield socket_and_change
    del peer  # it had to live until now


def test_modify_tells_at_once_what_gives_no_signal(strict, silent_change):
    socket, change = silent_change
    strict.register(socket, zmq.POLLOUT)
    assert strict.poll(0) == []
    change()
    strict.modify(socket, zmq.POLLOUT)
    assert strict.poll(0) == [(socket, zmq.POLLOUT)]


@pytest.mark.parametrize("timeout", [None, LONG])
def test_a_recheck_finds_what_gives_no_signal(poller, silent_change, timeout):
    socket, change = silent_change
    poller.register(socket, zmq.POLLOUT)
    assert poller.poll(0) == []
    change()
    begin = time.monotonic()
    assert poller.poll(timeout) == [(socket, zmq.POLLOUT)]
    assert time.monotonic() - begin < edge.RECHECK_SECONDS + SLACK


def test_a_recheck_is_made_also_by_polls_that_do_not_wait(poller, silent_change, context):
    socket, change = silent_change
    always = context.socket(zmq.PUB)
    poller.register(always, zmq.POLLOUT)
    poller.register(socket, zmq.POLLOUT)
    assert poller.poll(0) == [(always, zmq.POLLOUT)]
    change()
    until(lambda: (socket, zmq.POLLOUT) in poller.poll(0), edge.RECHECK_SECONDS + SLACK)


def test_ready_no_more(strict, context):
    router = context.socket(zmq.ROUTER)
    strict.register(router, zmq.POLLOUT)
    assert strict.poll(0) == [(router, zmq.POLLOUT)]
    router.router_mandatory = 1
    assert strict.poll(0) == []


# Closed while registered


@pytest.mark.parametrize("by", ["itself", "a shadow"])
def test_closed(poller, context, pair, by):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    closed = context.socket(zmq.PULL)
    poller.register(closed, zmq.POLLIN)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    (closed if by == "itself" else zmq.Socket.shadow(closed)).close()
    begin = time.monotonic()
    with pytest.raises(zmq.ZMQError) as caught:
        poller.poll(LONG)
    assert caught.value.errno == zmq.ENOTSOCK
    assert time.monotonic() - begin < edge.RECHECK_SECONDS + SLACK
    for _ in range(3):
        with pytest.raises(zmq.ZMQError):  # until it is unregistered
            poller.poll(0)
    poller.unregister(closed)
    push.send(b"")
    assert poller.poll(LONG) == [(pull, zmq.POLLIN)]


def test_closed_and_modified(strict, context):
    closed, other = context.socket(zmq.PULL), context.socket(zmq.PUB)
    strict.register(closed, zmq.POLLIN)
    strict.register(other, zmq.POLLOUT)
    strict.poll(0)
    closed.close()
    with pytest.raises(zmq.ZMQError) as caught:
        strict.modify(closed)
    assert caught.value.errno == zmq.ENOTSOCK
    strict.unregister(closed)
    assert strict.poll(0) == [(other, zmq.POLLOUT)]


@pytest.mark.parametrize("unregistered", ["before", "after", "much later"])
def test_a_socket_gets_the_descriptor_of_a_closed_one(strict, context, unregistered):
    push = context.socket(zmq.PUSH)
    push.bind("inproc://reused")
    old = context.socket(zmq.PULL)
    number = old.get(zmq.FD)
    strict.register(old, zmq.POLLIN)
    assert strict.poll(0) == []
    old.close()
    new = same_descriptor(number, lambda: context.socket(zmq.PULL))
    new.connect("inproc://reused")
    if unregistered == "before":
        strict.unregister(old)
    strict.register(new, zmq.POLLIN)
    if unregistered == "after":
        strict.unregister(old)
    assert strict.poll(0) == []
    for _ in range(3):
        push.send(b"")
        assert strict.poll(LONG) == [(new, zmq.POLLIN)]
        new.recv()
    if unregistered == "much later":
        strict.unregister(old)
        push.send(b"")
        assert strict.poll(LONG) == [(new, zmq.POLLIN)]
    strict.unregister(new)
    assert strict.sockets == []


@pytest.mark.parametrize("first", [True, False])
def test_a_raw_descriptor_gets_the_number_of_a_closed_socket(strict, context, first):
    old = context.socket(zmq.PULL)
    number = old.get(zmq.FD)
    strict.register(old, zmq.POLLIN)
    assert strict.poll(0) == []
    old.close()
    new = same_descriptor(number, lambda: net.socket(type=net.SOCK_DGRAM))
    with new:
        if first:
            strict.unregister(old)
        new.bind(("127.0.0.1", 0))
        strict.register(new, zmq.POLLIN)
        if not first:
            strict.unregister(old)
        assert strict.poll(0) == []
        new.sendto(b"", new.getsockname())
        assert strict.poll(LONG) == [(number, zmq.POLLIN)]
        strict.unregister(new)


@pytest.mark.parametrize("first", [True, False])
def test_a_socket_gets_the_number_of_a_closed_raw_descriptor(strict, context, first):
    push = context.socket(zmq.PUSH)
    push.bind("inproc://reused")
    old = net.socket()
    number = old.fileno()
    strict.register(old, zmq.POLLIN)
    old.close()
    new = same_descriptor(number, lambda: context.socket(zmq.PULL))
    if first:
        strict.unregister(old)
    new.connect("inproc://reused")
    strict.register(new, zmq.POLLIN)
    if not first:
        strict.unregister(old)
    assert strict.poll(0) == []
    push.send(b"")
    assert strict.poll(LONG) == [(new, zmq.POLLIN)]


def test_the_number_is_in_use_again_but_not_registered(strict, context, pair):
    old = context.socket(zmq.PULL)
    number = old.get(zmq.FD)
    strict.register(old, zmq.POLLIN)
    old.close()
    with same_descriptor(number, lambda: net.socket(type=net.SOCK_DGRAM)):
        strict.unregister(old)
        pull, push = pair(zmq.PULL, zmq.PUSH)
        strict.register(pull, zmq.POLLIN)
        assert strict.poll(0) == []
        push.send(b"")
        assert strict.poll(LONG) == [(pull, zmq.POLLIN)]


# The poller's own descriptor, fork


def descriptors():
    return set(os.listdir("/proc/self/fd"))


def test_one_descriptor_until_close(nothing_left):
    edge.both_edges_are_reported()
    gc.collect()
    before = descriptors()
    poller = EdgePoller()
    assert len(descriptors()) == len(before) + 1
    poller.close()
    assert descriptors() == before
    poller.close()
    with EdgePoller():
        assert len(descriptors()) == len(before) + 1
    assert descriptors() == before
    poller = EdgePoller()
    del poller
    gc.collect()
    assert descriptors() == before


def test_collected_with_sockets_in_it(pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    edge.both_edges_are_reported()
    before = len(descriptors())
    poller = EdgePoller()
    poller.register(pull, zmq.POLLIN)
    del poller
    gc.collect()
    assert len(descriptors()) == before
    push.send(b"")
    assert pull.recv() == b""


def test_closed_poller(poller, context):
    socket = context.socket(zmq.PUB)
    poller.register(socket)
    poller.close()
    assert poller.sockets == []
    for timeout in (0, 10, None, -1, float("inf")):
        with pytest.raises(ValueError, match="closed"):
            poller.poll(timeout)
    for change in (poller.register, poller.modify, poller.unregister):
        with pytest.raises(ValueError, match="closed"):
            change(socket)
    assert socket not in poller


FORK = """
import os, warnings, zmq
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on
from pollerlab import EdgePoller

with zmq.Context() as context, EdgePoller() as poller:
    with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        pull.bind("inproc://fork")
        push.connect("inproc://fork")
        poller.register(pull, zmq.POLLIN)
        assert poller.poll(0) == []
        before = len(os.listdir("/proc/self/fd"))
        child = os.fork()
        if not child:
            try:
                poller.poll(0)
            except RuntimeError:
                os._exit(42 if len(os.listdir("/proc/self/fd")) == before - 1 else 43)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
        for _ in range(3):
            push.send(b"")
            assert poller.poll(10_000) == [(pull, zmq.POLLIN)]
            pull.recv()
            assert poller.poll(0) == []
print("fine")
"""


def test_fork():
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("fine\n", "")


# Nothing hides something else


def test_those_that_are_always_ready_hide_nothing(strict, context, pair, tmp_path):
    always = [context.socket(zmq.PUB) for _ in range(30)]
    pull, push = pair(zmq.PULL, zmq.PUSH)
    here, there = net.socketpair()
    with here, there, open(tmp_path / "file", "w") as file:
        for thing in (*always, pull, here, file):
            strict.register(thing, zmq.POLLIN if thing in (pull, here) else zmq.POLLOUT)
        crowd = {(socket, zmq.POLLOUT) for socket in always} | {(file.fileno(), zmq.POLLOUT)}
        for _ in range(20):
            assert set(strict.poll()) == crowd
            push.send(b"")
            assert set(strict.poll()) == crowd | {(pull, zmq.POLLIN)}
            there.send(b"x")
            assert set(strict.poll()) == crowd | {(pull, zmq.POLLIN), (here.fileno(), zmq.POLLIN)}
            pull.recv()
            here.recv(1)
        for thing in (here, file):
            strict.unregister(thing)


def test_all_but_one_are_hot(strict, context, pair):
    """The one that is not is seen though the others need no look at their edges."""
    always = [context.socket(zmq.PUB) for _ in range(3)]
    pull, push = pair(zmq.PULL, zmq.PUSH)
    for socket in always:
        strict.register(socket, zmq.POLLOUT)
    strict.register(pull, zmq.POLLIN)
    for _ in range(5):
        assert len(strict.poll()) == 3
        push.send(b"")
        assert len(strict.poll()) == 4
        assert len(strict.poll()) == 4  # now all are hot
        pull.recv()


@pytest.mark.parametrize("raw", [False, True])
def test_many_at_once(strict, nothing_left, raw):
    resource = pytest.importorskip("resource")
    number = 1100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * number + 500:
        pytest.skip("the system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * number + 500), hard))
    try:
        with contextlib.ExitStack() as stack:
            if raw:
                pairs = [net.socketpair() for _ in range(number)]
                pulls = [here for here, _ in pairs]
                for ends in pairs:
                    for end in ends:
                        stack.enter_context(end)
            else:
                context = zmq.Context()
                stack.callback(context.destroy, linger=0)
                context.max_sockets = 2 * number
                push = context.socket(zmq.PUSH)
                push.bind("inproc://many")
                pulls = [context.socket(zmq.PULL) for _ in range(number)]
                for pull in pulls:
                    pull.connect("inproc://many")
            for pull in pulls:
                strict.register(pull, zmq.POLLIN)
            assert strict.poll(0) == []
            for turn in range(number):
                if raw:
                    pairs[turn][1].send(b"x")
                else:
                    push.send(b"")
            expected = {pull.fileno() if raw else pull for pull in pulls}
            assert {socket for socket, _ in strict.poll(LONG)} == expected
            for pull in pulls[1:]:
                pull.recv(*([1] if raw else []))
            assert [socket for socket, _ in strict.poll(LONG)] == [pulls[0].fileno() if raw else pulls[0]]
            for pull in pulls:
                strict.unregister(pull)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_changes_between_polls(strict, pair):
    (one, to_one), (two, to_two) = pair(zmq.PULL, zmq.PUSH), pair(zmq.PULL, zmq.PUSH)
    strict.register(one, zmq.POLLIN)
    strict.register(two, zmq.POLLIN)
    assert strict.poll(0) == []
    to_one.send(b"")
    strict.unregister(one)  # with its edge not yet taken
    assert strict.poll(0) == []
    strict.register(one, zmq.POLLOUT)
    assert strict.poll(0) == []
    strict.modify(one, zmq.POLLIN)
    assert strict.poll(0) == [(one, zmq.POLLIN)]
    strict.unregister(one)
    strict.register(one, zmq.POLLIN)
    assert strict.poll(0) == [(one, zmq.POLLIN)]
    to_two.send(b"")
    strict.register(one, 0)
    assert strict.poll(0) == [(two, zmq.POLLIN)]
    strict.unregister(two)
    assert strict.poll(1) == []


@pytest.mark.parametrize("types", [(zmq.PULL, zmq.PUSH), (zmq.REP, zmq.REQ)])
def test_asleep_it_does_not_spin(poller, pair, types):
    for _ in range(50):
        for socket in pair(*types):
            poller.register(socket, zmq.POLLIN)
    poller.poll(0)
    begin, cpu = time.monotonic(), time.thread_time()
    assert poller.poll(2.2 * edge.RECHECK_SECONDS * 1000) == []
    assert time.thread_time() - cpu < 0.2 * (time.monotonic() - begin)


# Where it cannot be had


@pytest.fixture
def not_tried_yet():
    edge.both_edges_are_reported.cache_clear()
    yield
    edge.both_edges_are_reported.cache_clear()


def test_no_epoll(not_tried_yet, monkeypatch):
    monkeypatch.delattr(select, "epoll")
    with pytest.raises(OSError, match=r"use pollerlab\.Poller") as caught:
        EdgePoller()
    assert caught.value.errno == errno.ENOSYS


def test_no_read_edge(not_tried_yet, monkeypatch):
    assert edge.both_edges_are_reported()
    monkeypatch.setattr(of_zeromq, "BOTH_EDGES", select.EPOLLIN | select.EPOLLET)
    assert edge.both_edges_are_reported.__wrapped__() is False
    edge.both_edges_are_reported.cache_clear()
    with pytest.raises(OSError, match=r"use pollerlab\.Poller"):
        EdgePoller()


def test_too_many_open_files_are_not_remembered(not_tried_yet, monkeypatch):
    def full():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(select, "epoll", full)
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
            EdgePoller()
    EdgePoller().close()


# An exception from a signal's handler, at any moment


class Interrupted(Exception):
    """What the handler raises."""


def test_an_interrupted_poll_loses_nothing(strict, pair):
    def interrupt(*_):
        raise Interrupted

    dice = random.Random(4)
    pull, push = pair(zmq.PULL, zmq.PUSH)
    strict.register(pull, zmq.POLLIN)
    other, _ = pair(zmq.REP, zmq.REQ)
    strict.register(other, zmq.POLLIN)
    before = signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    try:
        for _ in range(1500):
            assert strict.poll(0) == []
            push.send(b"")
            try:
                signal.setitimer(signal.ITIMER_REAL, dice.uniform(1e-6, 4e-5))
                while True:
                    strict.poll(0)
            except Interrupted:
                interrupted += 1
            # Whatever the one that was interrupted had learned, this one knows it, too.
            assert strict.poll(LONG) == [(pull, zmq.POLLIN)]
            pull.recv()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted == 1500
