"""03: do a long piece of work in between, and answer messages all the same."""

import zmq

from ..scenery import peers
from .harness import Harness
from .run import Run, Verdict, ms, percent

LIMIT = 4.0
_PIECES = 60
_MOMENTS = [25 * n for n in range(1, 24)] + [1300]  # ms
_IDLE = (0.75, 1.2)  # seconds; the work should be done by then
_STOP = 1.5


def scene(job, send) -> None:
    """Sixty pieces of work of 5 ms each, messages meanwhile and afterwards, and a stop."""
    harness = Harness(job, send)
    function = harness.load()
    done = 0

    def work() -> bool:
        nonlocal done
        if done < _PIECES:
            harness.sleep(0.005)
            harness.mark("worked", "work", done)
            done += 1
        return done < _PIECES

    with peers.Push(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        harness.at({_STOP: lambda: (harness.mark_sent("sock", peer.sent), harness.tell_to_stop())})
        harness.call(function, sock, work, harness.handler("sock"), harness.stop)


def judge(run: Run) -> Verdict:
    """It must look at the socket between pieces, not wait while work is left, and wait when none is."""
    worked = run.times("worked", "work")
    facts = [f"{len(worked)} of {_PIECES} pieces of work were done."]
    if run.raised:
        return Verdict([*facts, run.error], run.remedy)
    if run.inside and run.inside[0] == "recv" and run.running:
        return Verdict(
            [*facts, "It is still inside recv()."], "Receive only when poll() has found something."
        )
    if run.took is not None and run.took < run.told:
        facts.append(f"It returned after {ms(run.took)}, before it was told to.")
        return Verdict(facts, "When the work is done, messages still come: go on until stop.is_set().")
    if hint := run.not_handed_on("sock", "on_message"):
        return Verdict(facts, hint)
    if len(worked) <= 1:
        return Verdict(facts, "work() does one piece: call it again, as long as it returns True.")
    if run.count("naps") > 5:
        return Verdict(
            facts, "It naps between pieces of work: the timeout of poll() is all the sleep that it needs."
        )
    idle = run.share(*_IDLE)
    if idle > 0.3:
        facts.append(f"It used {percent(idle)} of a core with nothing left to do.")
        if run.count("polls below 1 ms"):
            return Verdict(facts, "A timeout of under 1 became 0: poll() takes whole milliseconds.")
        return Verdict(facts, "Timeout 0 is right while work is left. When none is, wait: 100 will do.")
    finished = worked[-1] if len(worked) == _PIECES else None
    if finished is None or finished > 0.8:
        waited = sum(t > 0.6 for t in worked) + _PIECES - len(worked)
        facts.append(f"After 600 ms, ~{waited} pieces were still waiting.")
        return Verdict(facts, "Work waited while poll() slept: as long as work is left, poll with timeout 0.")
    facts.append(f"The work was done after {ms(finished)}, and afterwards it used {percent(idle)} of a core.")
    longest = run.longest_wait("handled", "sock")
    facts.append(f"A message waited {ms(longest)} at most.")
    if longest > 0.15:
        return Verdict(facts, "Messages waited while it worked: look at the socket after each piece.")
    return run.stopping(facts, within=0.4)
