"""What ails a program, by what was noted: a rule for each ailment, with the evidence, the cure and the
lesson.

A false alarm is worse than a miss: the bounds are far from what healthy programs do, also on a crowded
machine, so they are counts, shares of CPU time that was wanted, and times that a program slept, never how
long it took to work.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import zmq

from .notes import Line, Notes, SocketNotes, Tally, ThreadNotes

__all__ = ["AILMENTS", "Ailment", "Finding"]


@dataclass(frozen=True)
class Ailment:
    """What it is called, how bad it is, and what helps."""

    title: str
    harm: int
    """The worst is 100; findings are sorted by it."""
    cure: str
    loop: str
    """The lines that replace the sick ones."""
    lesson: str
    """The notebook, and the section in it."""


_ASK_AGAIN = """\
def on_readable():                  # the descriptor's callback
    while sock.get(zmq.EVENTS) & zmq.POLLIN:
        handle(sock.recv(zmq.NOBLOCK))
def reply(message):
    sock.send(message)
    loop.call_soon(on_readable)     # the send may have taken in news"""
_WAIT = """\
poller = zmq.Poller()
poller.register(sock, zmq.POLLIN)
while not stopped:
    if poller.poll(1000):           # ms; sleeps until there is something
        handle(sock.recv())"""
_FAIR = """\
ready = dict(poller.poll(timeout))
if control in ready:
    obey(control.recv())
if tasks in ready:
    for _ in range(10):             # a bound: then the others have their turn
        try:
            handle(tasks.recv(zmq.NOBLOCK))
        except zmq.Again:
            break"""
_BOTH = """\
poller = zmq.Poller()
poller.register(a, zmq.POLLIN)
poller.register(b, zmq.POLLIN)
for sock, _ in poller.poll():       # whichever is first
    handle(sock, sock.recv())"""
_OWN = """\
def work():                         # in the thread, or the child process
    with context.socket(zmq.PAIR) as sock:
        sock.connect("inproc://work")"""
_DEADLINE = """\
left = deadline - time.monotonic()  # a deadline belongs to the clock
ready = dict(poller.poll(max(0, math.ceil(1000 * left))))
if sock in ready:
    handle(sock.recv())
if time.monotonic() >= deadline:
    beat()
    deadline = time.monotonic() + EVERY"""
_POLLOUT = """\
poller.register(sock, zmq.POLLIN)                   # as a rule
if outgoing:
    poller.modify(sock, zmq.POLLIN | zmq.POLLOUT)   # only while there is something"""
_DRAIN = """\
while True:
    try:
        handle(sock.recv(zmq.NOBLOCK))
    except zmq.Again:
        break                       # the queue is empty: only now wait"""
_RECV_TIMEOUT = """\
if await sock.poll(1000):           # ms; can be given up without loss
    message = await sock.recv(zmq.NOBLOCK)"""

AILMENTS = {
    "lost wake-up": Ailment(
        "It sleeps through a message",
        100,
        "The thread that sleeps on a socket's descriptor must be the only one that uses the socket, and must "
        "look at EVENTS again after each send and receive of its own: these take in the news, and the "
        "descriptor stays silent.",
        _ASK_AGAIN,
        "07, Step 2: ask first",
    ),
    "stuck in term": Ailment(
        "It does not come to an end",
        98,
        "term() waits for all sockets to be closed, and for what they have not sent: close them, and choose "
        "how long "
        "unsent messages may keep the program (linger, in ms).",
        "sock.close(linger=1000)             # ms; or context.destroy(linger=1000)",
        "09b, The end of a context",
    ),
    "used after fork": Ailment(
        "A socket made before fork() is used in the child",
        97,
        "A context and its sockets belong to the process that made them; calls in a child hang at a whole "
        "core, or "
        "do nothing. Make context, sockets and poller in the child, or start it by 'spawn'.",
        _OWN,
        "09b, One socket, one thread",
    ),
    "two threads at once": Ailment(
        "Two threads are inside the same socket",
        96,
        "A socket belongs to one thread. Give each thread a socket of its own, and let them talk over "
        "inproc.",
        _OWN,
        "09b, One socket, one thread",
    ),
    "message lost": Ailment(
        "A message is lost when its recv() is cancelled",
        95,
        "A task that is cancelled in the round in which its message came loses it. Wait with poll(), which "
        "can be "
        "cancelled without loss, or set RCVTIMEO.",
        _RECV_TIMEOUT,
        "10, How long, at most?",
    ),
    "rings for ever": Ailment(
        "A descriptor rings for ever, since its socket is never asked",
        90,
        "The descriptor stays readable until EVENTS is asked, or the socket is used: ask after each ring, "
        "also when "
        "you want nothing from the socket.",
        _ASK_AGAIN,
        "07, Step 1: sleep on the bell, and lose a wake-up",
    ),
    "closed": Ailment(
        "A closed socket is still in the poller",
        88,
        "Unregister a socket before you close it: a closed one is polled as descriptor 0, which is stdin.",
        "poller.unregister(sock)\nsock.close()",
        "06, More rules",
    ),
    "empty poller": Ailment(
        "It polls with nothing registered, which does not wait",
        86,
        "A poller without sockets returns at once, whatever its timeout: register something first, or sleep.",
        _WAIT,
        "06, The methods",
    ),
    "POLLOUT": Ailment(
        "It asks for room to send, and has nothing to send",
        84,
        "A socket nearly always has room, so a poll with POLLOUT returns at once: register POLLOUT only "
        "while "
        "something waits to be sent.",
        _POLLOUT,
        "05, Room, and nothing to send",
    ),
    "fraction": Ailment(
        "A timeout under one millisecond became 0",
        82,
        "poll() takes whole milliseconds, and cuts what is after the point: 0.5 does not wait at all. Round "
        "up.",
        "poller.poll(max(0, math.ceil(timeout_ms)))",
        "03, Which timeouts spin?",
    ),
    "spins": Ailment(
        "It spins",
        80,
        "Sleep in a poller until there is something, instead of asking over and over.",
        _WAIT,
        "03, A message or a time",
    ),
    "out of turn": Ailment(
        "A REQ or REP is used out of turn",
        78,
        "REQ sends, then receives; REP receives, then sends. After a request that got no answer, throw the "
        "REQ "
        "away and make a new one, or use a DEALER.",
        "sock.close(linger=0)\nsock = context.socket(zmq.REQ)",
        "09, A request without an answer",
    ),
    "never registered": Ailment(
        "A socket with messages is in no poller",
        76,
        "Register every socket that the loop is to hear.",
        _BOTH,
        "04, A worker that can be told to stop",
    ),
    "deaf": Ailment(
        "It is deaf to one socket while it waits for another",
        74,
        "Wait for all of them in one poller, and receive from whichever is ready.",
        _BOTH,
        "04, A and B, once more",
    ),
    "blocks a loop": Ailment(
        "A blocking call holds up the event loop",
        72,
        "In a coroutine, await: zmq.asyncio's sockets and asyncio.sleep; or run what blocks in a thread.",
        "message = await sock.recv()         # a socket of zmq.asyncio.Context",
        "10, Who holds up the loop?",
    ),
    "spin window": Ailment(
        "It spins after each message before it waits",
        70,
        "A wake-up costs about 50 to 100 us: spin no longer than that, or not at all.",
        _WAIT,
        "02, What does it buy, for one socket?",
    ),
    "starves": Ailment(
        "One socket starves another",
        68,
        "In each round give every socket that is ready its turn, and drain with a bound.",
        _FAIR,
        "04, Who starves whom?",
    ),
    "one at a time": Ailment(
        "It takes one message, and sleeps though the next is there",
        62,
        "Receive until there is nothing left, and only then wait: or each message waits for those before it.",
        _DRAIN,
        "02, A nap between two questions",
    ),
    "naps": Ailment(
        "It naps between two questions",
        60,
        "Wait in a poller: it costs less than a nap, and a message does not wait for the nap's end.",
        _WAIT,
        "03, A message or a time",
    ),
    "two threads": Ailment(
        "A socket goes back and forth between threads",
        58,
        "A socket belongs to one thread; with a lock around each use it may work, without one it will "
        "crash. Give each "
        "thread a socket of its own.",
        _OWN,
        "09b, One socket, one thread",
    ),
    "unanswered": Ailment(
        "A request waits for its answer, without a limit",
        56,
        "If the peer has died, a REQ waits for ever. Poll with a timeout; then close it and ask again from "
        "a new one.",
        "if not sock.poll(2500):             # ms\n    sock.close(linger=0)            # and ask again from "
        "a new one",
        "09, A request without an answer",
    ),
    "seconds": Ailment(
        "A timeout of a few milliseconds: were seconds meant?",
        54,
        "poll() takes milliseconds: 1 is a thousandth of a second, and the loop comes round hundreds of "
        "times in one.",
        "poller.poll(1000)                   # one second",
        "03, Which timeouts spin?",
    ),
    "deadline put off": Ailment(
        "A timed duty is put off by each message",
        52,
        "A timeout that each message restarts runs out only when nothing comes: keep the deadline "
        "by the clock.",
        _DEADLINE,
        "09, A heartbeat beside a chatty peer",
    ),
    "pays for all": Ailment(
        "Most of its CPU time goes to asking sockets that have nothing",
        50,
        "zmq.Poller asks every registered socket each time; pollerlab.EdgePoller, on Linux, those that "
        "changed.",
        "from pollerlab import EdgePoller\npoller = EdgePoller()               # the same methods",
        "08, What the poller pays for",
    ),
    "recv cancelled": Ailment(
        "A recv() is cancelled again and again",
        40,
        "Each time a message that came in the same moment would be lost: wait with poll(), or set RCVTIMEO.",
        _RECV_TIMEOUT,
        "10, How long, at most?",
    ),
}
"""By name, what the doctor looks for."""


@dataclass
class Finding:
    """One ailment, at one place."""

    ailment: str
    """One of `AILMENTS`."""
    certain: bool
    """Whether it was seen to be so; or is only likely."""
    line: Line | None
    evidence: list[str]
    """Sentences with figures."""
    socket: str = ""
    thread: str = ""
    weight: float = 0.0
    """What sets it apart from findings of the same ailment: seconds, mostly."""

    @property
    def about(self) -> Ailment:
        """What it is, and what helps."""
        return AILMENTS[self.ailment]

    def as_json(self) -> dict:
        """What JSON can carry."""
        return {
            "ailment": self.ailment,
            "title": self.about.title,
            "certain": self.certain,
            "harm": self.about.harm,
            **(
                self.line.as_json() if self.line else {"file": None, "line": None, "function": "", "text": ""}
            ),
            "socket": self.socket,
            "thread": self.thread,
            "evidence": self.evidence,
            "cure": self.about.cure,
            "loop": self.about.loop,
            "lesson": self.about.lesson,
        }


def some(number: float) -> str:
    """A count, in words that do not pretend to be exact: ``~1,402,000``."""
    if number < 1000:
        return f"{number:.0f}"
    digits = 10 ** (len(str(int(number))) - 4)
    return f"~{round(number / digits) * digits:,}"


def duration(seconds: float) -> str:
    """In ms or s."""
    if seconds < 0.00995:
        return f"{1000 * seconds:.1f} ms"
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def times(number: float) -> str:
    """How often."""
    return "once" if number == 1 else "twice" if number == 2 else f"{some(number)} times"


# -- the rules ---------------------------------------------------------------------------------------

_Rule = Callable[[ThreadNotes, "_Observed"], Iterator[Finding]]


@dataclass
class _Observed:
    """For how long, and what has been found of a line already."""

    notes: Notes
    now: float
    explained: set[int] = field(default_factory=set)
    """Lines whose spin another finding explains."""

    @property
    def seconds(self) -> float:
        return self.now - self.notes.begin


def _of(thread: ThreadNotes, ailment: str) -> Iterator[Tally]:
    for (name, _, _), tally in list(thread.tallies.items()):
        if name == ailment:
            yield tally


def _found(
    thread: ThreadNotes,
    name: str,
    tally: Tally,
    *evidence: str,
    certain: bool = True,
    line: Line | None = None,
) -> Finding:
    return Finding(
        name,
        certain,
        line or tally.line,
        list(evidence),
        tally.socket.title if tally.socket else "",
        thread.name,
        tally.total,
    )


def _called(socket: SocketNotes | None) -> str:
    return socket.short if socket else "a socket"


def _lost_wake_up(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    for tally in _of(thread, "lost wake-up"):
        taken = {"send": "this send", "recv": "this receive", "EVENTS": "this question"}.get(tally.what, "")
        yield _found(
            thread,
            "lost wake-up",
            tally,
            f"A message lay in {_called(tally.socket)} for {duration(tally.total)} while the thread slept "
            f"on its "
            "descriptor, which was silent: it would not have woken.",
            *([f"The news was taken in by {taken}, and the socket was not asked again."] if taken else []),
        )


def _in_two_threads(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    for tally in _of(thread, "two threads at once"):
        if tally.socket and tally.socket.overlapped:
            inside, line, first, second = tally.socket.overlapped
            yield _found(
                thread,
                "two threads at once",
                tally,
                f"{second} used {tally.socket.short} here while {first} was inside it at "
                f"{_place(inside)}: {times(tally.count)}.",
                line=line,
            )
    for tally in _of(thread, "two threads"):
        if tally.count >= 3 and not (tally.socket and tally.socket.overlapped):
            yield _found(
                thread,
                "two threads",
                tally,
                f"{_called(tally.socket)} came back here from {tally.other} {times(tally.count)}.",
                certain=False,
            )


def _after_fork(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    for tally in _of(thread, "used after fork"):
        yield _found(
            thread,
            "used after fork",
            tally,
            f"{_called(tally.socket)} was made by the parent process, and is used in the child "
            f"(process {seen.notes.pid}).",
        )


LONG_TERM = 5.0
"""Seconds: a term() that came to its end in less may have waited for work to be finished."""


def _term(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    tallies = {tally.line: tally.worst for tally in _of(thread, "stuck in term") if tally.worst > LONG_TERM}
    if goes_on := thread.inside is not None and thread.inside.what == "term":
        tallies[thread.inside] = seen.now - thread.inside_since
    for line, seconds in tallies.items():
        if seconds < 1.0:
            continue
        still = [note for note in seen.notes.sockets.values() if not note.closed and note.socket is not None]
        names = ", ".join(note.title for note in still[:5])
        what = (
            f"Not closed: {names}."
            if still
            else "All sockets are closed: what waits is messages that were never sent."
        )
        tally = Tally(line, None)
        tally.total = seconds
        evidence = [f"It was inside term() for {duration(seconds)}. {what}"]
        if not goes_on:
            evidence = [f"It was inside term() for {duration(seconds)}, and then it ended."]
        yield _found(thread, "stuck in term", tally, *evidence, certain=goes_on)


def _polls_that_do_not_wait(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    """Spins with a cause of their own."""
    sentences = {
        "rings for ever": "{count} in turn the descriptor of {socket} was reported, and its EVENTS were "
        "not asked.",
        "closed": "{socket} was closed, and is polled all the same: {count}.",
        "empty poller": "poll() returned at once {count}, since nothing was registered.",
        "POLLOUT": "{count} poll() said that {socket} has room, and nothing was sent.",
        "fraction": "Called {count} with a timeout between 0 and 1: {mean:.2g} on average.",
    }
    for name, sentence in sentences.items():
        for tally in _of(thread, name):
            line = tally.line
            rate = tally.count / max(seen.seconds, 0.001)
            spun = line is not None and line.spun[0] >= 0.25
            least = {"rings for ever": 1, "closed": 5, "fraction": 10}.get(name, 50)
            if tally.count < least or not (
                spun or rate > 50 or name in ("rings for ever", "closed", "fraction")
            ):
                continue
            evidence = [
                sentence.format(
                    count=times(tally.count),
                    socket=_called(tally.socket),
                    mean=tally.total / max(1, tally.count),
                )
            ]
            if line is not None and line.spun[0] > 0:
                evidence.append(f"The thread wanted {100 * line.spun[1] / line.spun[0]:.0f} % of a core.")
            if line is not None:
                seen.explained.add(id(line))
            yield _found(thread, name, tally, *evidence)


def _spins(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    windows = {tally.line: tally for tally in _of(thread, "spin window")}
    for line, tally in windows.items():
        if tally.count >= 3 and tally.total > 0.03 * seen.seconds and tally.total / tally.count > 0.001:
            seen.explained.add(id(line))
            yield _found(
                thread,
                "spin window",
                tally,
                f"{times(tally.count).capitalize()} it asked for nothing after a message, for "
                f"{duration(tally.total / tally.count)} on average, before it waited.",
                f"That is {100 * tally.total / seen.seconds:.0f} % of the time.",
            )
    waits = any(_waits(line) for line in list(thread.lines.values()))
    for line in list(thread.lines.values()):
        seconds, wanted, asked = line.spun
        working = seconds < 0.5
        if working and not waits:  # who never waits may be at work, or may only look so
            seconds, wanted, asked = map(sum, zip(line.spun, line.worked, strict=True))
        if seconds < 0.5 or id(line) in seen.explained:
            continue
        tally = Tally(line, None)
        tally.total = seconds
        yield _found(
            thread,
            "spins",
            tally,
            f"Called {times(line.calls)}; {some(line.messages or line.calls - line.vain)} brought something.",
            f"For {duration(seconds)} the thread wanted {100 * wanted / seconds:.0f} % of a core, and asked "
            f"for "
            f"nothing {times(asked)}.",
            *(["If what it does between two questions is work that must be done, all is well."] * working),
            certain=not working,
        )


def _waits(line: Line) -> bool:
    """Whether messages are waited for here, when there is nothing else to do."""
    if line.what == "poll":
        return any(timeout is None or timeout < 0 or timeout >= 10 for timeout in line.arguments)
    return line.waits or line.what == "select"


def _deaf(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    now: dict[SocketNotes | None, float] = {}
    if thread.inside is not None:
        begin = thread.inside_since
        now = {note: seen.now - max(since, begin) for note, since in list(thread.unheard.items())}
    for name in ("deaf", "never registered"):
        tallies = {tally.socket: tally for tally in _of(thread, name)}
        for unheard, seconds in now.items():
            blocked = thread.inside is not None and thread.inside.what != "poll"
            if seconds > 0.1 and unheard not in tallies and blocked == (name == "deaf"):
                tallies[unheard] = Tally(thread.inside, unheard)
        for note, tally in tallies.items():
            going_on = now.get(note, 0.0) if tally.line is thread.inside else 0.0
            total, worst = tally.total + going_on, max(tally.worst, going_on)
            count = tally.count + (going_on > 0)
            if total < 0.2 or worst < 0.05 or (count < 3 and worst < 0.3):
                continue
            really = "deaf" if name == "never registered" and note and note.registered else name
            yield _found(
                thread,
                really,
                tally,
                f"{_called(note)} had a message for {duration(worst)} while the thread waited here for "
                f"something "
                f"else; {times(count)}, {duration(total)} in all.",
            )


def _starves(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    tallies = list(_of(thread, "starves"))
    known = {tally.socket for tally in tallies}
    for note, (since, polls, overtaken, by) in list(thread.pending.items()):
        if note not in known and by is not None and polls >= 50 and overtaken >= 50 and not note.closed:
            tally = Tally(None, note)
            tally.other = by
            tally.add(seen.now - since, overtaken)
            tallies.append(tally)
    for tally in tallies:
        if tally.worst < 0.05:
            continue
        line = tally.line or next(
            (line for line in thread.lines.values() if line.what == "recv" and line.messages), None
        )
        yield _found(
            thread,
            "starves",
            tally,
            f"poll() reported {_called(tally.socket)} ready; it was read {duration(tally.worst)} later, "
            f"after "
            f"{some(tally.most)} messages of {_called(tally.other)}.",
            line=line,
        )


def _naps(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    for tally in _of(thread, "one at a time"):
        if tally.count >= 10 and tally.count >= 0.5 * tally.naps:
            yield _found(
                thread,
                "one at a time",
                tally,
                f"{times(tally.count).capitalize()} of {some(tally.naps)} it slept, for "
                f"{duration(tally.total / tally.count)} on average, while the next message of "
                f"{_called(tally.socket)} was there.",
            )
    for tally in _of(thread, "naps"):
        if tally.count >= 5 and tally.total > 0.1 * seen.seconds:
            asked = f" after {_place(tally.asked)} had brought nothing" if tally.asked else ""
            yield _found(
                thread,
                "naps",
                tally,
                f"It slept {times(tally.count)}{asked}, for {duration(tally.total / tally.count)} on "
                f"average: "
                f"so long a message can wait, and the thread wakes {tally.count / seen.seconds:.0f} times a "
                f"second.",
            )


def _asyncio(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    for tally in _of(thread, "blocks a loop"):
        if tally.count >= 2 or tally.worst >= 0.2:
            yield _found(
                thread,
                "blocks a loop",
                tally,
                f"It waited here {times(tally.count)}, {duration(tally.worst)} at most, and all other tasks "
                f"with it.",
            )
    for tally in _of(thread, "message lost"):
        yield _found(
            thread,
            "message lost",
            tally,
            f"{times(tally.count).capitalize()} a message of {_called(tally.socket)} had come, and the task "
            f"was "
            "cancelled before it got it.",
        )
    for tally in _of(thread, "recv cancelled"):
        if tally.count >= 3:
            yield _found(
                thread,
                "recv cancelled",
                tally,
                f"{times(tally.count).capitalize()}.",
                certain=False,
            )


def _requests(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    for tally in _of(thread, "out of turn"):
        yield _found(
            thread,
            "out of turn",
            tally,
            f"{_called(tally.socket)} refused the call {times(tally.count)} (EFSM).",
        )
    waits = {(tally.line, tally.socket): tally.worst for tally in _of(thread, "unanswered")}
    note, line = thread.inside_socket, thread.inside
    endless = note is not None and note.type == zmq.REQ and thread.inside_limit < 0
    if line is not None and endless and line.what == "recv":
        waits[line, note] = seen.now - thread.inside_since
    for (line, note), seconds in waits.items():
        if seconds >= 2.0:
            tally = Tally(line, note)
            tally.total = seconds
            yield _found(
                thread,
                "unanswered",
                tally,
                f"It waited for {duration(seconds)}, with no timeout.",
                certain=False,
            )


def _timeouts(thread: ThreadNotes, seen: _Observed) -> Iterator[Finding]:
    # What it sends when a timeout has run out, it sends on time: such a timeout is meant.
    on_time = sum(line.after[0] for line in list(thread.lines.values()) if line.what == "send")
    for line in list(thread.lines.values()):
        if line.what != "poll":
            continue
        given = line.arguments
        whole = [timeout for timeout in given if isinstance(timeout, int)]
        if (
            given
            and len(whole) == len(given)
            and all(0 < timeout < 10 for timeout in whole)
            and line.timeouts > max(50, 50 * seen.seconds, 10 * line.returned, 2 * on_time)
        ):
            tally = Tally(line, None)
            tally.total = line.timeouts
            yield _found(
                thread,
                "seconds",
                tally,
                f"A timeout of {min(whole)} ms ran out {times(line.timeouts)}, "
                f"{some(line.timeouts / seen.seconds)} times a second.",
                certain=False,
            )
        if len(given) == 1 and whole and whole[0] >= 10 and line.timeouts >= 2:
            yield from _put_off(thread, seen, line, whole[0])
        yield from _pays(thread, seen, line)


def _put_off(thread: ThreadNotes, seen: _Observed, line: Line, timeout: int) -> Iterator[Finding]:
    for send in list(thread.lines.values()):
        if send.what != "send" or send.after[0] < 2 or send.after[1]:
            continue
        gap = max(send.gap, seen.now - send.last)
        if gap > max(0.3, 0.003 * timeout) and line.returned > 10:
            tally = Tally(line, None)
            tally.total = gap
            yield _found(
                thread,
                "deadline put off",
                tally,
                f"{_place(send)} runs only when the {timeout} ms have passed without a message: once that "
                f"took "
                f"{duration(gap)}.",
                certain=False,
            )


def _pays(thread: ThreadNotes, seen: _Observed, line: Line) -> Iterator[Finding]:
    cpu, polls, asked, ready = line.loads
    # On a crowded machine it gets less done, and costs less of the time, but not of that with a core.
    dear = cpu > 0.03 * (seen.seconds - thread.without_core) and cpu > 0.01 * seen.seconds
    if polls >= 20 and cpu > 0.5 * thread.cpu and dear and ready * 8 < asked:
        tally = Tally(line, None)
        tally.total = cpu
        yield _found(
            thread,
            "pays for all",
            tally,
            f"{100 * cpu / thread.cpu:.0f} % of the thread's CPU time was spent in poll(), with "
            f"{asked / polls:.0f} sockets registered and {ready / polls:.1f} ready on average.",
            certain=False,
        )


_RULES: tuple[_Rule, ...] = (
    _lost_wake_up,
    _in_two_threads,
    _after_fork,
    _term,
    _polls_that_do_not_wait,
    _spins,
    _deaf,
    _starves,
    _naps,
    _asyncio,
    _requests,
    _timeouts,
)


def _place(line: Line | None) -> str:
    return (
        f"{line.file.replace(chr(92), '/').rpartition('/')[2]}:{line.number}" if line else "an unknown line"
    )


def examine(notes: Notes) -> list[Finding]:
    """What ails the program, the worst first; of one ailment at one line, the worst case alone."""
    seen = _Observed(notes, time.perf_counter())
    found: dict[tuple, Finding] = {}
    for thread in notes.all_threads():
        for rule in _RULES:
            for finding in rule(thread, seen):
                line = finding.line
                key = (finding.ailment, line.file, line.number) if line else (finding.ailment, finding.socket)
                if key not in found or found[key].weight < finding.weight:
                    found[key] = finding
    return sorted(found.values(), key=lambda finding: (-finding.about.harm, -finding.weight))
