"""01: receive until nothing has come for a while, with a blocking recv that gives up."""

import zmq

from ..scenery import peers
from .harness import Harness
from .run import Run, Verdict, ms, percent

LIMIT = 3.0
_QUIET_MS = 200
_MOMENTS = [0, 50, 110, 190, 260, 900]  # ms; the last one comes when it should have given up


def scene(job, send) -> None:
    """Five messages, silence, and one that is too late."""
    harness = Harness(job, send)
    function = harness.load()
    with peers.Push(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        result = harness.call(function, sock, _QUIET_MS)
        harness.mark_sent("sock", peer.sent)
        harness.fact("is a list", isinstance(result, list))
        harness.fact("in order", result == [b"%d" % number for number in range(5)])


def judge(run: Run) -> Verdict:
    """It must wait for each message, give up once, and return the five."""
    received, gave_up = len(run.times("received", "sock")), run.count("again sock")
    facts = [f"It received {min(received, 5)} of 5 messages{', and the late one' if received > 5 else ''}."]
    if run.raised:
        if "TypeError" in run.raised and not received:
            return Verdict([run.error], "RCVTIMEO takes a whole number of milliseconds, which quiet_ms is.")
        if "Again" in run.raised:
            return Verdict(
                [*facts, run.error], "Again says that nothing came for so long: catch it, and return."
            )
        return Verdict([*facts, run.error], run.remedy)
    if run.running:
        facts.append("It had not returned after 3 s.")
        if gave_up > 1000:
            return Verdict(
                facts, f"It asked ~{gave_up} times without waiting: NOBLOCK does not wait, RCVTIMEO does."
            )
        if gave_up:
            return Verdict(
                facts, f"recv() gave up ~{gave_up} times: which line ends the function when it does?"
            )
        return Verdict(facts, "It is still inside recv(): what makes that give up?")
    last = max(run.times("received", "sock"), default=0.0)
    waited = run.took - last
    facts.append(
        f"It returned {ms(waited)} after the last message."
        if received
        else f"It returned after {ms(run.took)}."
    )
    busy = run.share(0.3, run.took)
    if received < 5 and run.count("again at once sock"):
        return Verdict(facts, "It was back before anything could come: NOBLOCK does not wait, RCVTIMEO does.")
    if received < 5:
        return Verdict(facts, "It must go on until recv() gives up.")
    if received > 5:
        return Verdict(facts, "It waited for longer than quiet_ms after the fifth message.")
    if waited < 0.0009 * _QUIET_MS:
        return Verdict(
            facts, "How does it know that it is quiet? It must wait for quiet_ms after the last message."
        )
    if busy > 0.3:
        facts.append(f"It used {percent(busy)} of a core while it waited.")
        return Verdict(facts, "Something asks all the time. Let recv() do the waiting, with RCVTIMEO.")
    if gave_up > 5:
        facts.append(f"recv() gave up ~{gave_up} times.")
        return Verdict(facts, "Let recv() do the waiting, with RCVTIMEO: then it gives up once.")
    if not run.facts["is a list"]:
        return Verdict([*facts, f"It returned {run.returned}."], "Return the list of messages.")
    if not run.facts["in order"]:
        facts.append(f"It returned {run.returned}.")
        return Verdict(facts, "Put each message into the list once, as recv() returns it.")
    return Verdict([*facts, "It left the socket open."], None)
