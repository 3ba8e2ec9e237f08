"""08: many sockets on one epoll, asking only those that ring."""

import contextlib
import select
from collections import Counter
from itertools import pairwise

import zmq

from .harness import FLOOD, FLOOD_WORK, Harness
from .run import MOST_SHARE, MOST_WAKES, STOP_WITHIN, Run, Verdict, ms, ms_of, percent_of

AVAILABLE = hasattr(select, "epoll")
LIMIT = 4.0
_SOCKETS = 50
_BEFORE, _LATER, _AT_ONCE = 5, 20, 3  # sockets with messages before the call, after it, and how many each
_TOTAL = _AT_ONCE * (_BEFORE + _LATER)
_IDLE = (0.75, 1.1)  # seconds
_STOP, _LATER_STOP = 1.2, 0.5  # seconds: or so much later, if not all is handled
_FLOOD_STOP = 0.45  # seconds: some sleeps of a loop that should not sleep
_BESIDE = 10  # messages for the other sockets, beside a flood
_ASKED = 5  # times for each message
_NO_SLEEP = 0.09  # seconds without a message, while there are some
_LONGEST = 0.15  # seconds: how long they may wait
ASKS = (
    f"{_ASKED} questions",
    percent_of(MOST_SHARE),
    f"{MOST_WAKES} times a second",
    ms_of(_LONGEST),
    ms_of(STOP_WITHIN),
)


def scene(job, send) -> None:
    """Some sockets have messages whose bell has been silenced; others get theirs later, a few at once.

    Then one of them is flooded, while the others get a message now and then.
    """
    harness = Harness(job, send)
    function = harness.load()
    note, handled = harness.handler("inboxes"), []
    with _sockets(harness, "inboxes") as (epoll, pairs):
        numbers = iter(range(1000))

        def on_message(message) -> None:
            note(message)
            handled.append(message)

        def stop() -> None:
            harness.wait_for(lambda: len(handled) >= _TOTAL, harness.now + _LATER_STOP)
            harness.tell_to_stop()

        def give(place: int) -> None:
            for _ in range(_AT_ONCE):
                pairs[place][1].send(b"%d" % next(numbers))

        for place in range(_BEFORE):
            give(place)
            pairs[place][0].get(zmq.EVENTS)
        epoll.poll(0)
        moments = {0.1 + 0.03 * n: lambda n=n: give(_BEFORE + n % 10) for n in range(_LATER)}
        harness.at({**moments, _STOP: stop})
        inboxes = {inbox.get(zmq.FD): inbox for inbox, _ in pairs}
        harness.call(function, epoll, inboxes, on_message, harness.stop)
        harness.fact("epoll is closed", epoll.closed)
    if harness.stopped:
        _flood(harness, function)


class _NotedEpoll:
    """An epoll whose waits are noted."""

    def __init__(self, harness: Harness, epoll) -> None:
        self._harness, self._epoll = harness, epoll

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def __getattr__(self, name: str):
        return getattr(self._epoll, name)

    def poll(self, timeout=None, maxevents=-1):
        begin = self._harness.now
        found = self._epoll.poll(timeout, maxevents)
        self._harness.slept(begin, timeout, *("rang" for _ in found))
        return found


@contextlib.contextmanager
def _sockets(harness: Harness, lane: str):
    """An epoll, and pairs of a socket that it watches and one that sends to it."""
    pairs = []
    with select.epoll() as epoll, contextlib.ExitStack() as stack:
        for number in range(_SOCKETS):
            inbox = stack.enter_context(harness.socket(zmq.PULL, lane))
            outbox = stack.enter_context(harness.context.socket(zmq.PUSH))
            inbox.rcvhwm = outbox.sndhwm = outbox.linger = 0
            inbox.bind(f"inproc://{lane} {number}")
            outbox.connect(f"inproc://{lane} {number}")
            inbox.get(zmq.EVENTS)
            epoll.register(inbox.get(zmq.FD), select.EPOLLIN | select.EPOLLET)
            pairs.append((inbox, outbox))
        yield _NotedEpoll(harness, epoll), pairs


def _flood(harness: Harness, function) -> None:
    harness.again()
    with _sockets(harness, "flooded") as (epoll, pairs):
        for number in range(FLOOD):
            pairs[0][1].send(b"%d" % number)

        def give(number: int) -> None:
            pairs[1 + number][1].send(b"%d" % (FLOOD + number))
            harness.mark("sent", "flooded", FLOOD + number)  # after it: this thread, too, may wait for a core

        moments = {0.01 * (1 + number): lambda number=number: give(number) for number in range(_BESIDE)}
        harness.at({**moments, _FLOOD_STOP: harness.tell_to_stop})
        inboxes = {inbox.get(zmq.FD): inbox for inbox, _ in pairs}
        harness.call(function, epoll, inboxes, harness.handler("flooded", work=FLOOD_WORK), harness.stop)


def judge(run: Run) -> Verdict:
    """All messages, few questions, asleep when idle, and stoppable, also when one of them is flooded."""
    handled = set(run.numbers("handled", "inboxes"))
    asked = run.count("recv inboxes") + run.count("events inboxes")
    facts = [f"{len(handled)} of {_TOTAL} messages were handed to on_message."]
    if run.raised:
        hint = "Again says that the queue is empty: catch it, and go on with the next."
        return Verdict([*facts, run.error], hint if "Again" in run.raised else run.remedy)
    if run.inside and run.inside[0] == "recv" and run.running:
        return Verdict(
            [*facts, "It is still inside recv()."], "The queue may be empty: use recv(zmq.NOBLOCK)."
        )
    if run.took is not None and run.took < run.told:
        return Verdict([*facts, f"It returned after {ms(run.took)}."], "Go on until stop.is_set().")
    if run.count("polls") or run.count("socket.poll"):
        return Verdict(
            facts, "Here epoll is what it waits on: zmq.Poller and socket.poll() ask all of them again."
        )
    if run.facts.get("epoll is closed"):
        return Verdict(facts, "The epoll belongs to the caller: leave it open.")
    if hint := run.not_handed_on("inboxes", "on_message"):
        return Verdict(facts, hint)
    if len(handled) < _TOTAL:
        of_each = Counter(number // _AT_ONCE for number in handled)
        if of_each.keys() >= set(range(_BEFORE)) or min(of_each.values(), default=0) < _AT_ONCE:
            return Verdict(
                facts, "An edge is told once, however many messages there are: drain the socket until Again."
            )
        return Verdict(
            facts,
            "What was there before gives no edge: look at all of them once, before the first sleep, and let "
            "Again end the turn of one socket, not of all.",
        )
    facts.append(f"It asked ~{asked} times (at most {_ASKED} for each message).")
    if asked > _ASKED * _TOTAL:
        return Verdict(
            facts,
            "epoll says which sockets rang: ask only those, and one that had nothing not again until it "
            "rings.",
        )
    if not run.resting(facts, "With nothing there", *_IDLE):
        return Verdict(facts, "It asks epoll all the time: let epoll sleep, 0.1 s at a time.")
    if run.running:
        facts.append("It was still running long after stop was set.")
        return Verdict(
            facts,
            "Where does it look at stop, and how often? epoll takes seconds: 0.1 is 100 ms.",
        )
    return _in_a_flood(run, facts)


def _in_a_flood(run: Run, facts: list[str]) -> Verdict:
    stopping = run.stopping_in_a_flood(facts, "flooded")
    if stopping.hint:
        return stopping
    flood, facts = run.again, stopping.facts
    handled = zip(flood.numbers("handled", "flooded"), flood.times("handled", "flooded"), strict=True)
    moments = [moment for number, moment in handled if number is not None and number < FLOOD]
    gaps = [gap for gap in pairwise(moments) if gap[1] - gap[0] > _NO_SLEEP]  # or others had the core
    slept = max((flood.longest_sleep_without("another", *gap) for gap in gaps), default=0.0)
    if slept > _NO_SLEEP:
        facts.append(f"While there were more, it slept for {ms(slept)}.")
        return Verdict(
            facts, "As long as something is left, look who has rung without sleeping: epoll.poll(0)."
        )
    if not moments or moments[-1] < flood.told - 0.1:
        facts.append(f"It took ~{len(moments)} messages of the flood, and left the others where they were.")
        return Verdict(
            facts, "No bell rings for what a bound has left behind: remember that socket for the next round."
        )
    longest = flood.longest_wait("handled", "flooded")
    facts.append(f"Meanwhile a message for another socket waited {ms(longest)} at most ({ms_of(_LONGEST)}).")
    if longest > _LONGEST:
        return Verdict(facts, "One socket kept it: after some messages of one, look who else has rung.")
    return Verdict(facts, None)
