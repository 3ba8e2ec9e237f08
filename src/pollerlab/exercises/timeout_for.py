"""06: from a deadline to the timeout of a poll."""

import math
import time

import zmq

from .harness import Harness
from .run import Run, Verdict

LIMIT = 3.0
_CASES = [  # deadline and now in seconds; the timeout in ms, or None: for ever
    (None, 5.0, None),
    (math.inf, 5.0, None),
    (10.0, 9.5, 500),
    (10.0, 9.9996, 1),
    (10.0, 8.7498, 1251),
    (10.0, 10.0, 0),
    (10.0, 10.0004, 0),
    (10.0, 11.0, 0),
    (0.0, -0.25, 250),
]
_MOST_POLLS = 3
ASKS = (f"{_MOST_POLLS} polls",)
_POLL_SECONDS = 0.0305
_SPREAD = 1  # between answers for moments that are up to 3 s apart


def scene(job, send) -> None:
    """Some values, and then real polls until a deadline."""
    harness = Harness(job, send)
    function = harness.load()
    harness.call(lambda: _try(harness, function))


def _try(harness: Harness, function) -> None:
    for deadline, now, expected in _CASES:
        timeout = function(deadline, now)
        for_ever = timeout is None or (isinstance(timeout, int) and timeout < 0)  # as poll() takes it
        right = for_ever if expected is None else timeout == expected and not isinstance(timeout, float)
        if not right:
            harness.fact("wrong", [str(deadline), now, repr(timeout), repr(expected)])
            break
    if not isinstance(timeout, (int, float, type(None))):
        return
    of_any_now = [function(10.0, now) for now in (8.5, 9.5, 10.5, 11.5)]
    if all(isinstance(got, (int, float)) for got in of_any_now):
        harness.fact("spread", max(of_any_now) - min(of_any_now))
    polls = 0
    with zmq.Context() as context, context.socket(zmq.PULL) as silent:
        deadline = time.monotonic() + _POLL_SECONDS
        while (now := time.monotonic()) < deadline and polls < 100_000:
            timeout = function(deadline, now)
            silent.poll(min(timeout, 1000) if timeout is not None and timeout >= 0 else 1000)  # ms
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
        return Verdict(["It had not returned when its time was up."], "It only has to compute a number.")
    facts, wrong = [], run.facts.get("wrong")
    polls = run.facts.get("polls", 0)
    if wrong:
        deadline, now, got, expected = wrong
        facts.append(f"For deadline {deadline} and now {now} it returned {got}, where {expected} is right.")
    if "polls" in run.facts:
        facts.append(f"Until a deadline 30.5 ms away, it took ~{polls} polls (at most {_MOST_POLLS}).")
    if not wrong and polls <= _MOST_POLLS:
        return Verdict([*facts, f"All {len(_CASES)} values are right."], None)
    if wrong:
        if got == "inf":
            return Verdict(facts, "poll(inf) is an OverflowError: which timeout means for ever to poll()?")
        if expected == "None":
            return Verdict(
                facts, "No deadline, or one that never comes: which timeout means for ever to poll()?"
            )
        if run.facts.get("spread", _SPREAD) < _SPREAD:
            return Verdict(
                facts, "Whatever now is, it returned the same: count from now, and from no other clock."
            )
        if got.startswith("-") and expected == "0":
            return Verdict(
                facts, "The deadline has passed, and poll() takes what is below 0 for ever: max(0, ...)."
            )
        if got == "None":
            return Verdict(facts, "There is a deadline: None would wait for ever.")
        if expected == "500" and got.startswith("-"):
            return Verdict(facts, "now is before the deadline, and deadline - now is what is left.")
        if expected == "500" and got in ("0", "0.0"):
            return Verdict(facts, "Something is left, of deadline - now, and 0 does not wait at all.")
        if expected == "500" and got == "1000":
            return Verdict(facts, "First to milliseconds, and then round up.")
        if got.startswith("'"):
            return Verdict(facts, "A whole number, and no text.")
        if expected == "500" and got == "501":
            return Verdict(facts, "What is whole stays as it is, and only a part is rounded up: math.ceil.")
        if expected == "500" and got != "500.0":
            return Verdict(facts, "The times are in seconds, and poll() takes milliseconds.")
        if expected == "1251" and got.startswith("125"):
            return Verdict(facts, "Round up the last part of a millisecond, whatever is before it.")
        if expected == "1":
            return Verdict(
                facts, "The last part of a millisecond became 0, and 0 spins: round up, with math.ceil."
            )
    return Verdict(facts, "A whole number of milliseconds, rounded up, and never below 0.")
