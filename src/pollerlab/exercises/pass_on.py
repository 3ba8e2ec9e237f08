"""05: move messages from one socket to another, with room for one in hand."""

import threading

import zmq

from .harness import Harness, number_of
from .run import MOST_SHARE, MOST_WAKES, STOP_WITHIN, Run, Verdict, ms, ms_of, percent_of

LIMIT = 6.0
_MARK = 5  # of each socket; over inproc, a pipe holds the sum of both sides
_EMPTY = (0.3, 0.6)  # seconds: nothing to move
_FULL = (1.0, 1.4)  # the sink takes nothing
_STOP = 2.2  # the sink has paused once more, and the source is full
_MOST_HELD = 1
_LEAST = 25  # messages: those of the start, and a few of those that come after the silence
_FLOOD = 20_000  # messages
_FLOOD_STOP = 0.05  # seconds
ASKS = (percent_of(MOST_SHARE), f"{MOST_WAKES} times a second", ms_of(STOP_WITHIN))


def scene(job, send) -> None:
    """A few messages, none, more than fit while the sink pauses, all of them taken, and a stop while full.

    Then a flood: a source that is never empty, a sink that is never full, and a stop.  At last a source that
    is empty, and a stop.
    """
    harness = Harness(job, send)
    function = harness.load()
    context = harness.context
    feeder, drain = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    source, sink = harness.socket(zmq.PULL, "source"), harness.socket(zmq.PUSH, "sink")
    for sock in (feeder, drain, source, sink):
        sock.sndhwm = sock.rcvhwm = _MARK
        sock.linger = 0
    source.bind("inproc://source")
    feeder.connect("inproc://source")
    drain.bind("inproc://sink")
    sink.connect("inproc://sink")

    def feed() -> None:
        """As many as are taken: 20 at the start, then without end from 0.8 s on."""
        for number in range(20_000):
            if number == 20:
                harness.sleep(max(0, 0.8 - harness.now))
            while not feeder.poll(1000, zmq.POLLOUT):
                pass
            feeder.send(b"%d" % number)

    def take() -> None:
        """All that comes, 2,000 a second at most, but for the two pauses."""
        while True:
            if _FULL[0] - 0.1 < harness.now < _FULL[1] + 0.1:
                # At one go: it must not disturb what it watches.
                harness.sleep(max(0, _FULL[1] + 0.1 - harness.now))
            elif harness.now > _STOP - 0.3:
                return
            elif drain.poll(20):
                harness.mark("taken", "sink", number_of(drain.recv()))
                harness.sleep(0.0005)

    for work in (feed, take):
        threading.Thread(target=work, daemon=True).start()
    harness.at({_STOP: harness.tell_to_stop})
    harness.call(function, source, sink, harness.stop)
    if harness.stopped:
        _flood(harness, function)


def _flood(harness: Harness, function) -> None:
    harness.again()
    context = harness.context
    feeder, drain = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    source, sink = harness.socket(zmq.PULL, "source"), harness.socket(zmq.PUSH, "sink")
    for sock in (feeder, drain, source, sink):
        sock.sndhwm = sock.rcvhwm = sock.linger = 0
    source.bind("inproc://flooded source")
    feeder.connect("inproc://flooded source")
    drain.bind("inproc://flooded sink")
    sink.connect("inproc://flooded sink")
    for number in range(_FLOOD):
        feeder.send(b"%d" % number)
    harness.at({_FLOOD_STOP: harness.tell_to_stop})
    harness.call(function, source, sink, harness.stop)
    if harness.stopped:
        harness.again()
        with harness.socket(zmq.PULL, "source") as empty:
            empty.bind("inproc://nearly empty source")
            feeder.connect("inproc://nearly empty source")
            feeder.disconnect("inproc://flooded source")
            for number in range(3):
                feeder.send(b"%d" % number)
            harness.at({_FLOOD_STOP: harness.tell_to_stop})
            harness.call(function, empty, sink, harness.stop)


def judge(run: Run) -> Verdict:
    """In order, without loss, next to nothing in hand, asleep when empty and when full, and stoppable."""
    taken, given = run.numbers("taken", "sink"), run.numbers("passed on", "sink")
    held = _most_held(run)
    facts = [f"~{len(given)} messages were moved."]
    if run.raised:
        if "Again" in run.raised:
            return Verdict(
                [*facts, run.error], "Again says that there is no room, or nothing to take: wait for POLLOUT."
            )
        if "TypeError" in run.raised and "Event" in run.raised:
            hint = "stop is a threading.Event here, and no socket: ask stop.is_set() in each round."
            return Verdict([*facts, run.error], hint)
        return Verdict([*facts, run.error], run.remedy)
    if run.inside and run.running and run.inside[0] in ("send", "recv"):
        what = "send" if run.inside[0] == "send" else "recv"
        facts.append(f"It is still inside {what}(), long after stop was set.")
        if what == "send":
            return Verdict(
                facts, "A blocking send is deaf to stop while the sink is full: wait for room with POLLOUT."
            )
        return Verdict(facts, "Receive only when poll() has found something, and give poll() a timeout.")
    if early := run.ended_early(facts):
        return early
    if None in given:
        return Verdict(facts, "Something else was sent: pass on each message as it was received.")
    if len(given) > len(set(given)):
        return Verdict(
            facts, f"~{len(given) - len(set(given))} messages were sent twice: forget what you have sent."
        )
    if sorted(given) != list(range(len(given))):
        facts.append(f"~{max(given) + 1 - len(given)} messages were received and never sent.")
        if run.count("again sink"):
            return Verdict(
                facts, "When send() raises Again, it has not taken the message: keep it, and try again later."
            )
        return Verdict(facts, "Keep the message until there is room.")
    if given != sorted(given) or taken != sorted(taken):
        facts.append("They did not arrive in order.")
        return Verdict(facts, "Keep the message until there is room, and send it before you take more.")
    if held > _MOST_HELD:
        facts.append(f"At one time it held ~{held} messages.")
        return Verdict(
            facts, "A store without a limit is no back-pressure: let the source wait, and hold one."
        )
    if len(given) < _LEAST:
        return Verdict(facts, "Receive from source when it has something, and send to sink when it has room.")
    at_rest = run.resting(facts, "With the source empty", *_EMPTY)
    if not (run.resting(facts, "With the sink full", *_FULL) and at_rest):
        return Verdict(
            facts,
            "Ask only for what you can use: POLLIN while your hands are empty, POLLOUT while they are full; "
            "and sleep in poll().",
        )
    facts.append(f"In order, with ~{held} in hand at most ({_MOST_HELD}).")
    stopping = run.stopping_in_a_flood(facts, "sink", "passed on")
    return stopping if stopping.hint else _stopping_when_empty(run.again.again, stopping.facts)


def _stopping_when_empty(run: Run | None, facts: list[str]) -> Verdict:
    if run is not None and run.took is not None and run.between(run.told, run.took) <= STOP_WITHIN:
        took = run.between(run.told, run.took)
        return Verdict([*facts, f"With an empty source, it stopped {ms(took)} after it was told to."], None)
    if run is not None and run.raised:
        return Verdict([*facts, f"With an empty source: {run.error}"], run.remedy)
    facts = [*facts, "With an empty source, it did not hear stop."]
    return Verdict(facts, "Receive only when poll() has found something, and give poll() a timeout.")


def _most_held(run: Run) -> int:
    """The most messages that were taken from the source and not yet given to the sink."""
    changes = [(t, 1) for t in run.times("received", "source")] + [
        (t, -1) for t in run.times("passed on", "sink")
    ]
    held = most = 0
    for _, change in sorted(changes):
        held += change
        most = max(most, held)
    return most
