"""The meter: what one thread costs, and what happened meanwhile, as one recording.

::

    with record("busy") as r:
        ...  # the loop under study, in this thread
        r.mark("received", "A", 17)

CPU time is that of the thread that entered ``record()`` alone; the other threads of the process (in a
notebook, those of the kernel) do not count.  Where the system lends a thread's CPU clock to other
threads (Linux: `pthread_getcpuclockid(3)`), a second thread reads it 50 times a second.  Elsewhere the
recorded thread reads its own clock at each of its marks.

Moments are ``time.perf_counter()`` seconds, the finest clock that threads and processes share.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from ..arguments import checked

SAMPLES_PER_SECOND = 50
"""How often the CPU clock is read.  This costs under 1 % of a core, in the sampling thread."""

_SHORTEST_INTERVAL = 0.25 / SAMPLES_PER_SECOND  # s; a share of less than this is mostly noise


@dataclass(frozen=True)
class Mark:
    """One event: what happened (*kind*) to whom (*lane*), when (*t*), and to which message (*number*)."""

    t: float
    kind: str
    lane: str
    number: int | None


@dataclass
class Recording:
    """What `record` yields.  Marks are there at any time, the figures once the block has ended.

    :raises ValueError: from each figure, as long as the block has not ended.
    """

    name: str = ""
    """What plots call it."""
    start: float = 0.0
    """When the block began, in ``time.perf_counter()`` seconds; ``stop`` is when it ended."""
    stop: float = 0.0
    cpu: float = 0.0
    """CPU time of the recorded thread, in seconds."""
    waited: float = 0.0
    """Seconds for which the thread was ready to run but had to wait for a core, by the kernel's scheduler
    statistics; in a virtual machine, also its part of the time that the host has kept back (steal).  0.0
    where these cannot be read, as on macOS and Windows."""
    stood_still: float = 0.0
    """Seconds for which this process made no headway at all, though nothing says that it waited: the sampling
    thread came late, which sleeps and holds no lock, and the recorded thread used nothing meanwhile.  So
    it is when the host of a virtual machine stops it, or when who holds the GIL has no core.  0.0 where no
    thread reads the clock."""
    samples: list[tuple[float, float]] = field(default_factory=list)
    """``(t, cpu)`` in seconds, rising; *cpu* is counted from the start."""
    marks: list[Mark] = field(default_factory=list)

    _at_mark: Callable[[float], None] = field(default=lambda now: None, repr=False)

    def mark(self, kind: str, lane: str, number: int | None = None) -> None:
        """Note that something happened now.  Any thread may call it.

        :param kind: what happened, in one word: "sent", "woke", "received", "worked".
        :param lane: to whom: the name of a socket or of a thread.
        :param number: which message, so that `delays` can pair "sent" and "received".
        """
        now = time.perf_counter()
        self.marks.append(Mark(now, kind, lane, number))
        self._at_mark(now)

    @checked
    def add(self, kind: str, lane: str, times: Iterable[float]) -> None:
        """Take in events that were noted elsewhere, numbered from 0: ``r.add("sent", "A", peer.sent)``.

        :param times: ``time.perf_counter()`` seconds.
        """
        self.marks.extend(Mark(t, kind, lane, number) for number, t in enumerate(times))

    def _ended(self) -> None:
        if not self.stop:
            raise ValueError("This recording has not ended: use its figures after its `with` block.")

    @property
    def wall(self) -> float:
        """How long the block took, in seconds."""
        self._ended()
        return self.stop - self.start

    @property
    def share(self) -> float:
        """CPU time as a share of one core: 1.0 is a whole core."""
        return self.cpu / self.wall

    @property
    def wanted(self) -> float:
        """The share of one core that the thread asked for: what it used, and what it waited for.

        Unlike `share`, it is the same on a crowded machine as on an idle one, and on one that stood still.
        """
        return (self.cpu + self.waited) / (self.wall - self.stood_still)

    def times(self, kind: str, lane: str) -> list[float]:
        """When such events happened, in seconds from the start; those outside the block are left out."""
        self._ended()
        return [
            mark.t - self.start
            for mark in self.marks
            if mark.kind == kind and mark.lane == lane and self.start <= mark.t <= self.stop
        ]

    def delays(self, lane: str) -> list[tuple[float, float]]:
        """``(when received, how long after it was sent)`` for each message of *lane*, in seconds.

        The first is counted from the start.  Pairs the marks "sent" and "received" by their numbers,
        which are unique in a lane; a message received outside the block is left out.
        """
        self._ended()
        of_lane = [mark for mark in self.marks if mark.lane == lane and mark.number is not None]
        sent = {mark.number: mark.t for mark in of_lane if mark.kind == "sent"}
        return [
            (mark.t - self.start, mark.t - sent[mark.number])
            for mark in of_lane
            if mark.kind == "received" and mark.number in sent and self.start <= mark.t <= self.stop
        ]

    def waits(self, lane: str) -> list[tuple[float, float]]:
        """When each message of *lane* was sent and received: ``(sent, received)``, in seconds from the start.

        One that was not received in the block waited until its end, or longer; `delays` leaves it out.
        """
        self._ended()
        of_lane = [mark for mark in self.marks if mark.lane == lane and mark.number is not None]
        received = {mark.number: mark.t for mark in of_lane if mark.kind == "received"}
        return [
            (mark.t - self.start, min(received.get(mark.number, self.stop), self.stop) - self.start)
            for mark in of_lane
            if mark.kind == "sent" and self.start <= mark.t <= self.stop
        ]

    def typical_delay(self, lane: str) -> float:
        """The middle one (median) of *lane*'s delays, in seconds.

        :raises ValueError: if no message of *lane* has both marks, "sent" and "received".
        """
        delays = [delay for _, delay in self.delays(lane)]
        if not delays:
            raise ValueError(
                f"No message of {lane!r} is marked both as sent and as received in {self.name!r}."
            )
        return statistics.median(delays)

    def shares(self) -> list[tuple[float, float, float]]:
        """``(from, to, share of one core)`` between samples; times in seconds from the start."""
        self._ended()
        cuts = self.samples[:1]
        for sample in self.samples[1:]:
            if sample[0] - cuts[-1][0] >= _SHORTEST_INTERVAL:
                cuts.append(sample)
        cuts[max(1, len(cuts) - 1) :] = self.samples[-1:]  # the last interval takes in the short rest
        return [
            (t0 - self.start, t1 - self.start, (cpu1 - cpu0) / (t1 - t0))
            for (t0, cpu0), (t1, cpu1) in pairwise(cuts)
        ]


@contextmanager
def record(name: str = "") -> Iterator[Recording]:
    """Record the calling thread's CPU time, and the marks it makes, until the block ends.

    :param name: what plots call the recording; a first word of "blocking", "busy", "nap" or "poll"
        gives it the colour of that way of waiting.

    The recording is complete also when the block raises.  Recordings in several threads at once are
    independent.
    """
    recording = Recording(name)
    owner = threading.get_ident()
    clock = clock_of_this_thread()
    running = threading.Lock()  # held while the block runs; to release it is one step, even for an interrupt
    running.acquire()
    used_before, stolen_before = used_and_stolen()
    waited_before = waited_for_a_core()
    cpu_before = time.thread_time()
    recording.start = time.perf_counter()
    recording.samples.append((recording.start, 0.0))
    late: list[float] = []  # seconds for which nothing was done, and the sampler did not wait for a core

    def read_own_clock(now: float) -> None:
        if threading.get_ident() == owner:
            recording.samples.append((now, time.thread_time() - cpu_before))

    def read_clock_regularly(clock: int) -> None:
        interval = 1 / SAMPLES_PER_SECOND
        due = recording.start
        before = 0.0
        waited = waited_for_a_core() or 0.0
        a_little = 0.0  # what it may have waited since, and was not late
        ended = False
        while not ended:
            due += interval
            ended = running.acquire(timeout=max(0.0, due - time.perf_counter()))
            try:
                cpu = time.clock_gettime(clock) - cpu_before
            except OSError:  # the recorded thread has ended inside its block
                return
            now = time.perf_counter()
            if not ended:
                recording.samples.append((now, cpu))
            behind = (recording.stop or now) - due
            if behind > interval:
                waited_before, waited = waited, waited_for_a_core() or 0.0
                had_no_core = max(0.0, waited - waited_before - a_little)
                late.append(max(0.0, behind - (cpu - before) - had_no_core))
                a_little = 0.0
                due = now  # regular, without drift; after a hold-up it does not catch up
            else:
                a_little += max(0.0, behind)
            before = cpu

    sampler = threading.Thread(
        target=read_clock_regularly, args=(clock,), name="pollerlab meter", daemon=True
    )
    try:
        if clock is None:
            recording._at_mark = read_own_clock
        else:
            sampler.start()
        yield recording
    finally:
        try:
            recording.stop = time.perf_counter()
            recording.cpu = time.thread_time() - cpu_before
            waited_after = waited_for_a_core()
            used_after, stolen_after = used_and_stolen()
        finally:
            running.release()
            recording._at_mark = lambda now: None
        if sampler.is_alive():
            sampler.join()
        if waited_before is not None and waited_after is not None:
            recording.waited = waited_after - waited_before
            if (used := used_after - used_before) > 0:  # it had that part of what was left, too
                recording.waited += (stolen_after - stolen_before) * min(1.0, recording.cpu / used)
        unexplained = recording.wall - recording.cpu - recording.waited
        recording.stood_still = max(0.0, min(sum(late), unexplained))
        while recording.samples[-1][0] > recording.stop:
            recording.samples.pop()
        recording.samples.append((recording.stop, recording.cpu))


def clock_of_this_thread() -> int | None:
    """A clock id that other threads may read, or None where the system has none (macOS, Windows)."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    return time.pthread_getcpuclockid(threading.get_ident())


@checked
def waited_for_a_core(thread: int | None = None) -> float | None:
    """How long a thread has been ready but without a core, in seconds, since it began.

    None where the kernel does not say.

    :param thread: its ``native_id``; None is the calling thread.

    The second field of schedstat: see Documentation/scheduler/sched-stats.rst of Linux.
    """
    try:
        with open(f"/proc/self/task/{thread or threading.get_native_id()}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return None


def threads_waited() -> dict[int, float]:
    """The same of each thread of this process, also of libzmq's, by its ``native_id``; {} if nobody says."""
    try:
        threads = map(int, os.listdir("/proc/self/task"))
    except OSError:
        return {}
    waited = {thread: waited_for_a_core(thread) for thread in threads}
    return {thread: seconds for thread, seconds in waited.items() if seconds is not None}


def used_and_stolen() -> tuple[float, float]:
    """What all processes have used of this machine's cores, and what its host has kept back, in seconds.

    Both count from the machine's start, in steps of 10 ms.  0.0 where the kernel does not say.

    The first line of /proc/stat: see ``proc_stat(5)`` of Linux.
    """
    try:
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, softirq, stolen = map(int, file.readline().split()[1:9])
    except (OSError, ValueError):
        return 0.0, 0.0
    step = 1 / os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) * step, stolen * step


@checked
def times_asleep(thread: int | None = None) -> int | None:
    """How often a thread has gone to sleep since it began, whatever it waited for.

    None where the kernel does not say.

    :param thread: its ``native_id``; None is the calling thread.

    The voluntary context switches: see ``proc_pid_status(5)`` of Linux.
    """
    try:
        with open(f"/proc/self/task/{thread or threading.get_native_id()}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    except (OSError, StopIteration):
        return None
