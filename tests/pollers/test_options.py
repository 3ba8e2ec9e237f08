"""Options and socket types that change when a socket is ready: all three pollers see it alike."""

import sys
import threading

import pytest
import zmq
from until import until
from zmq.auth.thread import ThreadAuthenticator

from pollerlab import EdgePoller, Poller

LONG = 10_000  # ms
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux")
pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(
    params=[zmq.Poller, Poller, pytest.param(EdgePoller, marks=on_linux)], ids=["zmq", "Poller", "EdgePoller"]
)
def poller(request, nothing_left):
    poller = request.param()
    yield poller
    if hasattr(poller, "close"):
        poller.close()


@pytest.fixture
def make(context):
    """Make a socket with these options."""

    def make(kind, **options):
        sock = context.socket(kind)
        for name, value in options.items():
            setattr(sock, name, value)
        return sock

    return make


def joined(bound, connected):
    bound.bind("tcp://127.0.0.1:*")
    connected.connect(bound.last_endpoint)


def says(poller, *expected, timeout=LONG):
    """Wait until the poller says exactly this of its sockets: each poll sleeps until something is ready."""
    until(lambda: dict(poller.poll(100)) == dict(expected), timeout / 1000)


def received(poller, sock):
    """The next message of *sock*, for which the poller has slept."""
    until(lambda: dict(poller.poll(LONG)).get(sock, 0) & zmq.POLLIN)
    return sock.recv_multipart()


def test_conflate_keeps_the_last(poller, make):
    pull, push = make(zmq.PULL, conflate=1), make(zmq.PUSH)
    joined(pull, push)
    poller.register(pull)
    for number in range(20):
        push.send(b"%d" % number)
    last = b""
    while last != b"19":
        (last,) = received(poller, pull)
    assert poller.poll(0) == []
    push.send(b"one more")
    assert received(poller, pull) == [b"one more"]
    assert poller.poll(0) == []


def test_relaxed_req_may_ask_twice(poller, make):
    rep, req = make(zmq.REP), make(zmq.REQ, req_relaxed=1, req_correlate=1)
    joined(rep, req)
    poller.register(rep)
    poller.register(req)
    says(poller, (req, zmq.POLLOUT))
    req.send(b"first")
    assert received(poller, rep) == [b"first"]
    rep.send(b"late answer")
    until(lambda: req in dict(poller.poll(LONG)))
    req.send(b"second")  # and the answer to the first is dropped
    assert received(poller, rep) == [b"second"]
    rep.send(b"answer")
    assert received(poller, req) == [b"answer"]
    says(poller, (req, zmq.POLLOUT))


def test_stream_hears_of_connects_bytes_and_disconnects(poller, make):
    server, client = make(zmq.STREAM), make(zmq.STREAM)
    server.bind("tcp://127.0.0.1:*")
    poller.register(server, zmq.POLLIN)
    poller.register(client, zmq.POLLIN)
    client.connect(server.last_endpoint)
    peer, nothing = received(poller, server)
    assert nothing == b""
    name, nothing = received(poller, client)
    assert nothing == b""
    client.send_multipart([name, b"hello"])
    assert received(poller, server) == [peer, b"hello"]
    server.send_multipart([peer, b""])  # closes the connection
    assert received(poller, client) == [name, b""]


def test_a_monitor_tells_of_each_event(poller, make):
    pull, push = make(zmq.PULL), make(zmq.PUSH)
    monitor = push.get_monitor_socket()
    poller.register(monitor, zmq.POLLIN)
    poller.register(pull, zmq.POLLIN)
    joined(pull, push)
    seen = set()
    while zmq.EVENT_HANDSHAKE_SUCCEEDED not in seen:
        seen.add(int.from_bytes(received(poller, monitor)[0][:2], sys.byteorder))
    push.send(b"")
    assert received(poller, pull) == [b""]
    pull.unbind(pull.last_endpoint)
    pull.close()
    poller.unregister(pull)
    while zmq.EVENT_DISCONNECTED not in seen:
        seen.add(int.from_bytes(received(poller, monitor)[0][:2], sys.byteorder))
    poller.unregister(monitor)
    push.disable_monitor()


@pytest.mark.parametrize("wrong", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("mechanism", ["plain", "curve"])
def test_only_who_may_is_heard(poller, make, context, mechanism, wrong):
    if mechanism == "curve" and not zmq.has("curve"):
        pytest.skip("this libzmq has no CURVE")
    guard = ThreadAuthenticator(context)
    guard.start()
    try:
        public, secret = zmq.curve_keypair()
        mine = zmq.curve_keypair()
        if mechanism == "plain":
            guard.configure_plain(domain="*", passwords={"ann": "right"})
            pull = make(zmq.PULL, plain_server=1)
            push = make(zmq.PUSH, plain_username=b"ann", plain_password=b"wrong" if wrong else b"right")
        else:
            guard.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
            pull = make(zmq.PULL, curve_server=1, curve_publickey=public, curve_secretkey=secret)
            keys = {"curve_publickey": mine[0], "curve_secretkey": mine[1]}
            push = make(zmq.PUSH, curve_serverkey=mine[0] if wrong else public, **keys)
        push.immediate = 1  # ready to send only with a connection
        poller.register(pull, zmq.POLLIN)
        poller.register(push, zmq.POLLOUT)
        joined(pull, push)
        if wrong:
            assert poller.poll(150) == []
        else:
            says(poller, (push, zmq.POLLOUT))
            push.send(b"")
            assert received(poller, pull) == [b""]
    finally:
        guard.stop()


def test_handover_of_a_name(poller, make):
    router = make(zmq.ROUTER, router_handover=1)
    router.bind("tcp://127.0.0.1:*")
    poller.register(router, zmq.POLLIN)
    for word in (b"first", b"second", b"third"):
        dealer = make(zmq.DEALER, routing_id=b"the name")
        poller.register(dealer, zmq.POLLIN)
        dealer.connect(router.last_endpoint)
        dealer.send(word)
        assert received(poller, router) == [b"the name", word]
        router.send_multipart([b"the name", word])
        assert received(poller, dealer) == [word]
    assert poller.poll(0) == []


def test_a_probe_is_a_message(poller, make):
    router, dealer = make(zmq.ROUTER), make(zmq.DEALER, probe_router=1, routing_id=b"me")
    poller.register(router, zmq.POLLIN)
    joined(router, dealer)
    assert received(poller, router) == [b"me", b""]
    assert poller.poll(0) == []


def test_subscriptions_by_hand(poller, make):
    xpub, sub = make(zmq.XPUB, xpub_verboser=1), make(zmq.XSUB)
    xpub.set(zmq.XPUB_MANUAL, 1)
    poller.register(xpub, zmq.POLLIN)
    poller.register(sub, zmq.POLLIN)
    joined(xpub, sub)
    sub.send(b"\1a")
    assert received(poller, xpub) == [b"\1a"]
    xpub.subscribe(b"b")  # instead of what it asked for
    xpub.send(b"a: not this")
    xpub.send(b"b: this")
    assert received(poller, sub) == [b"b: this"]
    assert poller.poll(0) == []
    sub.send(b"\0a")
    assert received(poller, xpub) == [b"\0a"]


def test_through_a_proxy(poller, make, context):
    front, back, control = make(zmq.ROUTER), make(zmq.DEALER), make(zmq.PAIR)
    front.bind("inproc://front")
    back.bind("inproc://back")
    control.bind("inproc://control")
    remote = make(zmq.PAIR)
    remote.connect("inproc://control")
    proxy = threading.Thread(target=zmq.proxy_steerable, args=(front, back, None, control))
    proxy.start()
    try:
        req, rep = make(zmq.REQ), make(zmq.REP)
        req.connect("inproc://front")
        rep.connect("inproc://back")
        poller.register(req, zmq.POLLIN)
        poller.register(rep, zmq.POLLIN)
        for number in range(50):
            req.send(b"%d" % number)
            assert received(poller, rep) == [b"%d" % number]
            rep.send(b"%d back" % number)
            assert received(poller, req) == [b"%d back" % number]
        assert poller.poll(0) == []
    finally:
        remote.send(b"TERMINATE")
        proxy.join()


def test_without_threads_of_zeromq(poller):
    with zmq.Context(io_threads=0) as context:
        with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
            pull.bind("inproc://here")
            push.connect("inproc://here")
            poller.register(pull, zmq.POLLIN)
            assert poller.poll(0) == []
            later = threading.Timer(0.05, push.send, [b"word"])
            later.start()
            assert received(poller, pull) == [b"word"]
            later.join()
            poller.unregister(pull)


def test_peers_that_come_and_go(poller, make):
    pull = make(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    poller.register(pull, zmq.POLLIN)
    for number in range(40):
        with make(zmq.PUSH, linger=LONG) as push:
            poller.register(push, zmq.POLLOUT)
            push.connect(pull.last_endpoint)
            until(lambda push=push: dict(poller.poll(LONG)).get(push))
            push.send(b"%d" % number)
            poller.unregister(push)
        assert received(poller, pull) == [b"%d" % number]
    assert poller.poll(0) == []


def test_sockets_that_come_and_go(poller, make):
    for number in range(60):  # and their descriptors have the numbers of those before
        with make(zmq.PULL) as pull, make(zmq.PUSH, linger=LONG) as push:
            poller.register(pull, zmq.POLLIN)
            poller.register(push, zmq.POLLOUT)
            joined(pull, push)
            until(lambda push=push: dict(poller.poll(LONG)).get(push))
            push.send(b"%d" % number)
            assert received(poller, pull) == [b"%d" % number]
            poller.unregister(pull)
            poller.unregister(push)
    assert poller.poll(0) == []
