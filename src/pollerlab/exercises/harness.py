"""In the child: where a reader's function runs, on real sockets that note what it does with them."""

import asyncio
import inspect
import select
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager, nullcontext

import zmq
import zmq.asyncio
import zmq.sugar.poll

from ..process import define, words_for
from ..scenery import peers, threads_waited, times_asleep, used_and_stolen

FLOOD = 3_000  # messages that wait already when a flood begins
FLOOD_WORK = 0.0003  # seconds for each of them
_FLOOD_STOP = 0.1  # seconds: when a function is told to stop in the midst of a flood
_SNAPSHOT_SECONDS = 0.02
_TICK_SECONDS = 0.005
_LOOK_SECONDS = 0.005  # between two looks at a condition
_MOST_FOUND = 50  # of a descriptor of another kind: more often it is not noted
_A_SLEEP = 0.005  # seconds: shorter waits are not noted
_OURS = "harness"  # the name of threads that are not the function's


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
        self._waited: dict[int, float] = {}  # for a core, each thread, at the last snapshot
        self._inside: list = []
        self._called = threading.Event()
        self._snapshots: threading.Thread | None = None
        self._rests = False
        self._for_snapshots = 0.0  # CPU seconds, until the last one of their thread
        self._runs = 1
        self._threads: set[threading.Thread] = set()  # those that were there before the function
        self.context = _counting_context(self)()
        self.sleep = time.sleep
        """``time.sleep`` as it was: for what is not to be counted as a nap of the function's."""
        self.events_take = 0.0
        """Seconds that each question for a socket's events takes, as on a slow machine."""
        self.lanes: dict[int, str] = {}
        """Of asyncio sockets, by their descriptors."""
        self.futures: list[asyncio.Future] = []
        """Of messages that an asyncio socket has been asked for."""
        self.stop = threading.Event()
        """For functions that are told to stop; `tell_to_stop` sets it."""

    @property
    def now(self) -> float:
        """The time, in seconds."""
        return time.perf_counter() - self._start

    def mark(self, kind: str, lane: str, number: int | None = None, t: float | None = None) -> None:
        """Note that something happened, now or at *t*."""
        self._send({"t": self.now if t is None else t, "kind": kind, "lane": lane, "n": number})

    def handler(self, lane: str, work: float = 0) -> Callable[[object], None]:
        """What a reader's function calls with each message, such as ``on_message``.

        :param work: seconds that it takes.
        """

        def handle(message) -> None:
            if work:
                self.sleep(work)
            self.mark("handled", lane, number_of(message))

        return handle

    def mark_sent(self, lane: str, moments: Iterable[float]) -> None:
        """Note what a peer has sent: its list ``sent``, in ``time.perf_counter()`` seconds."""
        for number, moment in enumerate(moments):
            self.mark("sent", lane, number, moment - self._start)

    def count(self, what: str, number: int = 1) -> None:
        """Count something that may happen too often to be noted one by one."""
        if threading.get_ident() == self._owner:
            self._counts[what] += number

    def slept(self, begin: float, asked: float | None, *lanes: str) -> None:
        """Note a wait of the function that began at *begin*, of at most *asked* seconds, and what ended it.

        Longer than it asked for it did not sleep: then others had the core.  A wait inside another, as that
        of the poller in ``socket.poll()``, is the other's.
        """
        seconds = self.now - begin
        if asked is not None and asked >= 0:
            seconds = min(seconds, asked)
        if seconds >= _A_SLEEP and threading.get_ident() == self._owner and not self._inside:
            self.mark("slept", " ".join(lanes), round(1000 * seconds))

    def helped(self, lane: str, begin: float) -> None:
        """Note what a thread that the function has for it has done since *begin*, as now; else nothing."""
        if threading.get_ident() != self._owner:
            self.mark("helped", lane, round(1e6 * (self.now - begin)))

    def found_another(self) -> None:
        """Note that a poll found a descriptor that is no socket of ours."""
        self.count("found another")
        if self._counts["found another"] <= _MOST_FOUND and threading.get_ident() == self._owner:
            self.mark("found", "another")

    def fact(self, name: str, value) -> None:
        """Note what JSON can carry, under a name."""
        self._send({"fact": name, "value": value})

    def tell_to_stop(self) -> None:
        """Set `stop`."""
        self.mark("told", "stop")
        self.stop.set()

    @contextmanager
    def doing(self, what: str, lane: str):
        """Note that the function is inside a call that may wait; a call inside such a call is part of it."""
        if threading.get_ident() != self._owner or self._inside:
            yield
            return
        self._counts["waits"] += 1
        self._inside = [what, lane]
        try:
            yield
        finally:
            self._inside = []

    def socket(self, kind: int, lane: str) -> zmq.Socket:
        """A socket that notes what is done with it, under the name *lane*."""
        return self.context.socket(kind, socket_class=_counting_socket(self, lane))

    def peer(self, moments: Iterable[float]) -> peers.Push:
        """A peer that sends at these moments of the call, in ms; over inproc: no other thread can be late."""

        def from_the_call():
            begin = time.perf_counter()
            self._called.wait()
            until_then = 1000 * (time.perf_counter() - begin)
            for moment in moments:
                yield until_then + moment

        return peers.Push(from_the_call(), bind="inproc://*", context=self.context)

    def async_socket(self, kind: int, lane: str) -> zmq.asyncio.Socket:
        """The same for asyncio; its messages are received when the loop has them."""
        sock = self.context.socket(kind, socket_class=_counting_async_socket(self, lane))
        self.lanes[sock.fd] = lane
        return sock

    @property
    def returned(self) -> bool:
        """Whether the function has returned: then it may be called once more."""
        return not self._called.is_set()

    @property
    def stopped(self) -> bool:
        """Whether it has returned after it was told to stop."""
        return self.stop.is_set() and self.returned

    def again(self) -> None:
        """Begin a second run, whose notes are `run.Run.again`."""
        self._runs += 1
        self.stop.clear()
        self._counts.clear()
        self._send({"again": True})

    @contextmanager
    def flood(self, lane: str):
        """A second run with a socket in which more waits than can be done in time, and a stop soon."""
        self.again()
        with self.context.socket(zmq.PUSH) as source, self.socket(zmq.PULL, lane) as sock:
            source.linger = source.sndhwm = sock.rcvhwm = 0
            sock.bind(f"inproc://flood of {lane}")
            source.connect(f"inproc://flood of {lane}")
            for number in range(FLOOD):
                source.send(b"%d" % number)
            self.at({_FLOOD_STOP: self.tell_to_stop})
            yield sock

    def wait_for(self, condition: Callable[[], bool], until: float) -> None:
        """Wait until *condition* returns true, and not beyond this moment of the call, in seconds.

        On a crowded machine the moment comes later, by what the function's thread has waited for a core.
        """
        while not condition() and self.now < until + self._waited.get(self._native_owner, 0.0):
            self.sleep(_LOOK_SECONDS)

    def at(self, moments: dict[float, Callable[[], object]]) -> None:
        """Do things at these moments of the call, in seconds, in a thread of its own."""

        run = self._runs

        def wait_and_do() -> None:
            self._called.wait()
            for moment, action in sorted(moments.items()):
                self.sleep(max(0, moment - self.now))
                if self._runs > run:
                    return
                action()

        threading.Thread(target=wait_and_do, daemon=True, name=_OURS).start()

    def load(self) -> Callable:
        """Define the reader's function here, with what it uses, and have it use counting pollers and naps."""

        def counting_sleep(seconds):
            if seconds:  # or it only lets others run
                self.count("long naps" if seconds >= 0.5 else "naps")
            begin = self.now
            with self.doing("sleep", str(seconds)):
                self.sleep(seconds)
            self.slept(begin, seconds)

        counting_select = self._counting("polls", zmq.select, timeout_at=3)
        counting_poller = _counting_poller(self)
        # Wherever the function may have them from: `from zmq import Poller` is `zmq.sugar.poll.Poller`.
        for module in (zmq, zmq.sugar, zmq.sugar.poll):
            module.Poller = counting_poller
            module.select = counting_select
        zmq.zmq_poll = self._counting("polls", zmq.zmq_poll, timeout_at=1, unit=0.001)
        zmq.Socket._poller_class = zmq.Poller
        select.select = self._counting("selects", select.select, timeout_at=3)
        time.sleep = counting_sleep
        threading.excepthook = _only_of_the_function
        try:
            return define(self._job["name"], self._job["source"])
        except Exception as error:
            self._raised(error)
            raise SystemExit from None

    def call(self, function: Callable, *args):
        """Call the reader's function and note what comes of it; return its result, or None if it raised."""
        self._threads = set(threading.enumerate())
        self.restart_clock()
        if self._snapshots is None:
            self._snapshots = threading.Thread(target=self._take_snapshots, daemon=True, name=_OURS)
            self._snapshots.start()
        self._called.set()
        self._send({"called": True})
        try:
            result = function(*args)
        except BaseException as error:
            self._snapshot()
            self._raised(error)
            return None
        self._snapshot()
        self._send({"returned": repr(result)[:200], "t": self.now})
        self._called.clear()
        left = [thread for thread in threading.enumerate() if thread not in self._threads]
        self.fact("threads left", sum(thread.name != _OURS for thread in left))
        return result

    def _counting(self, what: str, function: Callable, *, timeout_at: int, unit: float = 1.0) -> Callable:
        """*function*, which may wait, and is counted.

        :param timeout_at: the place of its timeout among its arguments.
        :param unit: of that timeout, in seconds.
        """

        def counted(*args, **kwargs):
            self.count(what)
            begin = self.now
            timeout = args[timeout_at] if len(args) > timeout_at else kwargs.get("timeout")
            with self.doing(what, function.__name__):
                ready = function(*args, **kwargs)
            lanes = (getattr(thing, "lane", "another") for things in ready for thing in things)
            self.slept(begin, None if timeout is None else unit * timeout, *lanes)
            return ready

        return counted

    def call_async(self, function: Callable, *args):
        """The same for a coroutine function: run it in an event loop that counts its rounds.

        Notes also what it leaves running, and what its tasks raise.  In a second run, the loop has another
        duty, which ticks.
        """
        loop = asyncio.SelectorEventLoop(_counting_selector(self))
        loop.set_task_factory(self._task_that_tells)
        self._count_long_wait_for()

        def run(*args):
            coroutine = function(*args)
            if not inspect.iscoroutine(coroutine):
                self.fact("not a coroutine", type(coroutine).__name__)
                return coroutine
            duty = loop.create_task(self._tick()) if self._runs > 1 else None
            result = loop.run_until_complete(coroutine)
            left = [*(asyncio.all_tasks(loop) - {duty}), *self.futures]
            self.fact("left running", sum(not future.done() for future in left))
            return result

        return self.call(run, *args)

    def _task_that_tells(self, loop, coroutine, **kwargs) -> asyncio.Task:
        def tell(task: asyncio.Task) -> None:
            if not task.cancelled() and (error := task.exception()):
                self.fact("a task raised", words_for(error))

        task = asyncio.Task(coroutine, loop=loop, **kwargs)
        task.add_done_callback(tell)
        return task

    async def _tick(self) -> None:
        while True:
            self.mark("tick", "another duty")
            await asyncio.sleep(_TICK_SECONDS)

    def _count_long_wait_for(self) -> None:
        usual = asyncio.wait_for

        def wait_for(awaitable, timeout):
            if timeout is not None and timeout > 10:
                self.count("long wait_for")
            return usual(awaitable, timeout)

        asyncio.wait_for = wait_for

    def rest(self) -> None:
        """Take no snapshots any more."""
        self._rests = True

    def restart_clock(self) -> None:
        """Begin to count the time again from 0."""
        self._start = time.perf_counter()

    def _raised(self, error: BaseException) -> None:
        text, line = words_for(error)
        self._send({"raised": text, "line": line, "t": self.now})

    def _snapshot(self) -> None:
        with self._one_snapshot_at_a_time:  # or the last one taken might not be the last one sent
            before, self._waited = self._waited, threads_waited()
            kept = (self._waited[thread] - before.get(thread, 0.0) for thread in self._waited)
            if threading.current_thread() is self._snapshots:
                self._for_snapshots = time.thread_time()
            event = {
                "t": self.now,
                "cpu": time.process_time() - self._for_snapshots,
                "waited": self._waited.get(self._native_owner, 0.0),
                "kept": max(kept, default=0.0) if before else 0.0,
                "stolen": used_and_stolen()[1],
                "asleep": times_asleep(self._native_owner),
                "counts": dict(self._counts),
                "inside": self._inside,
            }
            self._send(event)

    def _take_snapshots(self) -> None:
        while not self._rests:
            self._snapshot()
            self.sleep(_SNAPSHOT_SECONDS)


def _only_of_the_function(thread) -> None:
    """What a peer's thread has to say of a context that ended is not for the reader."""
    if thread.exc_value is not None and words_for(thread.exc_value)[1]:
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
                if harness.events_take:
                    harness.sleep(harness.events_take)
            return super().get(option)

        getsockopt = get

        def recv(self, flags=0, *args, **kwargs):
            harness.count(f"recv {lane}")
            at_once = flags & zmq.NOBLOCK or self.rcvtimeo == 0
            begin = harness.now
            try:
                with nullcontext() if at_once else harness.doing("recv", lane):
                    message = super().recv(flags, *args, **kwargs)
            except zmq.Again:
                harness.count(f"again {lane}")
                if at_once:
                    harness.count(f"again at once {lane}")
                if at_once and not flags & zmq.NOBLOCK:
                    harness.count(f"again of timeout 0 {lane}")
                raise
            finally:
                harness.count(f"ms in recv {lane}", round(1000 * (harness.now - begin)))
            harness.mark("received", lane, number_of(message))
            return message

        def send(self, data, flags=0, *args, **kwargs):
            at_once = flags & zmq.NOBLOCK or self.sndtimeo == 0
            try:
                with nullcontext() if at_once else harness.doing("send", lane):
                    tracker = super().send(data, flags, *args, **kwargs)
            except zmq.Again:
                harness.count(f"again {lane}")
                raise
            harness.mark("passed on", lane, number_of(data))
            return tracker

        def poll(self, timeout=None, *args, **kwargs):
            harness.count("socket.poll")
            begin = harness.now
            with harness.doing("poll", repr(timeout)):
                found = super().poll(timeout, *args, **kwargs)
            harness.slept(begin, None if timeout is None else timeout / 1000, *([lane] if found else []))
            return found

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
            harness.futures.append(future)
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
            begin = harness.now
            with harness.doing("select", "loop"):
                ready = super().select(timeout)
            if not any(isinstance(key.fileobj, socket.socket) for key, _ in ready):  # or a thread has called
                lanes = (harness.lanes.get(key.fileobj, "another") for key, _ in ready)
                harness.slept(begin, timeout, "loop", *lanes)
            return ready

    return Selector()


def number_of(message) -> int | None:
    """The number that a message of a peer is, or None if it is something else."""
    if isinstance(message, list) and len(message) == 1:  # as recv_multipart() returns it
        message = message[0]
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
            if timeout is not None and timeout < 0 and timeout != -1:
                harness.count("polls below 0")
            for thing, flags in self.sockets:
                harness.count(f"asked {getattr(thing, 'lane', 'another')} {int(flags)}")
            begin = harness.now
            with harness.doing("poll", repr(timeout)):
                ready = super().poll(timeout)
            if any(isinstance(thing, int) for thing, _ in ready):
                harness.found_another()
            asked = None if timeout is None else timeout / 1000
            harness.slept(begin, asked, *(getattr(thing, "lane", "another") for thing, _ in ready))
            return ready

    return CountingPoller
