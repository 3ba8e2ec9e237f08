"""02: receive with NOBLOCK and sleep, without spinning and without falling behind."""

import statistics

import zmq

from .harness import FLOOD_WORK, Harness
from .run import STOP_WITHIN, Run, Verdict, ms, ms_of, percent, percent_of

LIMIT = 4.0
_STEADY, _BURST = 8, 50
_BURST_MS = 600
_MOMENTS = [35 * n for n in range(_STEADY)] + [_BURST_MS] * _BURST
_IDLE = (0.3, 0.55)  # seconds
_STOP = 0.95
_TYPICAL, _LONGEST = 0.03, 0.2  # seconds: how long a message may wait, and each of a burst
_SHARE = 0.15  # of a core, with nothing there: naps cost more than a poll
ASKS = (ms_of(_TYPICAL), ms_of(_LONGEST), percent_of(_SHARE), ms_of(STOP_WITHIN))


def scene(job, send) -> None:
    """A steady trickle, silence, a burst, and a stop; and once more, with a stop in a flood."""
    harness = Harness(job, send)
    function = harness.load()
    with harness.peer(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        harness.at({_STOP: lambda: (harness.mark_sent("sock", peer.sent), harness.tell_to_stop())})
        harness.call(function, sock, harness.stop, harness.handler("sock"))
    if harness.stopped:
        with harness.flood("sock") as sock:
            harness.call(function, sock, harness.stop, harness.handler("sock", work=FLOOD_WORK))


def judge(run: Run) -> Verdict:
    """It must rest, keep the delay short, take a burst at once, and stop, also in a flood."""
    handled, total = len(set(run.numbers("handled", "sock"))), _STEADY + _BURST
    idle, asked = run.share(*_IDLE), run.count("again sock", *_IDLE)
    facts = [f"{handled} of {total} messages were handed to on_message."]
    if run.raised:
        hint = "Again says that nothing is there: catch it, rest, and ask again."
        return Verdict([*facts, run.error], hint if "Again" in run.raised else run.remedy)
    if run.inside and run.inside[0] == "recv" and run.running:
        return Verdict(
            [*facts, "It is still inside recv()."], "recv() without zmq.NOBLOCK waits, and cannot see stop."
        )
    if run.count("long naps"):
        return Verdict(facts, "The naps are too long: sleep takes seconds, and 0.01 is 10 ms.")
    if run.count("polls") or run.count("socket.poll"):
        return Verdict(facts, "Here only recv(zmq.NOBLOCK) and sleep: polling comes in 03.")
    if early := run.ended_early(facts, "It must go on, also when nothing is there, until stop.is_set()."):
        return early
    if hint := run.not_handed_on("sock", "on_message"):
        return Verdict(facts, hint)
    if idle > _SHARE:
        facts.append(f"With nothing there it asked ~{asked} times, and used {percent(idle)} of a core.")
        return Verdict(
            facts, "Where does it rest, and for how long? Sleep for 10 ms whenever recv() raises Again."
        )
    facts.append(f"With nothing there, it used {percent(idle)} of a core (at most {percent_of(_SHARE)}).")
    delays = run.delays("handled", "sock")
    burst = delays[_STEADY:]
    naps = run.count("naps", 0.001 * _BURST_MS, 0.001 * _BURST_MS + max(burst, default=1.0))
    if len(burst) < _BURST or max(burst) > _LONGEST:
        slowest = max(burst, default=float("inf"))
        facts.append(
            f"For the {_BURST} messages that came at once it took ~{naps} naps"
            + (f", and {ms(slowest)} (at most {ms_of(_LONGEST)})." if len(burst) == _BURST else ".")
        )
        if naps < _BURST / 2 and _typical(delays) > _TYPICAL:
            return Verdict(facts, "The naps are too long: a message should wait for some 10 ms.")
        return Verdict(
            facts, "A nap after each message falls behind: as long as something is there, receive; then nap."
        )
    typical = _typical(delays)
    facts.append(
        f"A typical message waited {ms(typical)} (at most {ms_of(_TYPICAL)}), and the {_BURST} at once "
        f"{ms(max(burst))} at most ({ms_of(_LONGEST)})."
    )
    if typical > _TYPICAL:
        return Verdict(facts, "The naps are too long: a message should wait for some 10 ms.")
    return run.stopping_in_a_flood(facts, "sock")


def _typical(delays: list[float]) -> float:
    """The middle one of the steady ones, and not of all: the burst is met by one nap alone."""
    return statistics.median(delays[:_STEADY] or [float("inf")])
