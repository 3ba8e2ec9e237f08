"""07: a poll of one's own, made of the descriptors and the events of two sockets."""

import contextlib
import time

import zmq

from .. import peers
from ..meter import waited_for_a_core
from .lab import Lab
from .run import Run, Verdict, ms, percent, share_of_a_core

LIMIT = 4.0
_MOMENTS = [0, *[50 * (n // 2) for n in range(2, 16)]]  # ms, most of them two at once
_QUIET = 0.3  # seconds


def scene(job, send) -> None:
    """Messages for two sockets, taken one a call, and then a call in silence, while a peer connects."""
    lab = Lab(job, send)
    function = lab.load()
    a, b = lab.socket(zmq.PULL, "a"), lab.socket(zmq.PULL, "b")
    with peers.Push(_MOMENTS) as one, peers.Push(_MOMENTS[:5]) as two, a, b:
        a.connect(one.address)
        b.connect(two.address)
        b.bind("tcp://127.0.0.1:*")
        lab.call(lambda: _use(lab, function, a, b))


def _use(lab: Lab, function, a, b) -> None:
    while not all(zmq.Socket.get(sock, zmq.EVENTS) & zmq.POLLIN for sock in (a, b)) and lab.now < 2:
        lab.sleep(0.001)  # until both have a message
    lab.restart_clock()
    both = function(a, b, 0.1)
    if isinstance(both, list):
        lab.fact("found of both", len(both))
    while lab.now < 0.6:
        ready = function(a, b, 0.1)
        if not isinstance(ready, list) or any(sock is not a and sock is not b for sock in ready):
            lab.fact("odd", repr(ready)[:100])
            return
        for sock in ready:
            with contextlib.suppress(zmq.Again):
                sock.recv(zmq.NOBLOCK)
    for sock in (a, b):  # what is left, so that there is silence
        with contextlib.suppress(zmq.Again):
            while True:
                zmq.Socket.recv(sock, zmq.NOBLOCK)
    with lab.context.socket(zmq.PUSH) as late:
        late.linger = 0
        lab.at({lab.now + 0.1: lambda: late.connect(b.last_endpoint.decode())})
        begin, cpu, waited = time.monotonic(), time.thread_time(), waited_for_a_core() or 0.0
        ready = function(a, b, _QUIET)
        took, cpu = time.monotonic() - begin, time.thread_time() - cpu
        waited = (waited_for_a_core() or 0.0) - waited
        lab.fact("quiet", [took, share_of_a_core(cpu, took, waited), len(ready)])


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
