"""08: many sockets on one epoll, asking only those that ring."""

import contextlib
import select

import zmq

from .harness import Harness
from .run import Run, Verdict, ms, percent

AVAILABLE = hasattr(select, "epoll")
LIMIT = 3.0
_SOCKETS = 50
_BEFORE, _LATER, _AT_ONCE = 5, 20, 3  # sockets with messages before the call, after it, and how many each
_IDLE = (0.75, 1.1)  # seconds
_STOP = 1.2


def scene(job, send) -> None:
    """Some sockets have messages whose bell has been silenced; others get theirs later, a few at once."""
    harness = Harness(job, send)
    function = harness.load()
    pairs = []
    with select.epoll() as epoll, contextlib.ExitStack() as stack:
        for number in range(_SOCKETS):
            inbox = stack.enter_context(harness.socket(zmq.PULL, "inboxes"))
            outbox = stack.enter_context(harness.context.socket(zmq.PUSH))
            inbox.bind(f"inproc://{number}")
            outbox.connect(f"inproc://{number}")
            inbox.get(zmq.EVENTS)
            epoll.register(inbox.get(zmq.FD), select.EPOLLIN | select.EPOLLET)
            pairs.append((inbox, outbox))
        numbers = iter(range(1000))

        def give(place: int) -> None:
            for _ in range(_AT_ONCE):
                pairs[place][1].send(b"%d" % next(numbers))

        for place in range(_BEFORE):
            give(place)
            pairs[place][0].get(zmq.EVENTS)
        epoll.poll(0)
        moments = {0.1 + 0.03 * n: lambda n=n: give(_BEFORE + n % 10) for n in range(_LATER)}
        harness.at({**moments, _STOP: harness.tell_to_stop})
        inboxes = {inbox.get(zmq.FD): inbox for inbox, _ in pairs}
        harness.call(function, epoll, inboxes, harness.handler("inboxes"), harness.stop)
        harness.fact("epoll is closed", epoll.closed)


def judge(run: Run) -> Verdict:
    """All messages, few questions, asleep when idle, and stoppable."""
    handled, total = set(run.numbers("handled", "inboxes")), _AT_ONCE * (_BEFORE + _LATER)
    asked = run.count("recv inboxes") + run.count("events inboxes")
    facts = [f"{len(handled)} of {total} messages were handed to on_message."]
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
    later = {number for number in handled if number >= _AT_ONCE * _BEFORE}
    if len(later) < _AT_ONCE * _LATER:
        return Verdict(
            facts, "An edge is told once, however many messages there are: drain the socket until Again."
        )
    if len(handled) < total:
        return Verdict(
            facts, "What was there before gives no edge: look at all of them once, before the first sleep."
        )
    facts.append(f"It asked ~{asked} times.")
    if asked > 5 * total:
        return Verdict(facts, "epoll says which sockets rang: ask only those.")
    idle = run.share(*_IDLE)
    facts.append(f"With nothing there, it used {percent(idle)} of a core.")
    if idle > 0.3:
        return Verdict(facts, "It asks epoll all the time: let epoll sleep, 0.1 s at a time.")
    if run.running:
        facts.append("It was still running long after stop was set.")
        return Verdict(
            facts,
            "Where does it look at stop, and how often? epoll takes seconds: 0.1 is 100 ms.",
        )
    facts.append(f"It stopped {ms(run.took - run.told)} after it was told to.")
    return Verdict(facts, None)
