"""07: a poll of one's own, made of the descriptors and the events of two sockets."""

import contextlib
import statistics

import zmq

from ..scenery import peers
from .harness import Harness
from .run import MOST_SHARE, MOST_WAKES, Run, Verdict, ms, ms_of, percent_of

LIMIT = 6.0
_MOMENTS = [0, *[50 * (n // 2) for n in range(2, 16)]]  # ms, most of them two at once
_FEW = 5  # of them, for the other socket
_TOTAL = len(_MOMENTS) + _FEW
_WOKEN_WITHIN = 0.1  # seconds: after a message for one of them, while it sleeps
_QUIET = 0.5  # seconds
_CONNECTS = (0.12, 0.18, 0.36)  # seconds of them, when a peer connects: who begins anew then takes too long
_SILENCING = 10  # times that both are asked, 5 ms apart, so that no bell rings
_LATE, _AT_ONCE = 1.2, 0.02  # how much of its seconds it may take; seconds with a message there
ASKS = (
    ms_of(_AT_ONCE),
    ms_of(_WOKEN_WITHIN),
    f"{100 * (_LATE - 1):.0f} %",
    percent_of(MOST_SHARE),
    f"{MOST_WAKES} times a second",
)


def scene(job, send) -> None:
    """Messages for two sockets, taken one a call, and then a call in silence, while peers connect."""
    harness = Harness(job, send)
    function = harness.load()
    a, b = harness.socket(zmq.PULL, "a"), harness.socket(zmq.PULL, "b")
    with peers.Push(_MOMENTS) as one, peers.Push(_MOMENTS[:_FEW]) as two, a, b:
        a.connect(one.address)
        b.connect(two.address)
        b.bind("tcp://127.0.0.1:*")
        harness.call(lambda: _use(harness, function, a, b))


def _use(harness: Harness, function, a, b) -> None:
    harness.wait_for(lambda: all(zmq.Socket.get(sock, zmq.EVENTS) & zmq.POLLIN for sock in (a, b)), 2.0)
    harness.restart_clock()
    at_once = []
    for seconds in (0.1, 0, 0.1, 0.1, 0.1):
        begin = harness.now
        both = function(a, b, seconds)
        at_once.append(harness.now - begin)
        if isinstance(both, list):
            harness.fact("found of both", len(both))
    harness.fact("at once", statistics.median(at_once))
    taken = 0
    while harness.now < 0.6 or (taken < _TOTAL and harness.now < 1.5):
        ready = function(a, b, 0.1)
        if not isinstance(ready, list) or any(sock is not a and sock is not b for sock in ready):
            harness.fact("odd", repr(ready)[:100])
            return
        for sock in ready:
            with contextlib.suppress(zmq.Again):
                sock.recv(zmq.NOBLOCK)
                taken += 1
    harness.fact("taken", taken)
    for sock in (a, b):  # what is left, so that there is silence
        with contextlib.suppress(zmq.Again):
            while True:
                zmq.Socket.recv(sock, zmq.NOBLOCK)
    begin = harness.now
    harness.fact("no time", True)
    harness.events_take = 0.003  # so that its time is up for long when it looks at what is left
    harness.fact("of nothing", [len(function(a, b, 0)), harness.now - begin])
    harness.events_take = 0.0
    with contextlib.ExitStack() as stack:
        late = [stack.enter_context(harness.context.socket(zmq.PUSH)) for _ in _CONNECTS]
        now, address = harness.now, b.last_endpoint.decode()
        for peer in late:
            peer.linger = 0
        harness.at(
            {
                now + moment: lambda peer=peer: peer.connect(address)
                for moment, peer in zip(_CONNECTS, late, strict=True)
            }
        )
        begin = harness.now  # a thread takes long to start on a crowded machine
        ready = function(a, b, _QUIET)
        harness.fact("quiet", [begin, harness.now - begin, len(ready)])
    harness.fact("woken", [_wake(harness, function, sock, a, b) for sock in (a, b)])


def _wake(harness: Harness, function, sock, a, b) -> float:
    """How long after a message for one of them, while it sleeps, it returns that one; inf if it does not."""
    with harness.context.socket(zmq.PUSH) as sender:
        sender.bind(f"inproc://for {sock.lane}")
        sock.connect(f"inproc://for {sock.lane}")
        for _ in range(_SILENCING):  # what connected or went a moment ago may ring as well
            for each in (a, b):
                zmq.Socket.get(each, zmq.EVENTS)
            harness.sleep(0.005)
        sent = []
        harness.at({harness.now + 0.05: lambda: (sent.append(harness.now), sender.send(b"late"))})
        ready = function(a, b, _QUIET)
        returned = harness.now
        with contextlib.suppress(zmq.Again):
            zmq.Socket.recv(sock, zmq.NOBLOCK)
        return returned - sent[0] if sent and ready == [sock] else float("inf")


def judge(run: Run) -> Verdict:
    """Nothing left behind, all of its time when there is silence, and asleep meanwhile."""
    received = len(run.numbers("received", "a")) + len(run.numbers("received", "b"))
    facts = [f"{received} of {_TOTAL} messages were found."]
    if run.raised:
        hint = "What is left may be below 0: then the time is up." if "negative" in run.raised else run.remedy
        return Verdict([*facts, run.error], hint)
    if run.count("polls") or run.count("socket.poll"):
        return Verdict(
            facts, "Make it of fd, events and select: zmq.Poller and socket.poll() are what it replaces."
        )
    if "odd" in run.facts:
        return Verdict(
            [f"It returned {run.facts['odd']}."],
            "Return the list of those of the two sockets that are ready.",
        )
    if run.running and "no time" in run.facts and "of nothing" not in run.facts:
        facts.append("With seconds = 0 it did not return.")
        return Verdict(facts, "What is left may be below 0: then the time is up.")
    if run.running:
        facts.append("It had not returned after some seconds.")
        return Verdict(facts, "select() takes seconds: was it given the time that is left?")
    if received < _TOTAL:
        return Verdict(
            facts,
            "It slept while messages were waiting: ask for events first, then sleep on the descriptors.",
        )
    if received > run.facts.get("taken", received):
        return Verdict(
            facts, "It received messages itself: it only says who has something, and the caller receives."
        )
    if run.facts.get("found of both") != 2:
        return Verdict(
            facts, "Both had something at the first call, and it returned one: return all that are ready."
        )
    facts.append(f"With messages there, it took {ms(run.facts['at once'])} (at most {ms_of(_AT_ONCE)}).")
    if run.facts["at once"] > _AT_ONCE:
        return Verdict(facts, "It slept while messages were waiting: ask for events first, and sleep after.")
    found, took = run.facts["of nothing"]
    if found:
        return Verdict(facts, "It reported a socket that has nothing: look at events & zmq.POLLIN.")
    if took > _QUIET / 2:
        facts.append(f"With seconds = 0 it took {ms(took)}.")
        return Verdict(facts, "With no time at all, it looks once and returns: what is left of 0 seconds?")
    begin, took, found = run.facts["quiet"]
    facts.append(f"In silence it took {ms(took)} of its {ms_of(_QUIET)} (at most {ms_of(_LATE * _QUIET)}).")
    if found:
        return Verdict(facts, "It reported a socket that has nothing: look at events & zmq.POLLIN.")
    if took < 0.95 * _QUIET and _rang_last(run, begin, begin + took):
        return Verdict(
            facts,
            "It was woken for a peer that connects, and gave up: if time is left, sleep again.",
        )
    if took < 0.95 * _QUIET:
        return Verdict(facts, "It gave up before its time was up: when is its deadline?")
    if run.between(begin, begin + took) > _LATE * _QUIET:
        return Verdict(facts, "A wake-up must not start the whole time anew: compute the deadline once.")
    if not run.resting(facts, "Meanwhile", begin, begin + took):
        return Verdict(
            facts,
            "It asks again and again, which hides what does not wake it: sleep in select(), "
            "on both descriptors at once, for all the time that is left.",
        )
    woken = max(run.facts["woken"])
    if woken > _WOKEN_WITHIN:
        facts.append(f"A message for one of them did not wake it within {ms_of(_WOKEN_WITHIN)}.")
        return Verdict(facts, "One of the two did not wake it: sleep on both descriptors at once.")
    facts.append(f"A message for one of them woke it within {ms(woken)} (at most {ms_of(_WOKEN_WITHIN)}).")
    return Verdict(facts, None)


def _rang_last(run: Run, begin: float, end: float) -> bool:
    """Whether its last sleep between two moments was ended by a bell, be it at once, not by its timeout."""
    rung, in_vain = (
        max((t for t in run.times("slept", lane) if begin < t <= end), default=begin)
        for lane in ("another", "")
    )
    return rung >= in_vain
