"""01: receive until nothing has come for a while, with a blocking recv that gives up."""

import zmq

from .. import peers
from .lab import Lab
from .run import Run, Verdict, ms, percent

LIMIT = 3.0
_QUIET_MS = 300
_MOMENTS = [0, 30, 80, 200, 260, 1000]  # ms; the last one comes when it should have given up


def scene(job, send) -> None:
    """Five messages, silence, and one that is too late."""
    lab = Lab(job, send)
    function = lab.load()
    with peers.Push(_MOMENTS) as peer, lab.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        result = lab.call(function, sock, _QUIET_MS)
        lab.mark_sent("sock", peer.sent)
        lab.fact("is a list", isinstance(result, list))
        lab.fact("length", len(result) if isinstance(result, list) else 0)
        lab.fact("in order", result == [b"%d" % number for number in range(5)])


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
        return Verdict([*facts, run.error], "It must return the list, whatever happens.")
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
    facts.append(f"It returned after {ms(run.took)}.")
    busy = run.share(0.3, run.took)
    if received < 5 and gave_up and run.took < 0.1:
        return Verdict(facts, "It was back before anything could come: NOBLOCK does not wait, RCVTIMEO does.")
    if received < 5:
        return Verdict(facts, "It must go on until recv() gives up.")
    if received > 5:
        return Verdict(facts, "It waited for longer than quiet_ms after the fifth message.")
    if busy > 0.3:
        facts.append(f"It used {percent(busy)} of a core while it waited.")
        return Verdict(facts, "Something asks all the time. Let recv() do the waiting, with RCVTIMEO.")
    if not run.facts["is a list"]:
        return Verdict([*facts, f"It returned {run.returned}."], "Return the list of messages.")
    if not run.facts["in order"]:
        return Verdict(
            [*facts, f"The list has {run.facts['length']} items."], "Put each message into the list once."
        )
    return Verdict([*facts, "It gave up once, and left the socket open."], None)
