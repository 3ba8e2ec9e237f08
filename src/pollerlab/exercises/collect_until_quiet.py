"""01: receive until nothing has come for a while, with a blocking recv that gives up."""

import zmq

from .harness import Harness, number_of
from .run import MOST_SHARE, MOST_WAKES, Run, Verdict, ms, ms_of, percent_of

LIMIT = 4.0
_QUIET_MS = 300
# ms.  None is near 300 or 600, when one who sleeps looks; the last one comes when it should have given up.
_MOMENTS = [0, 60, 130, 230, 350, 1300]
_WITHIN = 0.1  # seconds: how much longer than _QUIET_MS it may wait
_TIMEOUT_0 = "its RCVTIMEO is 0, which does not wait. It takes milliseconds, as quiet_ms has them."
_TOO_SOON = "It gave up too soon: it must wait for quiet_ms after each message, the last one, too."
ASKS = (ms_of(_WITHIN), percent_of(MOST_SHARE), f"{MOST_WAKES} times a second")


def scene(job, send) -> None:
    """Five messages, silence, and one that is too late; and then a socket to which nothing comes at all."""
    harness = Harness(job, send)
    function = harness.load()
    with harness.peer(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        result = harness.call(function, sock, _QUIET_MS)
        harness.mark_sent("sock", peer.sent)
        harness.fact("is a list", isinstance(result, list))
        in_order = isinstance(result, list) and [number_of(message) for message in result] == [*range(5)]
        harness.fact("in order", in_order and not any(isinstance(message, str) for message in result))
    if result is not None:
        harness.again()
        with harness.socket(zmq.PULL, "sock") as silent:
            silent.bind("inproc://silent")
            harness.fact("of silence", harness.call(function, silent, _QUIET_MS) == [])


def judge(run: Run) -> Verdict:
    """It must wait for each message, give up once, and return the five; or none, if there are none."""
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
        facts.append("It had not returned when its time was up.")
        if gave_up > 1000 and run.count("again of timeout 0 sock"):
            return Verdict(facts, f"It asked ~{gave_up} times without waiting: {_TIMEOUT_0}")
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
    sent = run.times("sent", "sock")[:5]  # the last is noted after it was sent: it may be missing
    late = run.between(sent[-1], run.took) if received >= 5 else 0.0
    most = _QUIET_MS + 1000 * _WITHIN
    facts.append(
        f"It returned {ms(waited)} after the last message ({_QUIET_MS} to {most:.0f} ms)."
        if received
        else f"It returned after {ms(run.took)}."
    )
    if received < 5 and run.count("again of timeout 0 sock"):
        return Verdict(facts, f"It was back before anything could come: {_TIMEOUT_0}")
    if received < 5 and run.count("again at once sock"):
        return Verdict(facts, "It was back before anything could come: NOBLOCK does not wait, RCVTIMEO does.")
    by_time = gave_up or run.count("polls") or run.took > 0.0009 * _QUIET_MS
    if received < 5 and by_time and waited < 0.0009 * _QUIET_MS:
        return Verdict(facts, _TOO_SOON)
    if received < 5:
        return Verdict(facts, "It must go on until recv() gives up.")
    if waited < 0.0009 * _QUIET_MS:
        return Verdict(facts, _TOO_SOON)
    if received > 5 or late > 0.001 * most:
        return Verdict(
            facts,
            "It waited for longer than quiet_ms after the fifth message: what is its last wait made of?",
        )
    if not run.resting(facts, "While it waited", last + 0.02, run.took - 0.02):
        return Verdict(
            facts, "It asks again and again. Let recv() do the waiting, with RCVTIMEO: then it gives up once."
        )
    if not run.facts["is a list"]:
        return Verdict([*facts, f"It returned {run.returned}."], "Return the list of messages.")
    if not run.facts["in order"]:
        facts.append(f"It returned {run.returned}.")
        return Verdict(facts, "Put each message into the list once, as recv() returns it.")
    return _of_silence(run, [*facts, "It left the socket open."])


def _of_silence(run: Run, facts: list[str]) -> Verdict:
    silence = run.again
    if silence.raised:
        return Verdict([*facts, f"When no message came at all: {silence.error}"], silence.remedy)
    if silence.took is None or silence.between(0.0, silence.took) > 0.001 * _QUIET_MS + _WITHIN:
        facts.append("When no message came at all, it waited for longer.")
        return Verdict(facts, "A first message may never come: give the first recv() a timeout, too.")
    facts.append(f"When no message came at all, it returned after {ms(silence.took)}.")
    if silence.took < 0.0009 * _QUIET_MS:
        return Verdict(facts, "It did not wait for quiet_ms: a first message may be on its way.")
    if not silence.facts["of silence"]:
        return Verdict([*facts, f"It returned {silence.returned}."], "Then the list is empty.")
    return Verdict(facts, None)
