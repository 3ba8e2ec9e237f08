import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback

import psutil
import pytest
import zmq
import zmq.asyncio
from until import until

from pollerlab.scenery import every, peers

pytestmark = pytest.mark.usefixtures("nothing_left")

SOON = 1.0  # seconds: how long leaving a `with` may take
LONG_MS = 60_000
context = zmq.Context.instance()
transport = pytest.mark.parametrize("address", [peers.LOOPBACK, "inproc://*"], ids=["tcp", "inproc"])


def connected(kind, address, context=context, **options):
    """A socket of the reader's own, with a limit on each wait."""
    sock = context.socket(kind)
    sock.linger = 0
    sock.rcvtimeo = sock.sndtimeo = 5000
    for name, value in options.items():
        setattr(sock, name, value)
    sock.connect(address)
    return sock


# -- what each peer does ---------------------------------------------------------------------------


@transport
def test_push_sends_its_numbers_by_schedule(address):
    moments = [0, 20, 40, 60]
    began = time.perf_counter()  # and its schedule when the receiver is there
    with peers.Push(moments, bind=address) as peer, connected(zmq.PULL, peer.address) as inbox:
        assert [inbox.recv() for _ in range(4)] == [b"0", b"1", b"2", b"3"]
        until(lambda: len(peer.sent) == 4)
    for moment, sent in zip(moments, peer.sent, strict=True):
        assert sent - began >= moment / 1000  # it may be late, never early


@transport
def test_push_starts_when_the_first_receiver_is_there(address):
    with peers.Push([0] * 5, bind=address) as peer:
        began = time.perf_counter()
        assert peer.sent == []
        with connected(zmq.PULL, peer.address) as inbox:
            assert inbox.recv() == b"0"
    assert peer.sent[0] >= began


@transport
@pytest.mark.parametrize("kind", [peers.Push, peers.Pub])
def test_a_sender_says_when_its_schedule_starts(address, kind):
    with kind([LONG_MS], bind=address) as peer:
        assert not peer.started.wait(0.05)
        with connected(zmq.PULL if kind is peers.Push else zmq.SUB, peer.address) as inbox:
            if kind is peers.Pub:
                inbox.subscribe(b"")
            assert peer.started.wait(5)
        assert peer.sent == []


@transport
def test_push_waits_for_room_and_loses_nothing(address):
    count = 5000  # more than the high-water marks of both sides together, 2 x 1000
    with peers.Push([0] * count, bind=address) as peer, connected(zmq.PULL, peer.address) as inbox:
        if address == "inproc://*":
            until(lambda: len(peer.sent) >= 2000)
            assert not inbox.closed
            assert len(peer.sent) < count
        assert [int(inbox.recv()) for _ in range(count)] == list(range(count))


@transport
def test_pub_starts_with_the_first_subscriber_to_its_topic(address):
    with peers.Pub(every(5), topic=b"weather", bind=address) as peer:
        with connected(zmq.SUB, peer.address) as inbox:
            inbox.subscribe("sports")
            inbox.subscribe("wea")
            assert inbox.recv_multipart() == [b"weather", b"0"]
            assert inbox.recv_multipart() == [b"weather", b"1"]


def test_pub_sends_nothing_for_another_topic():
    with peers.Pub([0], topic=b"weather") as peer, connected(zmq.SUB, peer.address) as inbox:
        inbox.subscribe("sports")
        assert not inbox.poll(100)
        assert peer.sent == []
        inbox.subscribe("weather")
        assert inbox.recv_multipart() == [b"weather", b"0"]


@transport
def test_worker_passes_tasks_on_to_a_sink(address):
    with (
        peers.Worker(5, bind=address, bind_results=address) as worker,
        peers.Sink(connect=worker.results_address) as sink,
        peers.Push([0] * 10, connect=worker.address),
    ):
        until(lambda: len(sink.messages) == 10)
    assert sink.messages == [[b"%d" % number] for number in range(10)]
    assert sink.received[-1] - worker.received[0] >= 10 * 0.005
    assert len(worker.sent) == len(sink.received) == 10


@transport
def test_worker_publishes_its_results_if_it_has_a_topic(address):
    with peers.Worker(0, topic=b"done", bind=address, bind_results=address) as worker:
        with (
            connected(zmq.SUB, worker.results_address) as results,
            connected(zmq.PUSH, worker.address) as tasks,
        ):
            tasks.send_multipart([b"one", b"task"])
            results.subscribe("done")
            assert results.recv_multipart() == [b"done", b"one", b"task"]


@transport
def test_rep_answers_after_its_delay(address):
    with peers.Rep(50, bind=address) as server, connected(zmq.REQ, server.address) as client:
        for _ in range(2):
            client.send_multipart([b"hello", b"you"])
            assert client.recv_multipart() == [b"hello", b"you"]
    assert server.sent[0] - server.received[0] >= 0.05


def test_a_peer_connects_to_an_address_of_the_readers():
    with context.socket(zmq.PULL) as inbox:
        inbox.rcvtimeo = 5000
        inbox.bind("tcp://127.0.0.1:*")
        with peers.Push([0], connect=inbox.last_endpoint.decode()) as peer:
            assert inbox.recv() == b"0"
            assert peer.address == inbox.last_endpoint.decode()


def test_a_connecting_sender_waits_for_the_other_side():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with peers.Push([0], connect=address) as peer:  # connects, but nobody speaks ZMTP there
            threading.Event().wait(0.1)
            assert peer.sent == []


def test_a_connecting_worker_does_the_tasks_it_has_when_their_sender_leaves():
    with peers.Sink() as sink, context.socket(zmq.PUSH) as tasks:
        tasks.bind(peers.LOOPBACK)
        address = tasks.last_endpoint.decode()
        with peers.Worker(20, connect=address, connect_results=sink.address):
            for number in range(20):
                tasks.send(b"%d" % number)
            tasks.close(linger=5000)
            until(lambda: len(sink.messages) == 20)


def test_peers_listen_on_loopback_alone():
    with peers.Push([]), peers.Pub([]), peers.Worker(1), peers.Sink(), peers.Rep():
        listening = {c.laddr.ip for c in psutil.Process().net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


# -- stopping ---------------------------------------------------------------------------------------

BLOCKED = {
    "push, nobody connected": lambda: peers.Push([0]),
    "push, long gap": lambda: peers.Push([LONG_MS]),
    "pub, nobody subscribed": lambda: peers.Pub([0]),
    "sink, nothing comes": lambda: peers.Sink(),
    "worker, no task": lambda: peers.Worker(LONG_MS),
    "rep, no request": lambda: peers.Rep(LONG_MS),
}


@pytest.mark.parametrize("make", BLOCKED.values(), ids=BLOCKED)
def test_leaving_stops_a_peer_that_waits(make):
    with make():
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON


def test_leaving_stops_a_push_that_is_blocked_in_send():
    with peers.Push([0] * 100_000, bind="inproc://*") as peer, connected(zmq.PULL, peer.address):
        until(lambda: len(peer.sent) >= 2000)  # full: both high-water marks
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON
    assert len(peer.sent) < 100_000


def test_leaving_stops_a_push_that_is_never_blocked():
    with peers.Push([0] * 1_000_000) as peer, peers.Sink(connect=peer.address) as sink:
        until(lambda: len(sink.received) > 100)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON


@pytest.mark.parametrize("work_ms", [LONG_MS, 0], ids=["at work", "with results that nobody takes"])
def test_leaving_stops_a_worker(work_ms):
    with peers.Worker(work_ms) as worker, connected(zmq.PUSH, worker.address) as tasks:
        tasks.send(b"")
        until(lambda: worker.received)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON


def test_leaving_stops_a_slow_server():
    with peers.Rep(LONG_MS) as server, connected(zmq.REQ, server.address) as client:
        client.send(b"")
        until(lambda: server.received)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON


@pytest.mark.skipif(sys.platform == "win32", reason="no signal to send to oneself that recv() notices")
def test_an_interrupt_in_recv_stops_the_peers(not_deaf_to_interrupts):
    def interrupt():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    timer = threading.Timer(0.2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        with (
            peers.Push([]) as peer,
            peers.Sink(),
            connected(zmq.PULL, peer.address, rcvtimeo=10_000) as inbox,
        ):
            timer.start()
            inbox.recv()
    timer.join()


def test_leaving_stops_a_peer_also_where_a_socket_refuses_to_shut_down(monkeypatch):
    def refuse(sock, how):
        raise OSError("not connected")

    monkeypatch.setattr(socket.socket, "shutdown", refuse)
    with peers.Sink():
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON


def test_the_same_cell_can_be_run_again():
    for _ in range(20):
        with peers.Push([0]) as peer, connected(zmq.PULL, peer.address) as inbox:
            assert inbox.recv() == b"0"


# -- errors -----------------------------------------------------------------------------------------


def failing_schedule():
    yield 0
    raise ZeroDivisionError("the schedule broke")


def test_an_exception_in_the_thread_is_raised_at_the_end_of_the_with():
    with pytest.raises(ZeroDivisionError) as failure:
        with peers.Push(failing_schedule()) as peer, connected(zmq.PULL, peer.address) as inbox:
            assert inbox.recv() == b"0"
            until(lambda: not any(t.name == "Push" for t in threading.enumerate()))
            reached = True
    assert reached
    assert "failing_schedule" in [frame.name for frame in traceback.extract_tb(failure.tb)]


def test_the_exception_of_the_block_comes_first():
    with pytest.raises(LookupError, match="mine") as failure:
        with peers.Push(failing_schedule()) as peer, connected(zmq.PULL, peer.address) as inbox:
            inbox.recv()
            until(lambda: not any(t.name == "Push" for t in threading.enumerate()))
            raise LookupError("mine")
    if sys.version_info >= (3, 11):
        assert "the schedule broke" in "".join(failure.value.__notes__)


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:http", "tcp://no.such.host.invalid:1"])
def test_a_bad_address_is_an_error_at_the_with(address):
    with pytest.raises(zmq.ZMQError), peers.Push([], bind=address):
        pytest.fail("the block ran")


def test_a_taken_port_is_an_error_at_the_with():
    with peers.Push([]) as first:
        with pytest.raises(zmq.ZMQError, match="in use"), peers.Push([], bind=first.address):
            pytest.fail("the block ran")


def test_a_peer_is_for_one_with():
    peer = peers.Push([])
    with peer:
        pass
    with pytest.raises(RuntimeError, match="make a new one"), peer:
        pytest.fail("the block ran")


@pytest.mark.parametrize("kind", [peers.Push, peers.Pub])
def test_a_number_is_no_schedule(kind):
    with pytest.raises(TypeError, match=r"such as every\(50\)"):
        kind(50)


@pytest.mark.parametrize(
    ("moment", "error"), [(float("nan"), ValueError), (-1, ValueError), ("soon", TypeError)]
)
def test_a_moment_in_a_list_that_makes_no_sense_is_refused_at_once(moment, error):
    with pytest.raises(error, match="a moment of a schedule must be a"):
        peers.Push([0, moment])


@pytest.mark.parametrize("moment", [float("nan"), "soon"])
def test_a_moment_of_an_iterator_that_makes_no_sense_is_an_error(moment):
    with pytest.raises((TypeError, ValueError)):
        with peers.Push(iter([moment])) as peer, connected(zmq.PULL, peer.address):
            until(lambda: not any(t.name == "Push" for t in threading.enumerate()))


@pytest.mark.parametrize("make", [peers.Rep, peers.Worker])
@pytest.mark.parametrize(("ms", "error"), [(-1, ValueError), ("1", TypeError), (float("inf"), ValueError)])
def test_a_delay_that_makes_no_sense_is_refused(make, ms, error):
    with pytest.raises(error, match="_ms must be a"):
        make(ms)


def idle(sink, context):
    return True


def gap(push, context):
    with connected(zmq.PULL, push.address, context=context) as inbox:
        return inbox.recv()


def busy_with_a_task(worker, context):
    with connected(zmq.PUSH, worker.address, context=context) as tasks:
        tasks.send(b"")
        until(lambda: worker.received)


def subscribed(pub, context):
    with connected(zmq.SUB, pub.address, context=context) as inbox:
        inbox.subscribe("")
        return inbox.recv()


def asked(server, context):
    with connected(zmq.REQ, server.address, context=context) as client:
        client.send(b"")
        until(lambda: server.received)


STATES = {
    "push, nobody connected": (lambda own: peers.Push([0], context=own), idle),
    "push, long gap": (lambda own: peers.Push([0, LONG_MS], context=own), gap),
    "push, schedule done": (lambda own: peers.Push([0], context=own), gap),
    "pub, nobody subscribed": (lambda own: peers.Pub([0], context=own), idle),
    "pub, schedule done": (lambda own: peers.Pub([0], context=own), subscribed),
    "sink, nothing comes": (lambda own: peers.Sink(context=own), idle),
    "worker, at work": (lambda own: peers.Worker(LONG_MS, context=own), busy_with_a_task),
    "rep, in its delay": (lambda own: peers.Rep(LONG_MS, context=own), asked),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("make", "bring_about"), STATES.values(), ids=STATES)
def test_terminating_the_readers_context_hangs_nothing(make, bring_about):
    own = zmq.Context()
    with pytest.raises(zmq.ContextTerminated), make(own) as peer:
        bring_about(peer, own)
        own.term()
    assert own.closed


def test_a_peer_has_plain_sockets_also_in_an_asyncio_context():
    own = zmq.asyncio.Context()
    with (
        peers.Push([0], context=own, bind="inproc://*") as push,
        peers.Sink(context=own, connect=push.address) as sink,
    ):
        until(lambda: sink.messages)
    own.term()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork to leave copies behind")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_in_the_block_does_not_keep_the_peer_alive():
    ours, childs = os.pipe()
    with peers.Push([LONG_MS]):
        child = os.fork()
        if child == 0:
            os.close(childs)
            os.read(ours, 1)  # until the test closes its end
            os._exit(0)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < SOON
    os.close(childs)
    os.close(ours)
    os.waitpid(child, 0)


def test_a_peer_that_is_interrupted_while_it_starts_stops(interrupted_start):
    with pytest.raises(KeyboardInterrupt), peers.Push([0]):
        pytest.fail("the block ran")


def test_the_exception_of_the_block_comes_before_a_peer_that_does_not_stop(monkeypatch):
    monkeypatch.setattr(peers, "_STOP_SECONDS", 0.1)
    release = threading.Event()

    def blocking_schedule():
        release.wait(10)
        yield 0

    with pytest.raises(LookupError, match="mine"):
        with peers.Push(blocking_schedule()) as peer, connected(zmq.PULL, peer.address):
            until(lambda: peer._own[0].closed or peer._own[0].poll(0, zmq.POLLOUT))
            raise LookupError("mine")
    with pytest.raises(RuntimeError, match="does its schedule itself block"):
        with peers.Push(blocking_schedule()) as peer, connected(zmq.PULL, peer.address) as inbox:
            inbox.poll(200)
    release.set()


AT_THE_LIMIT = """
import os, resource, socket, sys, time, zmq
from pollerlab.scenery import peers
opened = lambda: len(os.listdir("/proc/self/fd"))
kept = zmq.Context.instance().socket(zmq.PUSH)  # libzmq's own threads have their descriptors now
before = opened()
for free in range(12):
    taken = []
    deadline = time.monotonic() + 10
    while opened() > before:  # libzmq closes what was closed a little later
        assert time.monotonic() < deadline
        time.sleep(0.001)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 4096))
    while True:
        try:
            taken.append(socket.socket())
        except OSError:
            break
    for _ in range(free):
        taken.pop().close()
    try:
        with {peer}:
            outcome = "ran"
    except (OSError, zmq.ZMQError) as error:
        outcome = "clean"
    print(free, outcome)
kept.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors as Linux does")
@pytest.mark.parametrize("peer", ["peers.Push([])", "peers.Worker(1)"])
def test_a_shortage_of_descriptors_is_an_exception(peer):
    run = subprocess.run(
        [sys.executable, "-c", AT_THE_LIMIT.format(peer=peer)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    outcomes = [line.split()[1] for line in run.stdout.splitlines()]
    assert len(outcomes) == 12
    assert outcomes[0] == "clean"
    assert outcomes == sorted(outcomes)  # from some number on, it runs


@pytest.mark.parametrize(
    "make", [lambda topic: peers.Pub([0], topic=topic), lambda topic: peers.Worker(1, topic=topic)]
)
def test_a_topic_is_bytes(make):
    with pytest.raises(TypeError, match="topic must be bytes"):
        make("news")
