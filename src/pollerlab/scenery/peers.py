"""Background peer threads: the other ends of the reader's sockets.

Each peer is a context manager.  Entering it starts a thread that makes, uses and closes its own
sockets; leaving it stops that thread at once, whatever it is waiting for::

    with peers.Push(every(50)) as peer:
        inbox.connect(peer.address)

A peer binds to a free port of 127.0.0.1 unless told otherwise: ``bind="inproc://*"`` binds to a fresh
inproc name, ``connect="tcp://127.0.0.1:5555"`` connects to an address of yours.  A sender's schedule
starts when its first receiver is there, so no message is lost before the connection or heaps up
waiting for it.

A message is the number of the message as text: ``b"0"``, ``b"1"`` and so on.
"""

import math
import os
import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import ExitStack
from itertools import count

import zmq

from ..arguments import checked, positive

LOOPBACK = "tcp://127.0.0.1:*"
"""Where a peer binds unless told: any free port, reachable from this machine alone."""

_STOP_SECONDS = 5.0  # far more than a stop takes: only a schedule that itself blocks gets there
_LONGEST_POLL_MS = 60_000  # a poll's timeout is a C int; a longer wait is made of several
_inproc_names = (f"inproc://pollerlab-{number}" for number in count(1))


class _Stopped(Exception):
    """Unwinds a peer's thread when its ``with`` block has ended."""


class Peer:
    """What all peers share: the thread, its stop, its errors.  A subclass says what it does.

    :param bind: address to bind to.  ``tcp://127.0.0.1:*`` takes a free port, ``inproc://*`` a fresh name.
    :param connect: address to connect to instead.  Over inproc, a socket that connects can send at once,
        even when no one has bound yet: there a sender's schedule starts with the connection.  If no one ever
        binds, libzmq keeps the peer's socket, closed, until the context ends.
    :param context: the ``zmq.Context`` to use, by default ``zmq.Context.instance()``.  Over inproc,
        the peer and the reader must share it.

    Attributes, readable from any thread while the peer runs:

    ``address``
        the address that it is bound to, with the real port (or, with *connect*, that one).
    ``sent``, ``received``
        lists of ``time.perf_counter()`` seconds, one for each message so far.
    """

    @checked
    def __init__(
        self,
        *,
        bind: str = LOOPBACK,
        connect: str | None = None,
        context: zmq.Context | None = None,
    ):
        self.address = bind if connect is None else connect
        self.sent: list[float] = []
        self.received: list[float] = []
        self._connects = connect is not None
        self._context = context
        self._thread: threading.Thread | None = None
        self._opened: Future[None] = Future()
        self._own: list[zmq.Socket] = []
        self._error: BaseException | None = None

    # -- in the reader's thread --------------------------------------------------------------------

    def __enter__(self):
        """Start the thread, and return once its sockets are bound or connected.

        :raises zmq.ZMQError: if an address is malformed or taken.
        :raises OSError: if there is no descriptor left.
        :raises RuntimeError: if this peer was started before.
        :raises NotImplementedError: if this is no more than a `Peer`.
        """
        if self._thread is not None:
            raise RuntimeError("A peer runs once: make a new one for each `with`.")
        # A socket pair, not an inproc PAIR: shutting it down stops the thread even when the context
        # is terminated or no socket can be had, and ctx.term() has no socket of ours to wait for here.
        self._stop_here, self._stop_there = socket.socketpair()
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._main, name=type(self).__name__, daemon=True)
        try:
            self._thread.start()
            self._opened.result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind, error, traceback):
        """Stop the thread and wait for its end.

        An exception in the thread is raised again here, with its traceback, unless the block itself
        raised: then that one is seen, with a note about the peer's (Python 3.11 and later).
        """
        failure = self._stop() or self._error
        if failure is None:
            return
        if error is None:
            raise failure
        if hasattr(error, "add_note"):
            error.add_note(f"Besides, the peer {self!r} had failed with {failure!r}.")

    def __repr__(self):
        return f"<{type(self).__name__} at {self.address}>"

    def _stop(self) -> RuntimeError | None:
        """Stop the thread, and return what there is to complain of."""
        # Makes the other end readable, which ends every wait of the thread.  Closing alone would not,
        # if a fork has left a copy of this end in another process.  In that process it does: the thread is
        # not there, and goes on where it is.
        if os.getpid() == self._process:
            try:  # noqa: SIM105 (suppress() would take steps of its own first, open to an interrupt)
                self._stop_here.shutdown(socket.SHUT_RDWR)
            except OSError:  # the thread has ended already; some systems mind
                pass
        self._stop_here.close()
        assert self._thread is not None
        if self._thread.ident is None:
            # Interrupted while it started: if it still comes to life, it finds itself stopped.  Its end
            # must stay open for that: a poller takes no notice of a closed one.
            return None
        self._thread.join(_STOP_SECONDS)
        if not self._thread.is_alive():
            return None
        return RuntimeError(
            f"The peer {self!r} did not stop within {_STOP_SECONDS:g} s; does its schedule itself block?"
        )

    # -- in the peer's own thread ------------------------------------------------------------------

    def _main(self) -> None:
        try:
            with self._stop_there, ExitStack() as self._closing:
                self._open()
                self._opened.set_result(None)
                self._run()
                self._wait()  # stay open until the stop: closing would throw away what is still unsent
        except _Stopped:
            pass
        except BaseException as error:
            if self._opened.done():
                self._error = error
            else:
                self._opened.set_exception(error)

    def _open(self) -> None:
        """Make the sockets and set ``address``."""
        raise NotImplementedError(
            "A Peer does nothing by itself: make a Push, a Sink or another of its kinds."
        )

    def _run(self) -> None:
        """Do the peer's work, waiting only in ``_wait``, ``_send`` and ``_receive``."""

    def _socket(self, kind: int, address: str, connects: bool) -> tuple[zmq.Socket, str]:
        """A new socket of *kind*, attached, and the address that it really has."""
        context = zmq.Context.instance() if self._context is None else self._context
        # A plain socket, also from an asyncio context: this thread has no event loop.
        sock = self._closing.enter_context(context.socket(kind, socket_class=zmq.Socket))
        self._own.append(sock)
        sock.linger = 0
        # After connect(), a PUSH is then ready to send only once the other side is there.  Not for those
        # that receive: what has arrived would be thrown away when the other side leaves.
        sock.immediate = kind == zmq.PUSH
        if connects:
            sock.connect(address)
            return sock, address
        # At the descriptor limit, libzmq's bind aborts the process; this raises OSError before it does.
        self._stop_there.dup().close()
        sock.bind(next(_inproc_names) if address == "inproc://*" else address)
        return sock, sock.last_endpoint.decode()

    def _wait(
        self, sock: zmq.Socket | None = None, event: int = zmq.POLLIN, *, until: float = math.inf
    ) -> None:
        """Sleep until *sock* is ready for *event*, or until that ``perf_counter()`` second.

        :raises _Stopped: when the ``with`` block has ended.
        :raises zmq.ContextTerminated: when the context has.
        """
        poller = zmq.Poller()
        poller.register(self._stop_there, zmq.POLLIN)
        for own in self._own:
            # The idle ones too, for an event that ZeroMQ sockets do not have: so the poller wakes up
            # when the context is terminated, which waits until the last of them is closed.
            poller.register(own, event if own is sock else zmq.POLLERR)
        while True:
            left_ms = math.ceil(min((until - time.perf_counter()) * 1000, _LONGEST_POLL_MS))
            ready = dict(poller.poll(max(0, left_ms)))
            if self._stop_there.fileno() in ready:
                raise _Stopped
            if sock in ready or time.perf_counter() >= until:
                return

    def _send(self, sock: zmq.Socket, frames: list[bytes]) -> None:
        while True:
            now = time.perf_counter()
            try:
                sock.send_multipart(frames, zmq.NOBLOCK)
            except zmq.Again:
                self._wait(sock, zmq.POLLOUT)
            else:
                self.sent.append(now)
                return

    def _receive(self, sock: zmq.Socket) -> list[bytes]:
        while True:
            self._wait(sock)
            try:
                frames = sock.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:  # POLLIN may lie: the message was not for the application
                continue
            self.received.append(time.perf_counter())
            return frames


@checked
def is_subscription(frame: bytes, topic: bytes) -> bool:
    """Whether *frame*, which an XPUB socket received, subscribes to *topic* or to a prefix of it.

    Its first byte is 1 to subscribe and 0 to unsubscribe, the rest is the prefix: see ZMQ_XPUB in
    ``zmq_socket(3)``.
    """
    return frame[:1] == b"\1" and topic.startswith(frame[1:])


def _wait_for_subscriber(peer: Peer, sock: zmq.Socket, topic: bytes) -> None:
    """Return when a subscriber has asked for *topic* on this XPUB socket, or to a prefix of it."""
    while True:
        peer._wait(sock)
        frame, *_ = sock.recv_multipart(zmq.NOBLOCK)
        if is_subscription(frame, topic):
            return


class _Sender(Peer):
    """A peer that sends by a schedule.

    :param schedule: moments in ms after the first receiver has come, in rising order:
        ``every(50)``, ``[0, 10, 500]``; see `pollerlab.scenery.schedule`.  A moment that has passed (the
        queue was full) is made up for at once.
    :raises TypeError, ValueError: if *schedule* is none, or a list of what are no moments.

    ``started``
        a ``threading.Event``, set when the schedule starts: ``peer.started.wait(5)`` waits until the
        connection stands, for 5 s at most.
    """

    def __init__(self, schedule: Iterable[float], **where):
        super().__init__(**where)
        self.started = threading.Event()
        if isinstance(schedule, list | tuple):  # an error in the thread would wait for the block's end
            schedule = [positive("a moment of a schedule", moment, or_zero=True) for moment in schedule]
        try:
            self._schedule = iter(schedule)
        except TypeError:
            raise TypeError(
                f"A schedule is a row of moments in ms, such as every(50) or [0, 10, 500], not {schedule!r}."
            ) from None

    def _send_by_schedule(self, sock: zmq.Socket, *prefix: bytes) -> None:
        start = time.perf_counter()
        self.started.set()
        for number, moment in enumerate(self._schedule):
            self._wait(until=start + moment / 1000)
            self._send(sock, [*prefix, b"%d" % number])


class Push(_Sender):
    """A PUSH socket that sends by a schedule, and waits for room when its queue is full.

    Takes *schedule*, then the keywords of `Peer`.
    """

    def _open(self):
        self._out, self.address = self._socket(zmq.PUSH, self.address, self._connects)

    def _run(self):
        self._wait(self._out, zmq.POLLOUT)
        self._send_by_schedule(self._out)


class Pub(_Sender):
    """A publisher: sends ``[topic, number]`` by a schedule, to all that have subscribed by then.

    The schedule starts when the first subscription to *topic* has arrived.  Takes *schedule*, then
    *topic* and the keywords of `Peer`.

    :raises TypeError: if *topic* is not bytes.
    """

    def __init__(self, schedule: Iterable[float], *, topic: bytes = b"news", **where):
        super().__init__(schedule, **where)
        if not isinstance(topic, bytes):
            raise TypeError(f"topic must be bytes, such as b'news', not {topic!r}.")
        self._topic = topic

    def _open(self):
        # XPUB is PUB with the subscriptions left readable.
        self._out, self.address = self._socket(zmq.XPUB, self.address, self._connects)

    def _run(self):
        _wait_for_subscriber(self, self._out, self._topic)
        self._send_by_schedule(self._out, self._topic)


class Worker(Peer):
    """A worker: takes a task from a PULL socket, works, passes the task's frames on as the result.

    :param work_ms: how long a task takes, in ms, 0 or more.  The thread sleeps meanwhile.
    :param bind_results: address to bind the results' socket to; ``results_address`` has the real one.
    :param connect_results: address to connect it to instead.
    :param topic: if given, results leave by PUB as ``[topic, *task]``, and work starts with the first
        subscriber; if not, they leave by PUSH.
    :raises ValueError: if *work_ms* is negative, infinite or nan.

    *bind* and *connect* (see `Peer`) are for the tasks.
    """

    @checked
    def __init__(
        self,
        work_ms: float,
        *,
        bind_results: str = LOOPBACK,
        connect_results: str | None = None,
        topic: bytes | None = None,
        **where,
    ):
        super().__init__(**where)
        self._work = positive("work_ms", work_ms, or_zero=True) / 1000
        self.results_address = bind_results if connect_results is None else connect_results
        self._results_connect = connect_results is not None
        self._topic = topic

    def _open(self):
        self._tasks, self.address = self._socket(zmq.PULL, self.address, self._connects)
        kind = zmq.PUSH if self._topic is None else zmq.XPUB
        self._results, self.results_address = self._socket(kind, self.results_address, self._results_connect)

    def _run(self):
        prefix = [] if self._topic is None else [self._topic]
        if prefix:
            _wait_for_subscriber(self, self._results, self._topic)
        while True:
            task = self._receive(self._tasks)
            self._wait(until=time.perf_counter() + self._work)
            self._send(self._results, [*prefix, *task])


class Sink(Peer):
    """A PULL socket that takes whatever comes.  ``messages`` is the list of it, each a list of frames.

    Takes the keywords of `Peer`.
    """

    def __init__(self, **where):
        super().__init__(**where)
        self.messages: list[list[bytes]] = []

    def _open(self):
        self._in, self.address = self._socket(zmq.PULL, self.address, self._connects)

    def _run(self):
        while True:
            self.messages.append(self._receive(self._in))


class Rep(Peer):
    """A REP server that sends each request back, after a delay.

    :param delay_ms: time between request and reply in ms, 0 or more: a slow server.
    :raises TypeError, ValueError: if it is none of this.

    Takes the keywords of `Peer` too.
    """

    def __init__(self, delay_ms: float = 0, **where):
        super().__init__(**where)
        self._delay = positive("delay_ms", delay_ms, or_zero=True) / 1000

    def _open(self):
        self._server, self.address = self._socket(zmq.REP, self.address, self._connects)

    def _run(self):
        while True:
            request = self._receive(self._server)
            self._wait(until=time.perf_counter() + self._delay)
            self._send(self._server, request)
