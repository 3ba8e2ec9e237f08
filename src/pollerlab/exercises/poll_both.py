"""07: a poll of one's own, made of the descriptors and the events of two sockets."""

import contextlib
import time

import zmq

from ..scenery import peers, waited_for_a_core
from .harness import Harness
from .run import Run, Verdict, ms, percent, share_of_a_core

LIMIT = 4.0
_MOMENTS = [0, *[50 * (n // 2) for n in range(2, 16)]]  # ms, most of them two at once
_QUIET = 0.3  # seconds


def scene(job, send) -> None:
    """Messages for two sockets, taken one a call, and then a call in silence, while a peer connects."""
    harness = Harness(job, send)
    function = harness.load()
    a, b = harness.socket(zmq.PULL, "a"), harness.socket(zmq.PULL, "b")
    with peers.Push(_MOMENTS) as one, peers.Push(_MOMENTS[:5]) as two, a, b:
        a.connect(one.address)
        b.connect(two.address)
        b.bind("tcp://127.0.0.1:*")
        harness.call(lambda: _use(harness, function, a, b))


def _use(harness: Harness, function, a, b) -> None:
    while not all(zmq.Socket.get(sock, zmq.EVENTS) & zmq.POLLIN for sock in (a, b)) and harness.now < 2:
        harness.sleep(0.001)  # until both have a message
    harness.restart_clock()
    both = function(a, b, 0.1)
    if isinstance(both, list):
        harness.fact("found of both", len(both))
    while harness.now < 0.6:
        ready = function(a, b, 0.1)
        if not isinstance(ready, list) or any(sock is not a and sock is not b for sock in ready):
            harness.fact("odd", repr(ready)[:100])
            return
        for sock in ready:
            with contextlib.suppress(zmq.Again):
                sock.recv(zmq.NOBLOCK)
    for sock in (a, b):  # what is left, so that there is silence
        with contextlib.suppress(zmq.Again):
            while True:
                zmq.Socket.recv(sock, zmq.NOBLOCK)
    with harness.context.socket(zmq.PUSH) as late:
        late.linger = 0
        harness.at({harness.now + 0.1: lambda: late.connect(b.last_endpoint.decode())})
        begin, cpu, waited = time.monotonic(), time.thread_time(), waited_for_a_core() or 0.0
        ready = function(a, b, _QUIET)
        took, cpu = time.monotonic() - begin, time.thread_time() - cpu
        waited = (waited_for_a_core() or 0.0) - waited
        harness.fact("quiet", [took, share_of_a_core(cpu, took, waited), len(ready)])


def judge(run: Run) -> Verdict:
    """Nothing left behind, all of its time when there is silence, and asleep meanwhile."""
    received = len(run.numbers("received", "a")) + len(run.numbers("received", "b"))
    total = len(_MOMENTS) + 5
    facts = [f"{received} of {total} messages were found."]
    if run.raised:
        return Verdict([*facts, run.error], run.remedy)
    if run.count("polls") or run.count("socket.poll"):
        return Verdict(
            facts, "Make it of fd, events and select: zmq.Poller and socket.poll() are what it replaces."
        )
    if "odd" in run.facts:
        return Verdict(
            [f"It returned {run.facts['odd']}."],
            "Return the list of those of the two sockets that are ready.",
        )
    if run.running:
        facts.append("It had not returned after some seconds.")
        return Verdict(facts, "select() takes seconds: was it given the time that is left?")
    if received < total - 2:
        return Verdict(
            facts,
            "It slept while messages were waiting: ask for events first, then sleep on the descriptors.",
        )
    if run.facts.get("found of both") != 2:
        return Verdict(
            facts, "Both had something at the first call, and it returned one: return all that are ready."
        )
    took, share, found = run.facts["quiet"]
    facts.append(f"In silence it took {ms(took)} of its {ms(_QUIET)}, at {percent(share)} of a core.")
    if found:
        return Verdict(facts, "It reported a socket that has nothing: look at events & zmq.POLLIN.")
    if took < 0.95 * _QUIET:
        return Verdict(
            facts,
            "It was woken for a peer that connects, and gave up: if time is left, sleep again.",
        )
    if took > 1.2 * _QUIET:
        return Verdict(facts, "A wake-up must not start the whole time anew: compute the deadline once.")
    if share > 0.3:
        return Verdict(facts, "It asks all the time: sleep in select(), on both descriptors at once.")
    return Verdict(facts, None)
