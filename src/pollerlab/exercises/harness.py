"""In the child: where a reader's function runs, on real sockets that note what it does with them."""

import asyncio
import inspect
import linecache
import selectors
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager

import zmq
import zmq.asyncio

from ..scenery import waited_for_a_core

_SNAPSHOT_SECONDS = 0.02
_FILE = "<your function>"


class Harness:
    """The sockets, the clock and the notes of one run.

    Times are in seconds from the moment when the function is called.  What the function does is noted in the
    thread that made the harness, which is the one that runs it; peers in other threads are not counted.
    """

    def __init__(self, job: dict, send: Callable[[dict], None]) -> None:
        self._job, self._send = job, send
        self._owner, self._native_owner = threading.get_ident(), threading.get_native_id()
        self._start = time.perf_counter()
        self._counts: Counter[str] = Counter()
        self._one_snapshot_at_a_time = threading.Lock()
        self._inside: list = []
        self.context = _counting_context(self)()
        self.sleep = time.sleep
        """``time.sleep`` as it was: for what is not to be counted as a nap of the function's."""
        self.stop = threading.Event()
        """For functions that are told to stop; `tell_to_stop` sets it."""

    @property
    def now(self) -> float:
        """The time, in seconds."""
        return time.perf_counter() - self._start

    def mark(self, kind: str, lane: str, number: int | None = None, t: float | None = None) -> None:
        """Note that something happened, now or at *t*."""
        self._send({"t": self.now if t is None else t, "kind": kind, "lane": lane, "n": number})

    def handler(self, lane: str) -> Callable[[object], None]:
        """What a reader's function calls with each message, such as ``on_message``."""
        return lambda message: self.mark("handled", lane, number_of(message))

    def mark_sent(self, lane: str, moments: Iterable[float]) -> None:
        """Note what a peer has sent: its list ``sent``, in ``time.perf_counter()`` seconds."""
        for number, moment in enumerate(moments):
            self.mark("sent", lane, number, moment - self._start)

    def count(self, what: str, number: int = 1) -> None:
        """Count something that may happen too often to be noted one by one."""
        if threading.get_ident() == self._owner:
            self._counts[what] += number

    def fact(self, name: str, value) -> None:
        """Note what JSON can carry, under a name."""
        self._send({"fact": name, "value": value})

    def tell_to_stop(self) -> None:
        """Set `stop`."""
        self.mark("told", "stop")
        self.stop.set()

    @contextmanager
    def doing(self, what: str, lane: str):
        """Note that the function is inside a call that may wait."""
        if threading.get_ident() != self._owner:
            yield
            return
        self._inside = [what, lane]
        try:
            yield
        finally:
            self._inside = []

    def socket(self, kind: int, lane: str) -> zmq.Socket:
        """A socket that notes what is done with it, under the name *lane*."""
        return self.context.socket(kind, socket_class=_counting_socket(self, lane))

    def async_socket(self, kind: int, lane: str) -> zmq.asyncio.Socket:
        """The same for asyncio; its messages are received when the loop has them."""
        return self.context.socket(kind, socket_class=_counting_async_socket(self, lane))

    def at(self, moments: dict[float, Callable[[], object]]) -> None:
        """Do things at these moments, in seconds, in a thread of its own."""

        def wait_and_do() -> None:
            for moment, action in sorted(moments.items()):
                self.sleep(max(0, moment - self.now))
                action()

        threading.Thread(target=wait_and_do, daemon=True).start()

    def load(self) -> Callable:
        """Define the reader's function here, with what it uses, and have it use counting pollers and naps."""

        def counting_sleep(seconds):
            self.count("naps")
            with self.doing("sleep", str(seconds)):
                self.sleep(seconds)

        source = self._job["source"]
        linecache.cache[_FILE] = (len(source), None, source.splitlines(keepends=True), _FILE)
        zmq.Poller = zmq.Socket._poller_class = _counting_poller(self)
        time.sleep = counting_sleep
        threading.excepthook = _only_of_the_function
        namespace = {"__name__": "__main__"}
        try:
            exec(compile(source, _FILE, "exec"), namespace)  # noqa: S102 (the reader's own, in the child)
        except Exception as error:
            self._raised(error)
            raise SystemExit from None
        return namespace[self._job["name"]]

    def call(self, function: Callable, *args):
        """Call the reader's function and note what comes of it; return its result, or None if it raised."""
        self.restart_clock()
        threading.Thread(target=self._take_snapshots, daemon=True).start()
        self._send({"called": True})
        try:
            result = function(*args)
        except BaseException as error:
            self._snapshot()
            self._raised(error)
            return None
        self._snapshot()
        self._send({"returned": repr(result)[:200], "t": self.now})
        return result

    def call_async(self, function: Callable, *args):
        """The same for a coroutine function: run it in an event loop that counts its rounds.

        Notes also what it leaves running, and what its tasks raise.
        """
        loop = asyncio.SelectorEventLoop(_counting_selector(self))
        loop.set_task_factory(self._task_that_tells)
        self._count_long_wait_for()

        def run(*args):
            coroutine = function(*args)
            if not inspect.iscoroutine(coroutine):
                self.fact("not a coroutine", type(coroutine).__name__)
                return coroutine
            result = loop.run_until_complete(coroutine)
            self.fact("left running", sum(not task.done() for task in asyncio.all_tasks(loop)))
            return result

        return self.call(run, *args)

    def _task_that_tells(self, loop, coroutine, **kwargs) -> asyncio.Task:
        def tell(task: asyncio.Task) -> None:
            if not task.cancelled() and (error := task.exception()):
                lines = _lines_of_the_function(error)
                text = traceback.format_exception_only(error)[-1].strip()
                self.fact("a task raised", [text, lines[-1].line if lines else ""])

        task = asyncio.Task(coroutine, loop=loop, **kwargs)
        task.add_done_callback(tell)
        return task

    def _count_long_wait_for(self) -> None:
        usual = asyncio.wait_for

        def wait_for(awaitable, timeout):
            if timeout is not None and timeout > 10:
                self.count("long wait_for")
            return usual(awaitable, timeout)

        asyncio.wait_for = wait_for

    def restart_clock(self) -> None:
        """Begin to count the time again from 0."""
        self._start = time.perf_counter()

    def _raised(self, error: BaseException) -> None:
        lines = _lines_of_the_function(error)
        text = traceback.format_exception_only(error)[-1].strip()
        self._send({"raised": text, "line": lines[-1].line if lines else "", "t": self.now})

    def _snapshot(self) -> None:
        with self._one_snapshot_at_a_time:  # or the last one taken might not be the last one sent
            event = {
                "t": self.now,
                "cpu": time.process_time(),
                "waited": waited_for_a_core(self._native_owner) or 0.0,
                "counts": dict(self._counts),
                "inside": self._inside,
            }
            self._send(event)

    def _take_snapshots(self) -> None:
        while True:
            self._snapshot()
            self.sleep(_SNAPSHOT_SECONDS)


def _lines_of_the_function(error: BaseException) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]


def _only_of_the_function(thread) -> None:
    """What a peer's thread has to say of a context that ended is not for the reader."""
    if thread.exc_value is not None and _lines_of_the_function(thread.exc_value):
        threading.__excepthook__(thread)


def _counting_context(harness: Harness) -> type[zmq.Context]:
    class CountingContext(zmq.Context):
        def term(self):
            with harness.doing("term", "context"):
                super().term()

    return CountingContext


def _counting_socket(harness: Harness, lane: str) -> type[zmq.Socket]:
    class Socket(zmq.Socket):  # errors name it
        def __repr__(self):
            return f"<the socket {lane}>"

        def get(self, option):
            if option == zmq.EVENTS:
                harness.count(f"events {lane}")
            return super().get(option)

        def recv(self, flags=0, *args, **kwargs):
            harness.count(f"recv {lane}")
            begin = harness.now
            try:
                with harness.doing("recv", lane):
                    message = super().recv(flags, *args, **kwargs)
            except zmq.Again:
                harness.count(f"again {lane}")
                if flags & zmq.NOBLOCK or self.rcvtimeo == 0:
                    harness.count(f"again at once {lane}")
                raise
            finally:
                harness.count(f"ms in recv {lane}", round(1000 * (harness.now - begin)))
            harness.mark("received", lane, number_of(message))
            return message

        def send(self, data, flags=0, *args, **kwargs):
            try:
                with harness.doing("send", lane):
                    tracker = super().send(data, flags, *args, **kwargs)
            except zmq.Again:
                harness.count(f"again {lane}")
                raise
            harness.mark("passed on", lane, number_of(data))
            return tracker

        def poll(self, *args, **kwargs):
            harness.count("socket.poll")
            return super().poll(*args, **kwargs)

        def close(self, *args, **kwargs):
            if not self.closed and threading.get_ident() == harness._owner:
                harness.fact("closed", lane)
            super().close(*args, **kwargs)

    Socket.lane = lane
    return Socket


def _counting_async_socket(harness: Harness, lane: str) -> type[zmq.asyncio.Socket]:
    class Socket(zmq.asyncio.Socket):
        def __repr__(self):
            return f"<the socket {lane}>"

        def recv(self, *args, **kwargs):
            return self._noted(super().recv(*args, **kwargs))

        def recv_multipart(self, *args, **kwargs):
            return self._noted(super().recv_multipart(*args, **kwargs))

        def _noted(self, future):
            def note(future):
                if not future.cancelled() and future.exception() is None:
                    frames = future.result()
                    message = frames[0] if isinstance(frames, list) else frames
                    harness.mark("received", lane, number_of(message))

            harness.count(f"recv {lane}")
            if future.done():
                note(future)
            else:
                future.add_done_callback(note)  # before the callback of whoever awaits it
            return future

        def close(self, *args, **kwargs):
            if not self.closed:
                harness.fact("closed", lane)
            super().close(*args, **kwargs)

    return Socket


def _counting_selector(harness: Harness) -> selectors.BaseSelector:
    class Selector(selectors.DefaultSelector):
        def select(self, timeout=None):
            harness.count("loop rounds")
            with harness.doing("select", "loop"):
                return super().select(timeout)

    return Selector()


def number_of(message) -> int | None:
    """The number that a message of a peer is, or None if it is something else."""
    try:
        return int(bytes(message)) if not isinstance(message, (int, str)) else int(message)
    except (TypeError, ValueError):
        return None


def _counting_poller(harness: Harness) -> type[zmq.Poller]:
    usual = zmq.Poller

    class CountingPoller(usual):
        def poll(self, timeout=None):
            harness.count("polls")
            if timeout is not None and 0 < timeout < 1:
                harness.count("polls below 1 ms")
            for thing, flags in self.sockets:
                harness.count(f"asked {getattr(thing, 'lane', 'another')} {int(flags)}")
            with harness.doing("poll", repr(timeout)):
                return super().poll(timeout)

    return CountingPoller
