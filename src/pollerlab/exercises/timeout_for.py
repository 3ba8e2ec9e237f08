"""06: from a deadline to the timeout of a poll."""

import math
import time

import zmq

from .harness import Harness
from .run import Run, Verdict

LIMIT = 3.0
_CASES = [  # deadline and now in seconds; the timeout in ms
    (None, 5.0, None),
    (math.inf, 5.0, None),
    (10.0, 9.5, 500),
    (10.0, 9.9996, 1),
    (10.0, 10.0, 0),
    (10.0, 11.0, 0),
]
_POLL_SECONDS = 0.0305


def scene(job, send) -> None:
    """Some values, and then real polls until a deadline."""
    harness = Harness(job, send)
    function = harness.load()
    harness.call(lambda: _try(harness, function))


def _try(harness: Harness, function) -> None:
    for deadline, now, expected in _CASES:
        timeout = function(deadline, now)
        if timeout != expected or isinstance(timeout, float):
            harness.fact("wrong", [str(deadline), now, repr(timeout), repr(expected)])
            break
    polls = 0
    with zmq.Context() as context, context.socket(zmq.PULL) as silent:
        deadline = time.monotonic() + _POLL_SECONDS
        while (now := time.monotonic()) < deadline and polls < 100_000:
            timeout = function(deadline, now)
            silent.poll(min(timeout, 1000) if timeout is not None and timeout >= 0 else 1000)
            polls += 1
    harness.fact("polls", polls)


def judge(run: Run) -> Verdict:
    """A whole number of ms, rounded up, 0 or more; None for no deadline."""
    if run.raised:
        if "OverflowError" in run.raised:
            return Verdict(
                [run.error], "A deadline of inf never comes: which timeout means for ever to poll()?"
            )
        return Verdict(
            [run.error], "deadline is None where there is none, or a number of seconds, as now is."
        )
    if run.running:
        return Verdict(["It had not returned after 3 s."], "It only has to compute a number.")
    facts, wrong = [], run.facts.get("wrong")
    polls = run.facts.get("polls", 0)
    if wrong:
        deadline, now, got, expected = wrong
        facts.append(f"For deadline {deadline} and now {now} it returned {got}, where {expected} is right.")
    facts.append(f"Until a deadline 30.5 ms away, it took ~{polls} polls.")
    if not wrong and polls <= 3:
        return Verdict([*facts, f"All {len(_CASES)} values are right."], None)
    if wrong:
        if got == "inf":
            return Verdict(facts, "poll(inf) is an OverflowError: which timeout means for ever to poll()?")
        if expected == "None":
            return Verdict(
                facts, "No deadline, or one that never comes: which timeout means for ever to poll()?"
            )
        if got.startswith("-"):
            return Verdict(
                facts, "The deadline has passed, and poll() takes what is below 0 for ever: max(0, ...)."
            )
        if expected == "500" and got != "500.0":
            return Verdict(facts, "The times are in seconds, and poll() takes milliseconds.")
        if expected == "1":
            return Verdict(
                facts, "The last part of a millisecond became 0, and 0 spins: round up, with math.ceil."
            )
    return Verdict(facts, "A whole number of milliseconds, rounded up, and never below 0.")
