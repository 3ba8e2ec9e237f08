"""What other systems lack is taken away here: the results are the same, or a sentence says what to do.

`make test-elsewhere` does it to all the tests and notebooks.  The clocks of threads are in test_meter.py and
test_machine.py, and epoll in test_edge.py as well.
"""

import asyncio
import os
import select
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import psutil
import pytest
import zmq
import zmq.asyncio
from kernels import ROOT
from until import until

from pollerlab import Poller
from pollerlab.judges.descriptor_limit import room_for
from pollerlab.live import ways
from pollerlab.pollers.descriptors import wait
from pollerlab.process.child import Child
from pollerlab.scenery import peers

pytestmark = pytest.mark.usefixtures("nothing_left")

IN, OUT, ERR = int(zmq.POLLIN), int(zmq.POLLOUT), int(zmq.POLLERR)


@pytest.fixture(params=["poll(2)", "select(2)"])
def either(request, monkeypatch):
    """Wait by the one or the other."""
    if request.param == "select(2)":
        monkeypatch.delattr(select, "poll", raising=False)
    elif not hasattr(select, "poll"):
        pytest.skip("there is no poll(2) here")


@pytest.fixture
def two(nothing_left):
    """Two sockets of the system, connected."""
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@pytest.mark.usefixtures("either")
class TestWaitingOnDescriptors:
    def test_what_is_ready_is_reported_with_its_flags(self, two):
        one, other = two
        assert wait([(one.fileno(), IN)], 0) == {}
        assert wait([(one.fileno(), OUT)], 0) == {one.fileno(): OUT}
        other.send(b"news")
        assert wait([(one.fileno(), IN), (other.fileno(), IN)], 5) == {one.fileno(): IN}
        assert wait([(one.fileno(), IN), (one.fileno(), OUT)], 0) == {one.fileno(): IN | OUT}

    def test_the_other_end_leaves(self, two):
        one, other = two
        other.close()
        assert wait([(one.fileno(), IN)], 5)[one.fileno()] & IN

    def test_it_sleeps_as_long_as_it_is_told_to(self, two):
        for watched in ([], [(two[0].fileno(), IN)]):
            begin, cpu = time.monotonic(), time.thread_time()
            assert wait(watched, 0.2) == {}
            assert time.monotonic() - begin > 0.19
            assert time.thread_time() - cpu < 0.1

    def test_news_ends_the_sleep(self, two):
        one, other = two
        sender = threading.Timer(0.1, other.send, (b"news",))
        sender.start()
        assert wait([(one.fileno(), IN)], 60) == {one.fileno(): IN}
        sender.join()

    def test_a_poller_receives_everything(self, context):
        with ExitStack() as stack, Poller() as poller:
            pushes = [stack.enter_context(peers.Push([0.001 * n for n in range(50)])) for _ in range(3)]
            received = dict.fromkeys(range(3), 0)
            lanes = {}
            for lane, push in enumerate(pushes):
                sock = context.socket(zmq.PULL)
                sock.connect(push.address)
                poller.register(sock, zmq.POLLIN)
                lanes[sock] = lane
            while sum(received.values()) < 150:
                ready = poller.poll(5000)
                assert ready
                for sock, _ in ready:
                    assert sock.recv() == b"%d" % received[lanes[sock]]
                    received[lanes[sock]] += 1


@pytest.mark.skipif(not hasattr(select, "poll"), reason="it is always so")
def test_without_poll_a_closed_descriptor_and_one_that_is_too_high_are_errors(two, monkeypatch):
    monkeypatch.delattr(select, "poll")
    number = two[0].detach()
    os.close(number)
    with pytest.raises(OSError, match=os.strerror(9)):
        wait([(number, IN)], 0)
    with pytest.raises(ValueError, match="descriptor"):
        wait([(2**20, IN)], 0)


# Programs where nothing is there that other systems lack


def elsewhere(code):
    """What a program prints, stderr included, where Python lacks what it lacks on Windows."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests" / "elsewhere"), "WITHOUT": "windows"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return run.stdout


def test_it_is_taken_away():
    code = "import os, select, time; print(*(hasattr(*pair) for pair in ("
    code += "(select, 'epoll'), (select, 'poll'), (time, 'pthread_getcpuclockid'), (os, 'killpg'))))"
    assert elsewhere(code) == "False False False False\n"


def test_the_edge_poller_names_the_other():
    said = elsewhere("from pollerlab import EdgePoller; EdgePoller()").splitlines()[-1]
    assert "There is no select.epoll (only Linux has it" in said
    assert said.endswith("use pollerlab.Poller")


def test_the_waiting_room_does_without_it():
    names = elsewhere("from pollerlab.live import ways; print(*ways.WAYS, sep='\\n')").splitlines()
    assert names == [name for name in ways.WAYS if name != "EdgePoller"]


def test_the_bench_leaves_out_what_needs_epoll():
    said = elsewhere(
        "from pollerlab.judges.bench import curve\n"
        "print(*curve('idle', ['zmq.Poller', 'EdgePoller', 'floor'], [1], turns=1))"
    )
    assert "bench: EdgePoller is left out: There is no select.epoll" in said
    assert "bench: floor is left out: This system has no epoll." in said
    assert said.splitlines()[-1] == "zmq.Poller"


def test_an_exercise_that_needs_linux_says_so(tmp_path):
    (tmp_path / "edges.py").write_text(
        "def serve_edges(epoll, inboxes, on_message, stop):\n    return inboxes\n"
    )
    said = elsewhere(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from edges import serve_edges\n"
        "from pollerlab.exercises import check; check(serve_edges)"
    )
    assert said == "serve_edges cannot be tried here: it needs Linux.\n"


def test_a_run_of_the_waiting_room_gives_the_same_messages():
    said = elsewhere(
        "from pollerlab.live.experiment import Settings, run\n"
        "for way in ('zmq.Poller', 'Poller', 'asyncio'):\n"
        "    trial = run(Settings(way=way), 1.5)\n"
        "    print(way, len(trial.messages) > 10, trial.share < 0.5, trial.typical_delay < 1)"
    )
    assert said.splitlines() == [f"{way} True True True" for way in ("zmq.Poller", "Poller", "asyncio")]


def test_a_child_without_a_process_group_is_ended(monkeypatch):
    monkeypatch.delattr(os, "killpg", raising=False)
    before = set(psutil.Process().children())
    with Child("pollerlab.live.experiment", {}) as child:
        until(lambda: set(psutil.Process().children()) - before)
    assert child.wait(0) is not None
    assert set(psutil.Process().children()) <= before


def test_without_limits_of_descriptors_that_of_libzmq_counts(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "resource", None)
    with zmq.Context() as context:
        most = context.get(zmq.SOCKET_LIMIT)
    with room_for({10: 20, most: 2 * most}) as fits:
        assert fits == [10]
    assert "ZMQ_SOCKET_LIMIT" in capsys.readouterr().err


# The event loop that Windows has by default cannot watch descriptors


class WithoutReaders(asyncio.SelectorEventLoop):
    """A loop that refuses what a Proactor loop refuses."""

    def add_reader(self, *args):
        raise NotImplementedError

    remove_reader = add_writer = remove_writer = add_reader


@pytest.fixture
def windows_loop(monkeypatch):
    """asyncio.run() takes such a loop, and pyzmq does what it does on Windows."""
    monkeypatch.setattr(asyncio, "ProactorEventLoop", WithoutReaders, raising=False)
    monkeypatch.setattr(asyncio.events, "new_event_loop", WithoutReaders)
    monkeypatch.setattr(zmq.asyncio, "_get_selector", zmq.asyncio._get_selector_windows)


class Enough(Exception):
    """Ends a way, which would never return."""


@pytest.mark.filterwarnings("ignore:Proactor event loop")
def test_the_same_messages_come_through_the_loop_of_windows(context, windows_loop):
    with pytest.raises(NotImplementedError):
        WithoutReaders.add_reader(None)
    got = []

    def handle(_, message):
        got.append(message)
        if len(got) == 20:
            raise Enough

    with peers.Push([0.001 * n for n in range(20)]) as peer, context.socket(zmq.PULL) as sock:
        sock.connect(peer.address)
        with pytest.raises(Enough):
            ways.asyncio_tasks([sock], 0, handle, lambda: None)
    assert got == [b"%d" % n for n in range(20)]


def test_without_the_help_of_tornado_it_says_what_to_install(context, windows_loop, monkeypatch):
    monkeypatch.setitem(sys.modules, "tornado.platform.asyncio", None)
    with context.socket(zmq.PULL) as sock:
        with pytest.raises(RuntimeError, match=r"install 'tornado>=6\.1'"):
            ways.asyncio_tasks([sock], 0, print, print)
