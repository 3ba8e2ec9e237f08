"""03: do a long piece of work in between, and answer messages all the same."""

import zmq

from .harness import FLOOD_WORK, Harness
from .run import MOST_SHARE, MOST_WAKES, STOP_WITHIN, Run, Verdict, ms, ms_of, percent_of

LIMIT = 4.0
_PIECES = 60
_MOMENTS = [25 * n for n in range(1, 24)] + [1300]  # ms
_IDLE = (0.75, 1.2)  # seconds; the work should be done by then
_STOP = 1.5
_WORK_WITHIN, _LONGEST = 0.8, 0.2  # seconds: when the work must be done, and how long a message may wait
ASKS = (
    ms_of(_WORK_WITHIN),
    ms_of(_LONGEST),
    percent_of(MOST_SHARE),
    f"{MOST_WAKES} times a second",
    ms_of(STOP_WITHIN),
)


def scene(job, send) -> None:
    """Sixty pieces of work of 5 ms each, messages meanwhile and afterwards, and a stop; then a flood."""
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

    with harness.peer(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        harness.at({_STOP: lambda: (harness.mark_sent("sock", peer.sent), harness.tell_to_stop())})
        harness.call(function, sock, work, harness.handler("sock"), harness.stop)
    if harness.stopped:
        done = _PIECES // 2
        with harness.flood("sock") as sock:
            harness.call(function, sock, work, harness.handler("sock", work=FLOOD_WORK), harness.stop)


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
    hint = "When the work is done, messages still come: go on until stop.is_set()."
    if early := run.ended_early(facts, hint):
        return early
    if hint := run.not_handed_on("sock", "on_message"):
        return Verdict(facts, hint)
    if len(worked) <= 1:
        return Verdict(facts, "work() does one piece: call it again, as long as it returns True.")
    if run.count("naps") > 5:
        return Verdict(
            facts, "It naps between pieces of work: the timeout of poll() is all the sleep that it needs."
        )
    finished = run.between(0.0, worked[-1])
    if len(worked) < _PIECES or finished > _WORK_WITHIN:
        waited = sum(run.between(0.0, t) > _WORK_WITHIN for t in worked) + _PIECES - len(worked)
        facts.append(f"After {ms_of(_WORK_WITHIN)}, ~{waited} pieces were still waiting.")
        return Verdict(facts, "Work waited while poll() slept: as long as work is left, poll with timeout 0.")
    facts.append(f"The work was done after {ms(finished)} (at most {ms_of(_WORK_WITHIN)}).")
    begin = max(_IDLE[0], worked[-1])  # later, if others had the core
    if not run.resting(facts, "Afterwards", begin, max(_IDLE[1], begin)):
        if run.count("polls below 1 ms"):
            return Verdict(facts, "A timeout of under 1 became 0: poll() takes whole milliseconds.")
        return Verdict(facts, "Timeout 0 is right while work is left. When none is, wait: 100 will do.")
    longest = run.longest_wait("handled", "sock")
    facts.append(f"A message waited {ms(longest)} at most ({ms_of(_LONGEST)}).")
    if longest > _LONGEST:
        return Verdict(facts, "Messages waited while it worked: look at the socket after each piece.")
    in_a_flood = run.stopping_in_a_flood(facts, "sock")
    if in_a_flood.hint is None and run.again.times("worked", "work") == []:
        facts = [*in_a_flood.facts, "Meanwhile it did no piece of work."]
        return Verdict(facts, "In a flood there is always a message: do a piece of work after each.")
    return in_a_flood
