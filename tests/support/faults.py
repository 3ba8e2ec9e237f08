"""The faults of `test_faults.py`, each to be met in a process of its own.

Every drill returns "ran", "ran late" (once the fault was over) or "refused", and fails if it comes out in any
other way.  What libzmq does to the process, such as to abort it, only the parent can tell.
"""

import os
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from itertools import count

import psutil
import zmq
from census import Census

from pollerlab import EdgePoller, Poller
from pollerlab.judges import bench, descriptor_limit, fuzzing
from pollerlab.live import experiment
from pollerlab.live.experiment import Settings
from pollerlab.pollers.edge import both_edges_are_reported
from pollerlab.scenery import every, peers, preflight, record

PATIENCE = 0.3  # seconds until a fault is ended

PEERS = {
    "Push": lambda **where: peers.Push(every(1), **where),
    "Pub": lambda **where: peers.Pub(every(1), **where),
    "Worker": lambda **where: peers.Worker(0, **where),
    "Sink": lambda **where: peers.Sink(**where),
    "Rep": lambda **where: peers.Rep(0, **where),
}


# -- what is done with each ------------------------------------------------------------------------


@contextmanager
def connected(context, kind, address):
    with context.socket(kind, socket_class=zmq.Socket) as sock:
        sock.linger = 0
        sock.connect(address)
        yield sock


class Relief:
    """What ends a fault; called when something has waited for a while."""

    def __init__(self, action=lambda: None):
        self._action = action
        self.came = False

    def __call__(self):
        if not self.came:
            self.came = True
            self._action()


NONE = Relief()


def comes(peer, condition, relief):
    """Whether it comes true before the peer's thread ends; the fault is ended meanwhile."""
    begin = time.monotonic()
    while peer._thread.is_alive() and time.monotonic() < begin + 10:
        if condition():
            return True
        if time.monotonic() > begin + PATIENCE:
            relief()
    return False


def exchanged(peer, context, relief=NONE):
    """Exchange a message with a peer: whether it came."""
    here, there = {
        peers.Pub: (zmq.SUB, None),
        peers.Push: (zmq.PULL, None),
        peers.Worker: (zmq.PUSH, zmq.PULL),
        peers.Rep: (zmq.REQ, None),
        peers.Sink: (zmq.PUSH, None),
    }[type(peer)]
    with ExitStack() as stack:
        sock = inbox = stack.enter_context(connected(context, here, peer.address))
        if here == zmq.SUB:
            sock.subscribe(b"")
        if here in (zmq.PUSH, zmq.REQ):
            sock.send(b"message")
        if there:
            inbox = stack.enter_context(connected(context, there, peer.results_address))
        if isinstance(peer, peers.Sink):
            return comes(peer, lambda: time.sleep(0.001) or peer.messages, relief)
        return comes(peer, lambda: inbox.poll(5) and inbox.recv_multipart(), relief)


def use_peer(name, context, relief=NONE):
    with PEERS[name](context=context) as peer:
        assert exchanged(peer, context, relief)


# Each is used once: libzmq frees that of a socket some time after its close().
_addresses = (f"inproc://here-{number}" for number in count(1))


def use_poller(kind, context):
    with context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there, kind() as poller:
        address = next(_addresses)
        here.bind(address)
        there.connect(address)
        poller.register(here, zmq.POLLIN)
        there.send(b"")
        assert poller.poll(5000) == [(here, zmq.POLLIN)]


def use_meter(context):
    with record() as recording:
        recording.mark("ticked", "here")
    assert recording.wall > 0


OTHERS = {
    "Poller": lambda context: use_poller(Poller, context),
    "EdgePoller": lambda context: use_poller(EdgePoller, context),
    "record": use_meter,
    "preflight": lambda context: preflight(),
    "experiment": lambda context: experiment.run(Settings(), 0.01),
    "fuzz": lambda context: fuzzing.fuzz(Poller, steps=300, seed=1),
    "bench": lambda context: bench.curve("one ready", ["Poller", "asyncio tasks"], [2], turns=1),
}
if not both_edges_are_reported():
    del OTHERS["EdgePoller"]


def use(name, context, relief=NONE):
    if name in PEERS:
        use_peer(name, context, relief)
    else:
        OTHERS[name](context)


# -- the faults ------------------------------------------------------------------------------------


def check_one_line(text):
    assert text.strip()
    assert "\n" not in text


def met(name, context, relief=NONE):
    """Use something where it may fail, and say how it ended."""
    try:
        use(name, context, relief)
    except (OSError, RuntimeError, zmq.ZMQError, descriptor_limit.NoRoom) as error:
        check_one_line(str(error))
        return "refused"
    return "ran late" if relief.came and relief is not NONE else "ran"


def descriptors_run_out(name, free):
    """Use something with so many *free* descriptors, and once more with enough of them."""
    import resource  # Windows has none

    context = zmq.Context.instance()
    use(name, context)
    before = Census()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128) if name == "bench" else (128, hard))
    taken = []
    with suppress(OSError):
        while True:
            taken.append(socket.socket())
    for _ in range(free):
        taken.pop().close()

    def enough():
        for one in taken:
            one.close()

    outcome = met(name, context, Relief(enough))
    enough()
    if name != "bench":
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    before.check()
    use(name, context)
    return outcome


def sockets_run_out(name, spare):
    """Use something with a context that makes one socket and so many more."""
    use(name, zmq.Context.instance())
    before = Census()
    with zmq.Context() as context:
        context.max_sockets = 1 + spare
        outcome = met(name, context)
    before.check()
    return outcome


def address_is_refused(name):
    """Bind a peer where something is bound, and where nothing can be."""
    use_peer(name, zmq.Context.instance())
    before = Census()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for address in (f"tcp://127.0.0.1:{port}", "nonsense", "tcp://", "tcp://127.0.0.1:http", "inproc://"):
            try:
                with PEERS[name](bind=address):
                    raise AssertionError(f"bound to {address}")
            except zmq.ZMQError as error:
                check_one_line(str(error))
    before.check()
    return "refused"


class Broken(Exception):
    """What a peer's thread is made to raise."""


class Tracer:
    """Does something when a peer's thread first comes to a line of its work."""

    def __init__(self, at=None, action=lambda: None):
        self.lines = {}
        self.done = False
        self._at, self._action = at, action

    def __enter__(self):
        threading.settrace(self._call)
        return self

    def __exit__(self, *_):
        threading.settrace(None)

    def _call(self, frame, event, argument):
        code = frame.f_code
        if code.co_filename == peers.__file__ and code is not peers.Peer._main.__code__:
            return self._line
        return self._call

    def _line(self, frame, event, argument):
        if event == "line":
            here = (frame.f_code.co_name, frame.f_lineno)
            self.lines.setdefault(here, len(self.lines))
            if here == self._at and not self.done:
                self.done = True
                self._action()
        return self._line


def steps(name, step):
    """The lines that a peer's thread comes to, in that order: each *step*-th of them."""
    with zmq.Context() as context, Tracer() as tracer:
        use_peer(name, context)
    assert len(tracer.lines) > 10
    return list(tracer.lines)[::step]


def thread_raises(name, step):
    """Have a peer's thread raise at each step of its work."""

    def fail():
        raise Broken

    outcomes = Counter()
    lines = steps(name, step)
    before = Census()
    for line in lines:
        with zmq.Context() as context:
            with Tracer(line, fail) as tracer, suppress(Broken):
                with PEERS[name](context=context) as peer:
                    exchanged(peer, context)
                assert not tracer.done, f"nobody is told of an error at {line}"
        outcomes["refused" if tracer.done else "ran"] += 1
        before.check()
    return dict(outcomes)


def context_is_terminated(name, step):
    """Terminate a peer's context from another thread, at each step of the peer's work."""
    outcomes = Counter()
    lines = steps(name, step)
    before = Census()
    for line in lines:
        context = zmq.Context()
        probe = context.socket(zmq.PAIR)
        ending = threading.Thread(target=context.term)

        # The probe stays open until the peer has ended, and the context with it: once that is freed, and
        # until term() has returned to Python in its thread, a socket that is made aborts the process.
        def end(probe=probe, ending=ending):
            ending.start()
            with suppress(zmq.ContextTerminated):
                while True:
                    probe.poll(1)

        with Tracer(line, end) as tracer, suppress(zmq.ZMQError):
            with PEERS[name](context=context) as peer:
                came = exchanged(peer, context)
            assert came, f"nobody is told that the context ended at {line}"
        outcomes["refused" if tracer.done else "ran"] += 1
        probe.close()
        if tracer.done:
            ending.join(10)
            assert not ending.is_alive(), f"the context does not end at {line}"
        else:
            context.term()
        before.check()
    return dict(outcomes)


def reader_forks(name):
    """Fork inside a peer's block; the copy leaves the block, uses a peer of its own, and ends."""
    context = zmq.Context.instance()
    with PEERS[name](context=context) as peer:
        copy = os.fork()
        if copy == 0:
            code = 1
            try:
                peer.__exit__(None, None, None)
                use_peer(name, zmq.Context.instance())
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(copy, 0)
        assert status == 0, status
        assert exchanged(peer, context)
    return "ran"


def poller_is_forked(kind):
    """The copy closes a poller; it goes on working here."""
    with zmq.Context() as context, context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
        here.bind("inproc://here")
        there.connect("inproc://here")
        with kind() as poller:
            poller.register(here, zmq.POLLIN)
            assert poller.poll(0) == []
            copy = os.fork()
            if copy == 0:
                poller.close()
                os._exit(0)
            assert os.waitpid(copy, 0)[1] == 0
            there.send(b"")
            assert poller.poll(5000) == [(here, zmq.POLLIN)]
    return "ran"


def started_and_stopped(name, cycles):
    """Start, use and stop a peer many times; return what the process had before, in the middle, and after."""
    process = psutil.Process()
    counts = []
    context = zmq.Context.instance()
    for cycle in count():
        if cycle in (WARM_UP, WARM_UP + cycles // 2, WARM_UP + cycles):
            census = settled()
            counts.append((census.native_threads, census.descriptors, process.memory_info().rss // 1024))
        if cycle == WARM_UP + cycles:
            return counts
        with PEERS[name](bind=("inproc://*", peers.LOOPBACK)[cycle % 2]) as peer:
            assert exchanged(peer, context)


def settled():
    """The census once libzmq has closed what it was closing: when two of them agree."""
    before = None
    while (now := Census()).descriptors != before:
        before = now.descriptors
        time.sleep(0.1)
    return now


WARM_UP = 100
"""Cycles until the allocator has most of what it needs; what these leak, the later ones leak too."""
