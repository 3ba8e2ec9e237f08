"""What is noted while a program runs: counts by thread, by line of the program and by socket.

Only the thread that does something notes it, in its own `ThreadNotes`; nothing is locked on that path.  No
list grows with messages: a line has one set of counters, however often it runs.
"""

import asyncio
import linecache
import os
import sysconfig
import threading
import time
import weakref
from _thread import allocate_lock, get_ident
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from itertools import count
from types import CodeType, FrameType
from typing import Any

import zmq

from ..scenery import clock_of_this_thread, waited_for_a_core
from .lanes import Lanes

__all__ = []  # it is for this wing

WINDOW = 0.25
"""Seconds: how long a thread's CPU time is summed up before it is judged whether it spun."""
LOOK = 0.001
"""Seconds: how often, while it asks for nothing, it is looked at what it does in between."""
SHORT = 0.0002
"""Seconds: two questions for nothing that lie closer together than this are one spin."""
SETTLED = 0.5
"""Seconds: when one thread alone has used a socket for so long, it is that thread's."""
SLICE = 0.1
"""Seconds: for no longer than this at a time are sockets watched that the program does not poll."""
WORKS = 0.75
"""If from one question to the next more than this share of the time goes to something else, it works."""
MOST_LINES = 2_000
"""A thread notes no more lines of a program than this."""

MOST_TALLIES = 500
"""Beyond so many, sockets are not told apart any more: some programs make one for each request."""

READABLE = frozenset(
    {zmq.PAIR, zmq.SUB, zmq.REQ, zmq.REP, zmq.DEALER, zmq.ROUTER, zmq.PULL, zmq.XPUB, zmq.XSUB, zmq.STREAM}
)
_real_sleep = time.sleep
_get_running_loop = asyncio._get_running_loop
NOTE = "_pollerlab_doctor"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD = tuple(sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib"))
_INSTALLED = tuple(sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib"))
_LIBRARIES = (
    _PACKAGE,
    os.path.dirname(os.path.abspath(zmq.__file__)) + os.sep,
    *(os.path.join(place, name) + os.sep for place in _INSTALLED for name in ("tornado", "uvloop")),
)
_OURS_TO_WATCH = (os.path.join(_PACKAGE, "examples") + os.sep,)  # programs like any other


@cache
def is_inside(filename: str) -> bool:
    """Whether a file is pyzmq's, tornado's, the standard library's or our own: not the program's."""
    if filename.startswith("<frozen"):
        return True
    if filename.startswith(_OURS_TO_WATCH):
        return False
    if filename.startswith(_LIBRARIES):
        return True
    return filename.startswith(_STANDARD) and not filename.startswith(_INSTALLED)


def harmless(default: Any = None) -> Callable[[Callable], Callable]:
    """A decorator, for what is called while a program is in the middle of something.

    A fault of the doctor's own is noted and told in the report; the program never sees it.

    :param default: what is returned then.
    """

    def make(method: Callable) -> Callable:
        @wraps(method)
        def call(self, *args):
            try:
                return method(self, *args)
            except Exception as error:
                stumbled = getattr(self, "doctor", None) or getattr(self, "notes", self)
                if len(stumbled.stumbled) < 3:
                    stumbled.stumbled.append(f"the doctor stumbled in {method.__name__}: {error!r}")
                return default

        return call

    return make


class Line:
    """A place in the program where something is called, and how often that was of use."""

    __slots__ = (
        "after",
        "arguments",
        "file",
        "function",
        "gap",
        "last",
        "loads",
        "messages",
        "number",
        "returned",
        "spun",
        "timeouts",
        "vain",
        "vain_before",
        "waits",
        "what",
        "worked",
    )

    def __init__(self, file: str, number: int, function: str, what: str) -> None:
        self.file, self.number, self.function, self.what = file, number, function, what
        self.vain = 0
        """Calls that brought nothing and did not wait for it either."""
        self.vain_before = 0
        self.messages = 0
        self.waits = False
        """Whether a receive or send here has had to wait."""
        self.timeouts = 0
        """Waits that ran out."""
        self.returned = 0
        """Waits that ended before they ran out."""
        self.spun = [0.0, 0.0, 0]
        """While this was the line of a spin: seconds, seconds of CPU time wanted, calls for nothing."""
        self.worked = [0.0, 0.0, 0]
        """The same while it did something else for most of the time between two questions."""
        self.arguments: set = set()
        """Timeouts that it was called with, a few of them."""
        self.loads = [0.0, 0, 0, 0]
        """Of polls with many sockets: seconds of CPU time inside, polls, sockets asked, sockets ready."""
        self.after = [0, 0]
        """Of sends: how many came after a poll that had run out, and how many did not."""
        self.last = self.gap = 0.0
        """Of such sends: when the last one was, and the longest time between two, in seconds."""

    def load(self, cpu: float, registered: int, ready: int) -> None:
        """A poll with many sockets."""
        loads = self.loads
        loads[0] += cpu
        loads[1] += 1
        loads[2] += registered
        loads[3] += ready

    @property
    def calls(self) -> int:
        """How often it was called."""
        return self.vain + self.messages + self.timeouts + self.returned

    @property
    def text(self) -> str:
        """The line itself."""
        return linecache.getline(self.file, self.number).strip()

    def as_json(self) -> dict:
        """What JSON can carry."""
        return {"file": self.file, "line": self.number, "function": self.function, "text": self.text}


_NOWHERE = Line("", 0, "", "")


class Tally:
    """How often something happened at one place, how long it took in all, and the worst of it."""

    __slots__ = (
        "asked",
        "count",
        "last",
        "line",
        "most",
        "naps",
        "other",
        "socket",
        "total",
        "waited",
        "what",
        "worst",
    )

    def __init__(self, line: Line | None, socket: "SocketNotes | None") -> None:
        self.line, self.socket = line, socket
        self.other: Any = None
        self.asked: Line | None = None
        """Of naps: what was asked before."""
        self.count, self.total, self.worst, self.most, self.last = 0, 0.0, 0.0, 0, 0.0
        self.naps = 0
        """How many times it could have happened."""
        self.waited = (0.0, 0)
        """Of naps: when it had really waited for the last time, see `ThreadNotes.has_waited_since`."""
        self.what = ""

    def add(self, seconds: float, number: int = 0) -> None:
        """Once more, for so many seconds; *number* is of whatever is counted besides."""
        self.last = time.perf_counter()
        self.count += 1
        self.total += seconds
        self.worst = max(self.worst, seconds)
        self.most = max(self.most, number)

    def slept(self, seconds: float, counts: bool) -> None:
        """It slept; *counts*: that was a case of the ailment."""
        self.naps += 1
        if counts:
            self.add(seconds)


class SocketNotes:
    """One socket, however many Python objects stand for it."""

    _numbers = count(1)

    def __init__(self, socket: zmq.Socket, thread: "ThreadNotes") -> None:
        self.ref = weakref.ref(socket)
        self.number = next(self._numbers)
        self.type = socket.__dict__.get("type", 0)
        self.kind = getattr(socket, "_type_name", str(self.type))
        self.readable = self.type in READABLE
        self.name = ""
        self.named_in_use = False
        """Whether its name is that of a place where it is used, and not only made."""
        self.addresses: list[str] = []
        self.user = thread
        self.plain_for: ThreadNotes | None = None
        """The thread whose calls need no thought, since it alone uses the socket; None if none is so."""
        self.users = {thread.ident: 1}
        self.since = time.perf_counter()
        """When its user was another one for the last time."""
        self.overlapped: tuple | None = None
        self.asks = 0
        """How often its owner has taken in news, in whatever way."""
        self.taken = False
        """Whether its descriptor has been handed out: then nobody but its owner may ask what is ready."""
        self.asynchronous = False
        self.registered = False
        """Whether it has been in a poller."""
        self.closed = False
        self.inherited = False
        """Whether it was made before a fork, by the parent."""
        self.cancelled: list[Tally] = []
        """Receives that were cancelled, and after which nobody has asked again yet."""
        self.rings = [-1, 0]
        """Of its descriptor: `asks` when it was reported last, and how often since without another
        question."""
        self.inner: object = None
        """Of one for asyncio: the object through which pyzmq uses it."""
        self.owner_id = id(socket)
        self.asynchronous_ref: Callable[[], Any] = _nothing
        self.last_take: tuple[str, Line, float] | None = None
        """What took in its news last (send, recv, EVENTS), where and when; noted if its descriptor is
        taken."""

    @property
    def socket(self) -> zmq.Socket | None:
        """The object, if it is there and open."""
        socket = self.ref()
        return None if socket is None or socket.closed else socket

    @property
    def asynchronous_socket(self) -> Any:
        """The one for asyncio, or None."""
        return self.asynchronous_ref()

    def is_for(self, thread: int) -> bool:
        """Whether this thread, by its ident, may ask it: no other uses it, or has used it just now.

        At the start a socket may go back and forth between the thread that makes it and its owner.
        """
        return (
            not (self.closed or self.inherited)
            and self.user.ident == thread
            and (len(self.users) == 1 or time.perf_counter() - self.since > SETTLED)
        )

    @property
    def title(self) -> str:
        """What tells it from others: ``tasks (PULL, tcp://127.0.0.1:5555)``."""
        where = f"{self.kind}, {self.addresses[0]}" if self.addresses else self.kind
        return f"{self.name} ({where})" if self.name else f"{where} no. {self.number}"

    @property
    def short(self) -> str:
        """Its name in the program, or its kind."""
        return self.name or f"{self.kind} no. {self.number}"


class ThreadNotes:
    """What one thread did.  Only that thread changes it."""

    def __init__(self, doctor: "Notes") -> None:
        self.doctor = doctor
        self.ident = get_ident()
        # current_thread() would add one that is not there.
        known_to_python = threading._active.get(self.ident)  # type: ignore[attr-defined]
        self.name = known_to_python.name if known_to_python else f"thread {self.ident}"
        self.native = threading.get_native_id()
        self.clock = clock_of_this_thread()
        self.nested = 0
        """Above 0 inside a call that is noted as one: what it calls in its turn is not."""
        self.lines: dict[tuple[CodeType, int, str], Line] = {}
        self.mine: dict[SocketNotes, bool] = {}
        """Sockets that no other thread has used since this one did, and whether it has listened to them.

        See `alone_from_here`.
        """
        self.watching: frozenset[SocketNotes] = frozenset()
        """Those of them that are polled at this moment, beside what the program polls: see `given_up`."""
        self.version = 0
        self.tallies: dict[tuple, Tally] = {}
        self.inside: Line | None = None
        """Where it waits, and on what, and since when."""
        self.inside_socket: SocketNotes | None = None
        self.inside_since = 0.0
        self.unheard: dict[SocketNotes, float] = {}
        """Sockets with a message that nobody looks at during this wait, and since when."""
        self.pending: dict[SocketNotes, list] = {}
        """Sockets that a poll reported and that have not been read since: [since, polls, messages of
        others]."""
        self.used = True
        """Whether something was received or sent since a poll last said that there is something to do."""
        self.last = now = time.perf_counter()
        self.last_line: Line | None = None
        self.last_task: tuple[int, Line] | None = None
        """After a question for nothing in a coroutine: the id of its task, and the line."""
        self.sent_to: SocketNotes | None = None
        """On which socket something was sent last."""
        self.works_for: SocketNotes | None = None
        """From which socket what it works on has come, while it waits for an answer or for room."""
        self.inside_limit = -1
        """Of a receive or send that waits: its RCVTIMEO or SNDTIMEO."""
        self.got: SocketNotes | None = None
        """From which socket something has been received since the last wait."""
        self.found: list = []
        """What the last poll returned, if that was anything."""
        self.timed_out = False
        """Whether the last wait ran out."""
        self.frame: FrameType | None = None
        self.new_line = False
        # The last place of each kind, and the last poller, since a loop comes back to them.
        self.recv_code = self.poll_code = self.send_code = self.get_code = None
        self.recv_at = self.poll_at = self.send_at = self.get_at = -1
        self.recv_line = self.poll_line = self.send_line = self.get_line = _NOWHERE
        self.poller: object = None
        self.poller_size = self.poller_version = -1
        self.poller_others: list[SocketNotes] = []
        self.poller_plain = False
        self.term_context: Callable[[], Any] = _nothing
        self.in_vain = False
        self.run_begin, self.run_rounds, self.run_after_message = now, 0, False
        """Of the questions for nothing since the last message or wait."""
        self.thoughtful = False
        """Whether a message needs more than counting, since others wait or there are lanes."""
        self.entered = 0.0
        """When a question began, if that is looked at: of those for nothing, some are."""
        self.worked, self.run_worked = [0, 0], [0, 0]
        """Of these, how many came at once after the one before, and how many after something else was done.

        Since the last `judge`, and of this run of questions.
        """
        self.spin = 0.0
        self.begin = self.window = now
        self.next_sample = self.next_look = now + WINDOW
        self.cpu_before, self.waited_before = time.thread_time(), waited_for_a_core(self.native) or 0.0
        self.cpu = self.without_core = 0.0
        self.lanes: Lanes | None = None

    # -- places --------------------------------------------------------------------------------------

    @harmless(_NOWHERE)
    def line(self, frame: FrameType, what: str) -> Line:
        """The line of the program that has called, from a frame that may be inside pyzmq."""
        if self.in_vain and self.used and self.doctor.running_loop() is None:  # a loop has work of its own
            self.entered, self.next_look = time.perf_counter(), 0.0
        frame = outside(frame)
        key = (frame.f_code, frame.f_lasti, what)
        line = self.lines.get(key)
        if line is None:
            code = frame.f_code
            name = getattr(code, "co_qualname", code.co_name)
            line = Line(code.co_filename, frame.f_lineno or code.co_firstlineno, name, what)
            self.new_line = True
            if len(self.lines) < MOST_LINES:
                self.lines[key] = line
        return line

    @harmless()
    def rename(self, note: SocketNotes, socket: zmq.Socket, frame: FrameType) -> None:
        """At a new line: it may have a better name there than where it was made."""
        self.new_line = False
        name = name_in(outside(frame), socket)
        if name and (not note.named_in_use or len(name) > len(note.name)):
            note.name, note.named_in_use = name, True

    def tally(self, ailment: str, line: Line | None, socket: SocketNotes | None = None) -> Tally:
        """The tally of an ailment at this place, made at its first time."""
        key = (ailment, line, socket if len(self.tallies) < MOST_TALLIES else None)
        tally = self.tallies.get(key)
        if tally is None:
            tally = self.tallies[key] = Tally(line, socket)
        return tally

    def has_waited_since(self, tally: Tally) -> bool:
        """Whether it has asked for messages in a way that waits for them, since a nap before this one.

        Then what wakes it is the message, and the nap is a pause that it makes between two.
        """
        received = sum(line.messages for line in list(self.lines.values()) if line.waits)
        before, tally.waited = tally.waited, (self.inside_since, received)
        return tally.waited != before

    # -- sockets -------------------------------------------------------------------------------------

    def alone_from_here(self) -> None:
        """A thread is about to start: a socket to which this one has never listened may be meant for it."""
        unheard = [note for note, heard in self.mine.items() if not heard]
        for note in unheard:
            del self.mine[note]
        self.version += bool(unheard)

    def others(self, but: "SocketNotes | None" = None, registered=()) -> list["SocketNotes"]:
        """Sockets of this thread alone that could have a message, and that may be asked."""
        return [
            note
            for note in self.mine
            if note is not but
            and note.readable
            and not (note.taken or note.closed or note.asynchronous or note.inherited)
            and (socket := note.socket) is not None
            and socket not in registered
        ]

    # -- what happened -------------------------------------------------------------------------------

    @harmless()
    def vain(self, line: Line, now: float) -> None:
        """A question has brought nothing, and did not wait."""
        line.vain += 1
        if self.in_vain:
            gap = now - self.last
            if gap < SHORT:
                self.spin += gap
            self.run_rounds += 1
            if self.entered:
                worked = self.entered - self.last > WORKS * gap
                self.worked[worked] += 1
                self.run_worked[worked] += 1
        else:
            self.in_vain = True
            self.run_begin, self.run_rounds, self.run_after_message = now, 1, self.got is not None
            self.run_worked = [0, 0]
        self.last = now
        self.last_line = line
        if now > self.next_sample:
            self.sample(now)
            self.last = time.perf_counter()
        if self.entered:
            self.entered, self.next_look = 0.0, min(self.next_sample, now + LOOK)
        else:
            self.recv_code = self.get_code = None  # so that the next one comes by `line`, and is looked at

    @harmless()
    def message(self, note: SocketNotes, line: Line) -> None:
        """A message has come, and more than counting is needed."""
        now = time.perf_counter()
        if self.unheard:
            self.unheard.pop(note, None)
        if self.pending:
            self.was_read(note, line, now)
        if self.lanes is not None:
            self.lanes.received(note, now)
        self.thoughtful = bool(self.unheard or self.pending or self.lanes is not None)

    @harmless()
    def sent(self, line: Line, note: SocketNotes) -> None:
        """A message has gone."""
        self.in_vain, self.used, self.sent_to = False, True, note
        if (self.timed_out or line.after[0]) and note.type != zmq.REQ:  # which asks once more
            now = time.perf_counter()
            line.after[0 if self.timed_out else 1] += 1
            if line.last:
                line.gap = max(line.gap, now - line.last)
            line.last = now

    @harmless()
    def was_read(self, note: SocketNotes, line: Line, now: float) -> None:
        """Of the sockets that a poll has reported, *note* has been read, and the others still wait."""
        mine = self.pending.pop(note, None)
        if mine is not None:
            since, polls, overtaken, by = mine
            if by is not None and (polls >= 3 or overtaken >= 200):
                tally = self.tally("starves", line, note)
                tally.other = by
                tally.add(now - since, overtaken)
            if self.lanes is not None:
                self.lanes.unread(note, since, now)
        for waiting in self.pending.values():
            waiting[2] += 1
            waiting[3] = note

    @harmless()
    def reported(self, ready: list, now: float) -> None:
        """A poll has said that several sockets are ready, or one is while others still wait."""
        pending = self.pending
        self.thoughtful = True
        for socket, mask in ready:
            note = getattr(socket, "__dict__", {}).get(NOTE)
            if note is not None and mask & 1:
                waiting = pending.get(note)
                if waiting is None:
                    pending[note] = [now, 1, 0, None]
                else:
                    waiting[1] += 1

    @harmless()
    def ended_a_run(self, now: float) -> None:
        """After questions for nothing, it waits at last."""
        self.in_vain = False
        if (
            self.run_rounds >= 20
            and self.run_after_message
            and self.last_line is not None
            and self.run_worked[0] >= self.run_worked[1]
        ):
            self.tally("spin window", self.last_line).add(now - self.run_begin, self.run_rounds)

    @harmless()
    def sample(self, now: float) -> None:
        """Read the clocks, and judge the time since they were last read."""
        cpu, waited = time.thread_time(), waited_for_a_core(self.native) or 0.0
        self.judge(now, cpu - self.cpu_before, waited - self.waited_before)
        self.cpu_before, self.waited_before = cpu, waited

    def judge(self, now: float, cpu: float, waited: float) -> None:
        """Take in what was used and wanted since the last time."""
        wall = now - self.window
        self.cpu += cpu
        self.without_core += waited
        if self.lanes is not None:
            self.lanes.used(self, self.window, now, cpu)
        if self.spin > 0.5 * cpu and cpu + waited > 0.5 * wall:
            worst, most = None, 0
            for line in list(self.lines.values()):
                asked = line.vain - line.vain_before
                line.vain_before = line.vain
                if asked > most:
                    worst, most = line, asked
            if worst is not None:
                spun = worst.spun if self.worked[0] >= self.worked[1] else worst.worked
                spun[0] += wall
                spun[1] += cpu + waited
                spun[2] += most
        self.spin, self.worked = 0.0, [0, 0]
        self.window, self.next_sample = now, now + WINDOW

    def read_from_elsewhere(self) -> None:
        """As `sample`, by another thread, at the end of the observation; where the system allows it."""
        if self.clock is None:
            return
        with suppress(OSError):  # it has ended
            cpu = time.clock_gettime(self.clock)
            waited = waited_for_a_core(self.native) or self.waited_before
            self.judge(time.perf_counter(), cpu - self.cpu_before, waited - self.waited_before)
            self.cpu_before, self.waited_before = cpu, waited


class _Urge:
    """As a `threading.Event`, made of a lock alone, which no hook sees."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._lock.acquire()

    def set(self) -> None:
        with suppress(RuntimeError):
            self._lock.release()

    def wait(self, seconds: float) -> bool:
        return self._lock.acquire(timeout=seconds)


class Notes:
    """All that is noted of one process."""

    def __init__(self, *, lanes: bool = False) -> None:
        self.begin = time.perf_counter()
        self.local = threading.local()
        """Its attribute ``me`` has the notes of the thread that asks for it, from `enter` on."""
        self.threads: dict[int, ThreadNotes] = {}
        self.gone: list[ThreadNotes] = []
        self.sockets: dict[int, SocketNotes] = {}
        """By the address of what libzmq has made."""
        self.descriptors: dict[int, SocketNotes] = {}
        """Of those whose descriptor has been handed out."""
        self.made_before: set[int] = set()
        self.lanes = Lanes(self.begin) if lanes else None
        self.stumbled: list[str] = []
        """Faults of the doctor's own."""
        self.urgent = _Urge()
        """Set when something was noted that may bring the process down."""
        self.inherited_used: Callable[[], None] = _nothing
        """Called before a child process uses what its parent made: it may never come back from that."""
        self.forked = False
        self.pid = os.getpid()
        self._around: asyncio.AbstractEventLoop | None = None

    def begins_inside(self, loop: asyncio.AbstractEventLoop) -> None:
        """What is looked at is a block in a coroutine of *loop*, such as a cell of a notebook.

        Until the loop runs again, which only an ``await`` in the block lets it, nothing in the block is the
        loop's: it is a plain program, and may block.
        """
        self._around = loop
        loop.call_soon(self._runs_again)

    def _runs_again(self) -> None:
        self._around = None

    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that runs what the calling thread does."""
        loop = _get_running_loop()
        return None if loop is self._around else loop

    def enter(self) -> ThreadNotes:
        """The notes of the calling thread, at its first call."""
        me = self.local.me = ThreadNotes(self)
        me.lanes, me.thoughtful = self.lanes, self.lanes is not None
        if before := self.threads.get(me.ident):
            self.gone.append(before)  # a thread that has ended, and whose number is used again
            del self.gone[:-100]
        self.threads[me.ident] = me
        return me

    def meet(self, socket: zmq.Socket, me: ThreadNotes, frame: FrameType) -> SocketNotes:
        """The notes of a socket, at the first call of this Python object."""
        handle = socket.underlying
        note = self.sockets.get(handle)
        if note is None or note.closed:
            note = self.sockets[handle] = SocketNotes(socket, me)
            me.mine[note] = False
            me.version += 1
        elif note.socket is None:
            note.ref = weakref.ref(socket)
        if not note.name:
            note.name = name_in(outside(frame), socket)
        socket.__dict__[NOTE] = note
        return note

    def took_descriptor(self, note: SocketNotes, descriptor: int) -> None:
        """Somebody may sleep on it from now on."""
        note.taken = True
        self.descriptors[descriptor] = note
        note.user.mine.pop(note, None)
        note.user.version += 1  # nor may it be among those that are watched beside a poller

    @harmless()
    def closed(self, note: SocketNotes, me: ThreadNotes | None) -> None:
        """A socket has been closed."""
        note.closed = True
        for thread in {note.user} if me is None else {note.user, me}:
            thread.mine.pop(note, None)
            thread.unheard.pop(note, None)
            thread.pending.pop(note, None)
            thread.version += 1

    @harmless()
    def used_by(self, note: SocketNotes, me: ThreadNotes, line: Line) -> None:
        """Another thread than before uses a socket."""
        before = note.user
        if before.mine.pop(note, None) is not None:
            before.version += 1
        note.user, note.plain_for = me, None
        given_up(before, note)
        note.users[me.ident] = note.users.get(me.ident, 0) + 1
        if note.users[me.ident] > 1:  # it has come back to a thread that had it before
            tally = me.tally("two threads", line, note)
            tally.other = before.name
            tally.add(0.0)
        if before.inside is not None and before.inside_socket is note and before is not me:
            note.overlapped = (before.inside, line, before.name, me.name)
            me.tally("two threads at once", line, note).add(0.0)
            self.urgent.set()
        note.since = time.perf_counter()
        if not note.taken:
            me.mine[note] = False
        me.version += 1

    @harmless()
    def settle(self, note: SocketNotes, me: ThreadNotes, what: str) -> None:
        """A thread uses a socket that is its own: from now on without a thought."""
        if note.asynchronous or note.inherited:
            return
        if what != "send" and not note.taken and not me.mine.get(note):
            if me.mine.get(note) is False:  # its time had not come before
                for name in ("deaf", "never registered"):
                    for key in [key for key in me.tallies if key[0] == name and key[2] is note]:
                        del me.tallies[key]
            me.mine[note] = True
            me.version += 1
        note.plain_for = me

    def all_threads(self) -> list[ThreadNotes]:
        """Of those that run and those that have ended."""
        return [*self.gone, *self.threads.values()]

    def in_child_after_fork(self) -> None:
        """What was noted is the parent's; sockets made before are not to be used here."""
        for note in self.sockets.values():
            note.inherited, note.plain_for = True, None
        self.forked, self.pid = True, os.getpid()
        self.local.__dict__.clear()
        self.threads, self.gone = {}, []
        self.begin = time.perf_counter()
        self.lanes = None


def given_up(thread: ThreadNotes, note: SocketNotes) -> None:
    """Wait until another thread no longer watches a socket beside what it polls: see `SLICE`."""
    deadline = time.monotonic() + 5 * SLICE
    while note in thread.watching and time.monotonic() < deadline:
        _real_sleep(0.001)


def _nothing() -> None:
    return None


def outside(frame: FrameType) -> FrameType:
    """The first frame above this one that is the program's own, or the outermost."""
    while is_inside(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def name_in(frame: FrameType, socket: zmq.Socket) -> str:
    """The name of a socket where it is used: a variable, or an attribute of ``self``."""
    with suppress(Exception):
        places = [frame.f_locals]
        if owner := frame.f_locals.get("self"):
            places.append(getattr(owner, "__dict__", {}))
        places.append(frame.f_globals)
        for place in places:
            for name, value in list(place.items()):
                if value is socket or getattr(value, "_shadow_sock", None) is socket:
                    return name
    return ""


def known(socket) -> SocketNotes | None:
    """The notes of a socket, if it has been met."""
    return getattr(socket, "__dict__", {}).get(NOTE)
