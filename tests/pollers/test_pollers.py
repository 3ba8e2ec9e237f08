"""What `zmq.Poller`, `Poller` and `EdgePoller` have in common: one set of tests, run over the three."""

import contextlib
import os
import signal
import socket as net
import sys
import threading
import time

import pytest
import zmq
from until import until

from pollerlab import EdgePoller, Poller

BOTH = zmq.POLLIN | zmq.POLLOUT
LONG = 10_000  # ms; the wait for what must come: a lost wake-up shows as an empty answer after this
SHORT = 0.05  # seconds; for the other side to be asleep by then, though nothing breaks if it is not

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux")
on_posix = pytest.mark.skipif(os.name != "posix", reason="only sockets can be polled on Windows")

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(
    params=[zmq.Poller, Poller, pytest.param(EdgePoller, marks=on_linux)], ids=["zmq", "Poller", "EdgePoller"]
)
def kind(request):
    return request.param


@pytest.fixture
def new(nothing_left, kind):
    """Make a poller that is closed after the test, if it can be."""
    with contextlib.ExitStack() as stack:

        def make():
            poller = kind()
            if kind is not zmq.Poller:
                stack.callback(poller.close)
            return poller

        yield make


@pytest.fixture
def poller(new):
    return new()


@pytest.fixture(params=["inproc://{}", "tcp://127.0.0.1:*"], ids=["inproc", "tcp"])
def pair(request, context):
    """Make two connected sockets of given types; the first is bound."""

    def make(one, other):
        bound, connected = context.socket(one), context.socket(other)
        bound.bind(request.param.format(id(bound)))
        connected.connect(bound.last_endpoint)
        return bound, connected

    return make


@pytest.fixture
def pipe(nothing_left):
    """Two descriptors, to read and to write; a test may close them."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


@contextlib.contextmanager
def meanwhile(function, *args):
    """Call *function* in another thread, shortly after the block began."""

    def run():
        time.sleep(SHORT)
        function(*args)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(LONG / 1000)
        assert not thread.is_alive()


def settle(poller, expected):
    """Poll until the answer is *expected*."""
    until(lambda: dict(poller.poll(1)) == expected)


# Readiness


def test_pair(poller, pair):
    one, two = pair(zmq.PAIR, zmq.PAIR)
    poller.register(one)
    poller.register(two)
    settle(poller, {one: zmq.POLLOUT, two: zmq.POLLOUT})
    one.send(b"to two")
    two.send(b"to one")
    settle(poller, {one: BOTH, two: BOTH})
    assert one.recv() == b"to one"
    assert two.recv() == b"to two"
    assert dict(poller.poll()) == {one: zmq.POLLOUT, two: zmq.POLLOUT}


def test_req_rep(poller, pair):
    rep, req = pair(zmq.REP, zmq.REQ)
    poller.register(rep)
    poller.register(req)
    settle(poller, {req: zmq.POLLOUT})
    for _ in range(3):
        req.send(b"question")
        assert poller.poll(LONG) == [(rep, zmq.POLLIN)]
        rep.recv()
        assert poller.poll(LONG) == [(rep, zmq.POLLOUT)]
        rep.send(b"answer")
        assert poller.poll(LONG) == [(req, zmq.POLLIN)]
        req.recv()
        assert poller.poll(LONG) == [(req, zmq.POLLOUT)]


def test_push_pull(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull)
    poller.register(push)
    settle(poller, {push: zmq.POLLOUT})
    push.send(b"")
    settle(poller, {pull: zmq.POLLIN, push: zmq.POLLOUT})
    pull.recv()
    assert poller.poll(0) == [(push, zmq.POLLOUT)]


def test_pub_sub(poller, pair):
    pub, sub = pair(zmq.XPUB, zmq.SUB)
    sub.subscribe(b"a")
    assert pub.recv() == b"\1a"
    poller.register(pub)
    poller.register(sub, zmq.POLLIN)
    assert poller.poll(LONG) == [(pub, zmq.POLLOUT)]
    pub.send(b"b: nobody asked for it")
    pub.send(b"a")
    assert poller.poll(0)[:1] == [(pub, zmq.POLLOUT)]
    settle(poller, {pub: zmq.POLLOUT, sub: zmq.POLLIN})
    assert sub.recv() == b"a"
    assert poller.poll(0) == [(pub, zmq.POLLOUT)]
    sub.unsubscribe(b"a")
    settle(poller, {pub: BOTH})


def test_pub_without_a_peer_is_ready(poller, context):
    pub = context.socket(zmq.PUB)
    poller.register(pub)
    assert poller.poll(0) == [(pub, zmq.POLLOUT)]


def test_dealer_router(poller, pair):
    router, dealer = pair(zmq.ROUTER, zmq.DEALER)
    poller.register(router, zmq.POLLIN)
    poller.register(dealer, zmq.POLLIN)
    dealer.send(b"question")
    assert poller.poll(LONG) == [(router, zmq.POLLIN)]
    router.send_multipart([router.recv_multipart()[0], b"answer"])
    assert poller.poll(LONG) == [(dealer, zmq.POLLIN)]
    dealer.recv()
    assert poller.poll(0) == []


def test_push_without_a_peer_and_with_one_that_is_full(poller, context):
    push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    push.sndhwm = pull.rcvhwm = 5
    poller.register(push, zmq.POLLOUT)
    assert poller.poll(0) == []
    pull.bind("inproc://full")
    poller.unregister(push)
    push.connect("inproc://full")
    poller.register(push, zmq.POLLOUT)
    assert poller.poll(0) == [(push, zmq.POLLOUT)]
    sent = 0
    while poller.poll(0):
        push.send(b"", zmq.NOBLOCK)
        sent += 1
    assert sent == 10
    with meanwhile(lambda: [pull.recv() for _ in range(sent)]):
        assert poller.poll(LONG) == [(push, zmq.POLLOUT)]


def test_level_triggered(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    push.send(b"1")
    push.send(b"2")
    for _ in range(5):
        assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
    pull.recv()
    assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
    pull.recv()
    assert poller.poll(0) == []


def test_every_part_of_a_message(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    push.send(b"1", zmq.SNDMORE)
    assert poller.poll(20) == []  # not before it is whole
    push.send(b"2")
    assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
    assert pull.recv() == b"1"
    assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
    assert pull.recv() == b"2"
    assert poller.poll(0) == []


def test_a_message_that_came_before_register(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    push.send(b"")
    assert pull.poll(LONG)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == [(pull, zmq.POLLIN)]


def test_a_peer_that_leaves(poller, pair):
    one, two = pair(zmq.PAIR, zmq.PAIR)
    poller.register(one, zmq.POLLOUT)
    settle(poller, {one: zmq.POLLOUT})
    two.close()
    settle(poller, {})


# Registration


def test_default_flags(poller, pair):
    one, two = pair(zmq.PAIR, zmq.PAIR)
    poller.register(one)
    assert poller.sockets == [(one, BOTH)]
    poller.modify(two)
    assert poller.sockets == [(one, BOTH), (two, BOTH)]


def test_only_what_was_asked_for_is_reported(poller, pair):
    one, two = pair(zmq.PAIR, zmq.PAIR)
    two.send(b"")
    assert one.poll(LONG)
    for flags in (zmq.POLLIN, zmq.POLLOUT, BOTH, zmq.POLLIN):
        poller.register(one, flags)
        assert poller.poll(LONG) == [(one, flags)]
    poller.register(one, zmq.POLLERR)
    assert poller.poll(10) == []


def test_flags_are_replaced_and_the_place_is_kept(poller, context):
    a, b, c = (context.socket(zmq.PUB) for _ in range(3))
    for socket in (a, b, c):
        poller.register(socket)
    poller.register(a, zmq.POLLOUT)
    poller.modify(b, zmq.POLLIN)
    assert poller.sockets == [(a, zmq.POLLOUT), (b, zmq.POLLIN), (c, BOTH)]
    assert dict(poller.poll(0)) == {a: zmq.POLLOUT, c: zmq.POLLOUT}


def test_no_flags_mean_unregister(poller, context):
    a, b = context.socket(zmq.PUB), context.socket(zmq.PUB)
    poller.register(a, 0)  # is no error
    assert a not in poller
    poller.register(a)
    poller.register(b)
    poller.register(a, 0)
    assert poller.sockets == [(b, BOTH)]
    poller.modify(b, 0)
    assert poller.sockets == []


def test_unregister(poller, context):
    a, b = context.socket(zmq.PUB), context.socket(zmq.PUB)
    with pytest.raises(KeyError):
        poller.unregister(a)
    poller.register(a)
    poller.register(b)
    poller.unregister(a)
    with pytest.raises(KeyError):
        poller.unregister(a)
    assert poller.poll(0) == [(b, zmq.POLLOUT)]
    poller.register(a)
    assert poller.sockets == [(b, BOTH), (a, BOTH)]


def test_in(poller, context, pipe):
    a, b = context.socket(zmq.PUB), context.socket(zmq.PUB)
    poller.register(a)
    poller.register(pipe[0], zmq.POLLIN)
    assert a in poller
    assert pipe[0] in poller
    assert b not in poller
    assert pipe[1] not in poller


@on_posix
def test_order(kind, poller, context, pipe):
    def in_order(answer):
        return sorted(answer, key=str) if kind is EdgePoller else answer

    sockets = [context.socket(zmq.PUB) for _ in range(6)]
    things = [*sockets[3:], pipe[1], *sockets[:3]]
    for thing in things:
        poller.register(thing, zmq.POLLOUT)
    poller.unregister(things[1])
    poller.modify(things[2], zmq.POLLOUT)
    poller.register(things[1], zmq.POLLOUT)
    things.append(things.pop(1))
    for _ in range(3):
        assert in_order(poller.poll(LONG)) == in_order([(thing, zmq.POLLOUT) for thing in things])


def test_unregister_after_close(poller, context):
    socket, other = context.socket(zmq.PUB), context.socket(zmq.PUB)
    poller.register(socket)
    poller.register(other)
    socket.close()
    poller.unregister(socket)
    assert poller.poll(0) == [(other, zmq.POLLOUT)]


def test_register_and_unregister_between_polls(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    for number in range(20):
        poller.register(pull, zmq.POLLIN)
        assert poller.poll(0) == []
        push.send(b"%d" % number)
        if number % 2:  # with the news taken in, and without
            assert pull.poll(LONG)
        poller.unregister(pull)
        poller.register(pull, zmq.POLLIN)
        assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
        pull.recv()
        poller.unregister(pull)


def test_two_pollers(new, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    pollers = [new(), new()]
    for poller in pollers:
        poller.register(pull, zmq.POLLIN)
    for _ in range(5):
        for poller in pollers:
            assert poller.poll(0) == []
        push.send(b"")
        for poller in pollers:
            assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
        pull.recv()


def test_a_shadow_is_another_key(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    shadow = zmq.Socket.shadow(pull)
    poller.register(pull, zmq.POLLIN)
    assert shadow not in poller
    poller.register(shadow, BOTH)
    assert poller.sockets == [(pull, zmq.POLLIN), (shadow, BOTH)]
    for _ in range(3):
        assert poller.poll(0) == []
        push.send(b"")
        answer = poller.poll(LONG)
        assert {id(socket) for socket, _ in answer} == {id(pull), id(shadow)}
        shadow.recv()
    poller.unregister(pull)
    push.send(b"")
    answer = poller.poll(LONG)
    assert [id(socket) for socket, _ in answer] == [id(shadow)]
    poller.unregister(shadow)
    assert pull.recv() == b""


# Timeouts


def test_no_time_at_all(poller, pair):
    pull, _ = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    for timeout in (0, 0.0, False):
        begin = time.monotonic()
        assert poller.poll(timeout) == []
        assert time.monotonic() - begin < 1


@pytest.mark.parametrize("timeout", [30, 30.5])
def test_the_whole_time(poller, pair, timeout):
    pull, _ = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    begin = time.monotonic()
    assert poller.poll(timeout) == []
    assert 0.029 < time.monotonic() - begin < 5


@pytest.mark.parametrize("timeout", [None, -1, -1000, -1.0, LONG])
def test_woken_by_a_thread(poller, pair, timeout):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    with meanwhile(push.send, b""):
        assert poller.poll(timeout) == [(pull, zmq.POLLIN)]


def test_the_timeout_has_a_name(poller, context):
    pub = context.socket(zmq.PUB)
    poller.register(pub, zmq.POLLIN)
    assert poller.poll(timeout=1) == []


@pytest.mark.parametrize("timeout", ["1", b"1", [1]])
def test_not_a_number(poller, context, timeout):
    poller.register(context.socket(zmq.PUB))
    with pytest.raises(TypeError):
        poller.poll(timeout)


def test_nan(poller, context):
    poller.register(context.socket(zmq.PUB))
    with pytest.raises(ValueError, match=r"nan|NaN"):
        poller.poll(float("nan"))


# Raw descriptors


@on_posix
@pytest.mark.parametrize("as_object", [False, True], ids=["int", "object"])
def test_a_pipe(poller, as_object):
    read, write = os.pipe()
    with os.fdopen(read, "rb", buffering=0) as reader, os.fdopen(write, "wb", buffering=0) as writer:
        poller.register(reader if as_object else read, zmq.POLLIN)
        poller.register(writer if as_object else write, zmq.POLLOUT)
        assert (reader in poller) == as_object
        assert (read in poller) != as_object
        assert poller.poll(LONG) == [(write, zmq.POLLOUT)]
        poller.unregister(writer if as_object else write)
        assert poller.poll(1) == []
        writer.write(b"xy")
        for _ in range(3):  # level-triggered
            assert poller.poll(LONG) == [(read, zmq.POLLIN)]
        reader.read(1)
        assert poller.poll(LONG) == [(read, zmq.POLLIN)]
        reader.read(1)
        assert poller.poll(0) == []
        poller.unregister(reader if as_object else read)


@on_posix
def test_a_pipe_wakes(poller, pair, pipe):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    poller.register(pipe[0], zmq.POLLIN)
    assert poller.poll(0) == []
    with meanwhile(os.write, pipe[1], b"x"):
        assert poller.poll() == [(pipe[0], zmq.POLLIN)]
    os.read(pipe[0], 1)
    with meanwhile(push.send, b""):
        assert poller.poll() == [(pull, zmq.POLLIN)]
    os.write(pipe[1], b"x")
    assert set(poller.poll()) == {(pull, zmq.POLLIN), (pipe[0], zmq.POLLIN)}


def test_a_socketpair(poller):
    here, there = net.socketpair()
    with here, there:
        poller.register(here)
        assert poller.poll(LONG) == [(here.fileno(), zmq.POLLOUT)]
        there.send(b"x")
        settle(poller, {here.fileno(): BOTH})
        poller.modify(here, zmq.POLLIN)
        assert poller.poll(LONG) == [(here.fileno(), zmq.POLLIN)]
        here.recv(1)
        assert poller.poll(0) == []
        poller.unregister(here)


def test_tcp(poller):
    with net.create_server(("127.0.0.1", 0)) as server:
        poller.register(server, zmq.POLLIN)
        assert poller.poll(0) == []
        with net.create_connection(server.getsockname()) as client:
            assert poller.poll(LONG) == [(server.fileno(), zmq.POLLIN)]
            peer, _ = server.accept()
            with peer:
                poller.unregister(server)
                poller.register(peer, zmq.POLLIN)
                assert poller.poll(0) == []
                client.sendall(b"x")
                assert poller.poll(LONG) == [(peer.fileno(), zmq.POLLIN)]
                peer.recv(1)
                client.shutdown(net.SHUT_WR)
                assert poller.poll(LONG) == [(peer.fileno(), zmq.POLLIN)]  # the end can be read
                poller.unregister(peer)


@on_linux
def test_urgent_data(poller):
    with net.create_server(("127.0.0.1", 0)) as server, net.create_connection(server.getsockname()) as client:
        peer, _ = server.accept()
        with peer:
            poller.register(peer, zmq.POLLPRI)
            client.send(b"x")
            assert poller.poll(10) == []
            client.send(b"!", net.MSG_OOB)
            assert poller.poll(LONG) == [(peer.fileno(), zmq.POLLPRI)]
            poller.unregister(peer)


@on_linux
def test_a_pipe_without_a_reader(poller, pipe):
    read, write = pipe
    poller.register(write, zmq.POLLOUT)
    os.close(read)
    assert poller.poll(LONG) == [(write, zmq.POLLOUT | zmq.POLLERR)]
    poller.modify(write, zmq.POLLERR)
    assert poller.poll(LONG) == [(write, zmq.POLLERR)]
    poller.modify(write, zmq.POLLIN)
    assert poller.poll(LONG) == [(write, zmq.POLLERR)]  # also to those who did not ask


@on_linux
def test_a_pipe_without_a_writer(poller, pipe):
    read, write = pipe
    poller.register(read, zmq.POLLIN)
    os.write(write, b"x")
    os.close(write)
    assert poller.poll(LONG) == [(read, zmq.POLLIN | zmq.POLLERR)]
    os.read(read, 1)
    assert poller.poll(LONG) == [(read, zmq.POLLERR)]


@on_posix
@pytest.mark.parametrize("flags", [zmq.POLLIN, zmq.POLLOUT, BOTH])
def test_a_regular_file_is_always_ready(poller, pair, tmp_path, flags):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    with open(tmp_path / "file", "w+b") as file:
        poller.register(file, flags)
        for _ in range(3):
            assert poller.poll() == [(file.fileno(), flags)]
        push.send(b"")
        settle(poller, {pull: zmq.POLLIN, file.fileno(): flags})
        poller.modify(file, zmq.POLLIN)
        assert dict(poller.poll()) == {pull: zmq.POLLIN, file.fileno(): zmq.POLLIN}
        poller.unregister(file)
        assert poller.poll() == [(pull, zmq.POLLIN)]


@on_posix
def test_one_descriptor_as_a_number_and_as_an_object(poller):
    here, there = net.socketpair()
    with here, there:
        number = here.fileno()
        poller.register(here, zmq.POLLIN)
        poller.register(number, zmq.POLLOUT)
        assert poller.sockets == [(here, zmq.POLLIN), (number, zmq.POLLOUT)]
        assert poller.poll(LONG) == [(number, zmq.POLLOUT)]
        there.send(b"x")
        until(lambda: sorted(poller.poll(LONG)) == [(number, zmq.POLLIN), (number, zmq.POLLOUT)])
        poller.unregister(number)
        assert poller.poll(LONG) == [(number, zmq.POLLIN)]
        poller.unregister(here)
        assert poller.sockets == []


@on_posix
def test_a_descriptor_that_is_not_open(poller):
    here, there = net.socketpair()
    with here, there:
        number = here.fileno()
        poller.register(number, zmq.POLLIN)
        assert poller.poll(1) == []
        here.close()  # while registered
        assert poller.poll(LONG) == [(number, zmq.POLLERR)]
        poller.unregister(number)
        poller.register(number, zmq.POLLIN)
        assert poller.poll(LONG) == [(number, zmq.POLLERR)]


@on_posix
def test_a_regular_file_has_no_urgent_data(poller, tmp_path):
    with open(tmp_path / "file", "w+b") as file:
        for flags in (zmq.POLLPRI, zmq.POLLERR):
            poller.register(file, flags)
            assert poller.poll(20) == []


def cpu_share(poller, ms):
    begin, cpu = time.monotonic(), time.thread_time()
    assert poller.poll(ms) == []
    return (time.thread_time() - cpu) / (time.monotonic() - begin)


@on_posix
def test_what_is_unregistered_no_longer_wakes(poller):
    here, there = net.socketpair()
    with here, there:
        poller.register(here, zmq.POLLIN)
        poller.register(here.fileno(), zmq.POLLOUT)
        poller.unregister(here.fileno())
        assert cpu_share(poller, 200) < 0.3


@on_posix
def test_a_duplicate_of_what_is_closed_does_not_wake(poller):
    here, there = net.socketpair()
    idle, other = net.socketpair()
    with here, there, idle, other, here.dup():
        poller.register(here, zmq.POLLIN)
        poller.register(idle, zmq.POLLIN)
        there.send(b"x")
        here.close()
        poller.unregister(here)
        assert cpu_share(poller, 200) < 0.3
        poller.unregister(idle)


@on_posix
@pytest.mark.parametrize("number_first", [True, False])
def test_a_socket_beside_its_own_descriptor(poller, pair, number_first):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    number = pull.get(zmq.FD)
    for thing in [number, pull] if number_first else [pull, number]:
        poller.register(thing, zmq.POLLIN)
    until(lambda: poller.poll(1) == [])
    for _ in range(3):
        push.send(b"")
        until(lambda: (pull, zmq.POLLIN) in poller.poll(LONG))
        pull.recv()
        until(lambda: poller.poll(1) == [])
    poller.unregister(number)
    push.send(b"")
    assert poller.poll(LONG) == [(pull, zmq.POLLIN)]


def test_equal_sockets_are_one_key(poller, pair):
    class Equal(zmq.Socket):
        def __eq__(self, other):
            return isinstance(other, Equal)

        def __hash__(self):
            return 1

    (one, _), (two, to_two) = pair(zmq.PULL, zmq.PUSH), pair(zmq.PULL, zmq.PUSH)
    one, two = Equal(shadow=one), Equal(shadow=two)
    poller.register(one, zmq.POLLIN)
    poller.register(two, zmq.POLLIN)
    to_two.send(b"")
    ((found, _),) = poller.poll(LONG)
    assert found is two
    ((kept, _),) = poller.sockets
    assert kept is two


def test_no_flags_unregister_also_what_is_closed(poller, context):
    socket = context.socket(zmq.PULL)
    poller.register(socket)
    socket.close()
    poller.register(socket, 0)
    assert poller.sockets == []


# Signals, threads, the end


class Alarm:
    """A signal every *seconds*, counted, and no more than that."""

    def __init__(self, seconds):
        self.seconds, self.rung = seconds, 0

    def __enter__(self):
        self.before = signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, self.seconds)
        return self

    def ring(self, *_):
        self.rung += 1

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.before)


@on_posix
def test_a_signal_does_not_end_a_wait(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    with Alarm(SHORT / 10) as alarm:
        with meanwhile(push.send, b""):
            assert poller.poll() == [(pull, zmq.POLLIN)]
        assert alarm.rung


@on_posix
def test_what_a_handler_raises_comes_through(poller, pair, not_deaf_to_interrupts):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            with meanwhile(signal.pthread_kill, threading.main_thread().ident, signal.SIGINT):
                poller.poll()
    push.send(b"")
    assert poller.poll(LONG) == [(pull, zmq.POLLIN)]


def test_the_context_ends(poller, nothing_left):
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    poller.register(pull, zmq.POLLIN)
    assert poller.poll(0) == []
    with meanwhile(context.term):
        with pytest.raises(zmq.ContextTerminated):
            poller.poll(LONG)
        with pytest.raises(zmq.ContextTerminated):
            poller.poll(LONG)
        pull.close()


def test_in_another_thread(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    got = []

    def serve():
        poller.register(pull, zmq.POLLIN)
        while b"stop" not in got:
            assert poller.poll(LONG) == [(pull, zmq.POLLIN)]
            got.append(pull.recv())

    with meanwhile(serve):
        for word in (b"1", b"2", b"stop"):
            push.send(word)
            until(lambda word=word: word in got)
    assert got == [b"1", b"2", b"stop"]


def test_the_others_run_meanwhile(poller, pair):
    pull, push = pair(zmq.PULL, zmq.PUSH)
    poller.register(pull, zmq.POLLIN)
    ticks = []

    def tick():
        for _ in range(20):
            ticks.append(time.sleep(0.001))
        push.send(b"")

    with meanwhile(tick):
        assert poller.poll() == [(pull, zmq.POLLIN)]
    assert len(ticks) == 20


def test_with_and_close(kind, pair):
    if kind is zmq.Poller:
        pytest.skip("zmq.Poller has neither: see pollerlab.pollers.differences")
    one, _ = pair(zmq.PAIR, zmq.PAIR)
    with kind() as poller:
        poller.register(one, zmq.POLLIN)
        assert poller.poll(0) == []
    assert one not in poller
    assert poller.sockets == []
    poller.close()
    assert not one.closed  # what was watched is the caller's


def test_a_long_conversation(poller, pair):
    """Nothing is lost while messages go forth and back, taken in now and then by a recv that is too early."""
    one, two = pair(zmq.PAIR, zmq.PAIR)
    poller.register(one, zmq.POLLIN)
    poller.register(two, zmq.POLLIN)
    one.send(b"")
    for turn in range(500):
        ((socket, mask),) = poller.poll(LONG)
        assert mask == zmq.POLLIN
        message = socket.recv()
        socket.send(message)
        if turn % 3:
            with contextlib.suppress(zmq.Again):
                socket.recv(zmq.NOBLOCK)
                raise AssertionError("nobody sent that")
