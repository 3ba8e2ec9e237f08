"""02: receive with NOBLOCK and sleep alone, without spinning and without falling behind."""

import statistics

import zmq

from ..scenery import peers
from .harness import Harness
from .run import Run, Verdict, ms, percent

LIMIT = 3.0
_STEADY, _BURST = 8, 50
_BURST_MS = 600
_MOMENTS = [35 * n for n in range(_STEADY)] + [_BURST_MS] * _BURST
_IDLE = (0.3, 0.55)  # seconds
_STOP = 0.95


def scene(job, send) -> None:
    """A steady trickle, silence, a burst, and a stop."""
    harness = Harness(job, send)
    function = harness.load()
    with peers.Push(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        harness.at({_STOP: lambda: (harness.mark_sent("sock", peer.sent), harness.tell_to_stop())})
        harness.call(function, sock, harness.stop, harness.handler("sock"))


def judge(run: Run) -> Verdict:
    """It must rest, keep the delay short, take a burst at once, and stop."""
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
    if run.inside and run.inside[0] == "sleep" and float(run.inside[1]) >= 0.5 and run.running:
        return Verdict(
            [*facts, f"It is inside sleep({run.inside[1]})."], "sleep takes seconds: 0.01 is 10 ms."
        )
    if run.count("polls") or run.count("socket.poll"):
        return Verdict(facts, "Here only recv(zmq.NOBLOCK) and sleep: polling comes in 03.")
    if run.took is not None and run.took < run.told:
        facts.append(f"It returned after {ms(run.took)}, before it was told to.")
        return Verdict(facts, "It must go on, also when nothing is there, until stop.is_set().")
    if hint := run.not_handed_on("sock", "on_message"):
        return Verdict(facts, hint)
    if idle > 0.12:
        facts.append(f"With nothing there it asked ~{asked} times, and used {percent(idle)} of a core.")
        return Verdict(facts, "Where does it rest? Sleep a little whenever recv() raises Again.")
    facts.append(f"With nothing there, it used {percent(idle)} of a core.")
    delays = run.delays("handled", "sock")
    steady, burst = delays[:_STEADY], delays[_STEADY:]
    naps = run.count("naps", 0.001 * _BURST_MS, 0.001 * _BURST_MS + max(burst, default=1.0))
    if len(burst) < _BURST or max(burst) > 0.2 or (naps >= _BURST / 2 and max(burst) > 0.04):
        facts.append(f"For the {_BURST} messages that came at once it took ~{naps} naps.")
        return Verdict(facts, "A nap after each message falls behind: receive all that is there, then nap.")
    typical = statistics.median(steady)  # and not of all: the burst is met by one nap alone
    facts.append(
        f"A typical message waited {ms(typical)}, and the {_BURST} at once {ms(max(burst))} at most."
    )
    if typical > 0.04:
        return Verdict(facts, "The naps are too long: a message should wait for 20 ms at most.")
    return run.stopping(facts, within=0.3)
