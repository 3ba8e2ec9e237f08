"""Experiments, and the waiting room's: a thread that waits on some sockets, and the peers that send to them.

Each runs in a child process, so that drawing does not fight with it for the interpreter lock, and streams
what happens, ten times a second.  `Settings`, or those of another `Experiment`, say what is tried, and
`Trial` has what was seen.
"""

import inspect
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import zmq

from ..arguments import checked, positive, whole
from ..process import define, gather, run_scene, words_for
from ..scenery import at_random, bursts, clock_of_this_thread, peers, waited_for_a_core
from .ways import WAYS

__all__ = ["PATTERNS", "REPORTS_PER_SECOND", "Experiment", "Settings", "Trial", "run"]

PATTERNS = ("regular", "bursty", "random")
REPORTS_PER_SECOND = 10
_PARAMETERS = ("sockets", "timeout_ms", "handle", "work")  # of a way
_LONGEST = 300  # characters of what an error says
_BURST = 10  # messages
_WARM_UP = 0.3  # seconds that do not count: connections are made


@dataclass(frozen=True)
class Experiment:
    """What is tried: the base class of settings."""

    scene: ClassVar[str]
    """The name of the module that runs it, in a `pollerlab.process.Child`."""


@dataclass(frozen=True)
class Settings(Experiment):
    """What is tried in the waiting room.

    :param way: how to wait, one of `pollerlab.live.ways.WAYS`, or a function of your own like those.
    :param sockets: how many sockets the thread waits on, 1 to 64.
    :param rate: messages a second, over all of them, up to 2,000.
    :param pattern: when they come, one of `PATTERNS`; bursty is ten at once.
    :param timeout_ms: how long a poll or a nap may take, in ms.
    :param source: the function of your own that *way* names, with what it uses.  It is found if *way* is one.
    :raises TypeError, ValueError: if one of them is none of this.
    """

    scene = __name__

    way: Any = "zmq.Poller"
    sockets: int = 4
    rate: float = 50
    pattern: str = "regular"
    timeout_ms: int = 100
    source: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if callable(self.way):
            object.__setattr__(self, "source", _own(self.way))
            object.__setattr__(self, "way", self.way.__name__)
        if not isinstance(self.source, str):
            raise TypeError(f"source must be text, not {self.source!r}.")
        if not isinstance(self.way, str) or (self.way not in WAYS and not self.source):
            ways = ", ".join(WAYS)
            raise ValueError(f"way must be one of {ways}, or a function of yours, not {self.way!r}.")
        if not isinstance(self.pattern, str) or self.pattern not in PATTERNS:
            raise ValueError(f"pattern must be one of {', '.join(PATTERNS)}, not {self.pattern!r}.")
        if whole("sockets", self.sockets) > 64:
            raise ValueError(f"sockets must be 64 or fewer, not {self.sockets!r}.")
        if positive("rate", self.rate) > 2000:
            raise ValueError(f"rate must be 2000 messages a second or fewer, not {self.rate!r}.")
        whole("timeout_ms", self.timeout_ms)

    def __str__(self) -> str:
        sockets = "1 socket" if self.sockets == 1 else f"{self.sockets} sockets"
        return f"{self.way}, {sockets}, {self.rate:g}/s {self.pattern}, {self.timeout_ms} ms"


def _own(function: Callable) -> str:
    """The source of a function of the reader's, if it can be a way.

    :raises ValueError: if not.
    """
    source, name = gather(function), function.__name__
    if name in WAYS:
        raise ValueError(f"There is a way called {name} already: give yours another name.")
    try:
        inspect.signature(function).bind(*_PARAMETERS)
    except TypeError:
        raise ValueError(
            f"{name} must take ({', '.join(_PARAMETERS)}), and not {inspect.signature(function)}."
        ) from None
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise ValueError(f"{name} has async or yield in it: a call of it would run none of its lines.")
    return source


class Trial:
    """What was seen of one run, so far.  Times are in seconds of ``time.perf_counter()``.

    :param settings: what is tried.
    """

    @checked
    def __init__(self, settings: Experiment) -> None:
        self.settings: Any = settings
        self.samples: list[tuple[float, float, float, int]] = []
        """``(t, cpu, waited, rounds)``: CPU seconds, seconds without a core though ready, and rounds of the
        loop, all counted from the thread's start."""
        self.messages: list[tuple[float, int, float]] = []
        """``(received, lane, delay)`` of each message; *lane* is the number of its socket, from 0."""
        self.sent: list[tuple[float, int]] = []
        """``(t, lane)``"""
        self.no_room: list[tuple[float, float]] = []
        """``(since, until)``: when the thread waited for room to send."""
        self.ended: str | None = None
        """How the thread ended, in a sentence, if it did."""
        self._came_round = self._caught_up = 0.0

    def take(self, event: dict) -> None:
        """Take in an event of the scene.

        :raises ValueError: if it is none.
        """
        try:
            if "ended" in event:
                self.ended = str(event["ended"])
                return
            sample = (event["t"], event["cpu"], event["waited"], event["rounds"])
            messages, sent = [*map(tuple, event["received"])], [*map(tuple, event["sent"])]
            no_room = [*map(tuple, event.get("no_room", ()))]
        except (TypeError, LookupError, AttributeError):
            raise ValueError("This is no event of an experiment.") from None
        if messages or not self.samples or sample[3] != self.samples[-1][3]:
            self._came_round = sample[0]
        self.samples.append(sample)
        self.messages += messages
        self.sent += sent
        self.no_room += no_room
        if len(self.messages) >= len(self.sent):
            self._caught_up = sample[0]

    @property
    def stuck(self) -> float:
        """For how many seconds messages have waited in vain: none was taken, and no round came to its end."""
        return self.samples[-1][0] - max(self._came_round, self._caught_up) if self.samples else 0.0

    def _counted(self) -> list[tuple[float, float, float, int]]:
        return [sample for sample in self.samples if sample[0] - self.samples[0][0] >= _WARM_UP]

    @property
    def seconds(self) -> float:
        """How much of it counts: from after the warm-up to the last sample."""
        counted = self._counted()
        return counted[-1][0] - counted[0][0] if counted else 0.0

    def _rise(self, field: int) -> float:
        """What a field of the samples rises by in a second; nan as long as that cannot be said."""
        counted = self._counted()
        if len(counted) < 2:
            return float("nan")
        return (counted[-1][field] - counted[0][field]) / (counted[-1][0] - counted[0][0])

    @property
    def share(self) -> float:
        """CPU time as a share of one core."""
        return self._rise(1)

    @property
    def wanted(self) -> float:
        """The share of one core that the thread asked for: what it used, and what it waited for."""
        return self._rise(1) + self._rise(2)

    @property
    def rounds(self) -> int:
        """How often the loop has come round since it began."""
        return self.samples[-1][3] if self.samples else 0

    @property
    def rounds_per_second(self) -> float:
        """How often the loop came round."""
        return self._rise(3)

    @property
    def delays(self) -> list[float]:
        """The delay of each message that was received after the warm-up, in seconds."""
        counted = self._counted()
        return [delay for t, _, delay in self.messages if counted and t >= counted[0][0]]

    @property
    def typical_delay(self) -> float:
        """The middle one of them; nan if there is none."""
        return statistics.median(self.delays or [float("nan")])


@checked
def run(settings: Experiment, seconds: float) -> Trial:
    """Try *settings* for so many seconds, and return what was seen.

    :raises ValueError: if *seconds* is not a number above 0.
    :raises RuntimeError: if the child process fails.
    """
    trial = Trial(settings)
    ended = run_scene(
        settings.scene, asdict(settings) | {"limit": positive("seconds", seconds)}, limit=seconds + 10
    )
    for event in ended.events:
        trial.take(event)
    if trial.ended:
        raise RuntimeError(trial.ended)
    if ended.exit_code != 0:
        raise RuntimeError(f"The process that ran it failed: {ended.printed or ended.exit_code}")
    return trial


def scene(job: dict, send: Callable[[dict], None]) -> None:
    """In the child: run the experiment for ``job["limit"]`` seconds, and send what happens."""
    limit = job.pop("limit")
    settings = Settings(**job)
    with ExitStack() as stack:
        senders = [stack.enter_context(peers.Push(moments)) for moments in schedules(settings)]
        waiting = _Waiting(settings, senders)
        waiting.start()
        send_reports(waiting, send, limit)


def send_reports(measured: "Measured", send: Callable[[dict], None], limit: float) -> None:
    """Send what *measured* reports, `REPORTS_PER_SECOND`, for *limit* seconds; also how it ended."""
    begin = due = time.perf_counter()
    while due < begin + limit and not measured.ended.wait(max(0, due - time.perf_counter())):
        due += 1 / REPORTS_PER_SECOND
        send(measured.report())
    if measured.ended.is_set():
        send({"ended": _how_it_ended(measured.error)})


def _how_it_ended(error: BaseException | None) -> str:
    if error is None:
        return "It returned, and a way to wait must not."
    text, line = words_for(error)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return f"It raised {text}" + (f", in the line `{line}`." if line else ".")


def schedules(settings: Settings) -> list[Iterator[float]]:
    """When each socket's peer sends, in ms.  They are out of step with each other."""
    gap = 1000 * settings.sockets / settings.rate
    lanes = range(settings.sockets)
    if settings.pattern == "random":
        return [at_random(gap, seed=lane) for lane in lanes]
    size = _BURST if settings.pattern == "bursty" else 1
    shift = random.Random(0)
    return [_later(bursts(size, size * gap), size * gap * shift.random()) for _ in lanes]


def _later(moments: Iterator[float], by: float) -> Iterator[float]:
    return (moment + by for moment in moments)


class Measured(threading.Thread):
    """A thread whose work is measured, and the notes of it, which another thread reads.

    A subclass has its work in ``_work``, and adds what happened to ``report``.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._clock: int | None = None
        self._own_cpu = 0.0
        self._rounds = 0
        self.ended = threading.Event()
        """Set when it has ended, which it should not."""
        self.error: BaseException | None = None
        """What it has raised, if it has."""

    def run(self) -> None:
        """Work without end."""
        self._clock = clock_of_this_thread()
        try:
            self._work()
        except BaseException as error:
            self.error = error
        finally:
            self._own_cpu, self._clock = time.thread_time(), None  # its clock goes with it
            self.ended.set()

    def _work(self) -> None:
        """What is measured, in this thread."""
        raise NotImplementedError

    def count_round(self) -> None:
        """To be called in that thread, once a round of its loop."""
        self._rounds += 1
        if self._clock is None:  # no other thread can read it
            self._own_cpu = time.thread_time()

    def _cpu(self) -> float:
        clock = self._clock
        if clock is not None:
            with suppress(OSError):  # it has ended meanwhile
                return time.clock_gettime(clock)
        return self._own_cpu

    def report(self) -> dict:
        """A sample, as `Trial.take` takes it."""
        return {
            "t": time.perf_counter(),
            "cpu": self._cpu(),
            "waited": waited_for_a_core(self.native_id) or 0.0,
            "rounds": self._rounds,
        }


class _Waiting(Measured):
    """The thread that waits."""

    def __init__(self, settings: Settings, senders: list[peers.Push]) -> None:
        super().__init__()
        self._settings, self._senders = settings, senders
        self._received: list[tuple[float, int, int]] = []
        self._told_sent = [0] * len(senders)
        self._told_received = 0

    def _work(self) -> None:
        lanes: dict[zmq.Socket, int] = {}
        with ExitStack() as stack:
            context: zmq.Context = zmq.Context.instance()
            for lane, sender in enumerate(self._senders):
                sock = stack.enter_context(context.socket(zmq.PULL))
                sock.connect(sender.address)
                lanes[sock] = lane

            last = [-1] * len(lanes)

            def handle(sock: zmq.Socket, message: bytes) -> None:
                now, lane, number = time.perf_counter(), lanes[sock], int(message)
                if number <= last[lane]:
                    raise ValueError("handle() was called twice with one message")
                last[lane] = number
                self._received.append((now, lane, number))

            name, source = self._settings.way, self._settings.source
            wait = define(name, source) if source else WAYS[name]
            wait(list(lanes), self._settings.timeout_ms, handle, self.count_round)

    def report(self) -> dict:
        sent, received = [], []
        for lane, sender in enumerate(self._senders):
            moments = sender.sent[self._told_sent[lane] :]
            self._told_sent[lane] += len(moments)
            sent += [(moment, lane) for moment in moments]
        for t, lane, number in self._received[self._told_received :]:
            if number >= len(self._senders[lane].sent):  # its sender has not yet noted when
                break
            self._told_received += 1
            received.append((t, lane, t - self._senders[lane].sent[number]))
        return super().report() | {"sent": sent, "received": received}
