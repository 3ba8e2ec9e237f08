"""In the child: a sick program as it came, and then as the reader has mended it, under the doctor."""

import ast
import inspect
import threading
from collections.abc import Callable
from typing import Any

from ..doctor import AILMENTS, diagnose
from ..process import Ended
from .harness import Harness
from .run import Run, Verdict, percent

STILL_ASKS = "It still asks over and over: where does it sleep when there is nothing?"
NAPS = "A nap makes it cheaper, and late: let the wait end with a message."
_MASKS = {
    "naps": NAPS,
    "spins": STILL_ASKS,
}
"""What is said of ailments that a wrong cure brings along, in place of the usual cure."""


def treat(
    job: dict,
    send: Callable[[dict], None],
    patient: Callable,
    play: Callable[[Harness, Callable], None],
    *,
    seconds: float,
) -> None:
    """Play the patient, and then the reader's program with the doctor in the room.

    Notes the facts "patient", what share of a core the first took, and "findings", what the doctor says of
    the other: ``[ailment, title, certain, text of the line]`` for each, the worst first.

    :param play: makes the sockets and peers, and has the harness call a function with them.
    :param seconds: when the diagnosis is made, also if the program has not returned.
    """
    events: list[dict] = []
    harness = Harness({}, events.append)
    play(harness, patient)
    harness.rest()
    before = Run(Ended(events, "", False, 0))
    send({"fact": "patient", "value": before.share(0.0, before.took or 0.0)})

    def play_the_readers() -> None:
        harness = Harness(job, send)  # counts what is done in the thread that makes it
        play(harness, harness.load())

    with diagnose() as diagnosis:
        program = threading.Thread(target=play_the_readers, daemon=True)
        program.start()
        program.join(seconds)
    findings = [
        [one["ailment"], one["title"], one["certain"], one["text"]]
        for one in diagnosis.findings
        if one["function"] and (one["file"] or "").startswith("<")  # the reader's, not a peer's
    ]
    send({"fact": "findings", "value": findings})
    program.join()  # or, at the limit, it is ended wherever it is


def is_unchanged(source: str, patient: Callable | None) -> bool:
    """Whether the last definition in *source* does what *patient* does, word for word."""
    if patient is None:
        return False

    def body(text: str) -> list[str]:
        lines = ast.parse(text).body[-1].body  # type: ignore[attr-defined]
        return [ast.dump(line) for line in lines if not isinstance(line, ast.Expr) or not is_text(line)]

    def is_text(line: ast.Expr) -> bool:  # a docstring
        return isinstance(line.value, ast.Constant)

    return body(source) == body(inspect.getsource(patient))


def compared(run: Run, facts: list[str]) -> None:
    """Say in *facts* what the patient took of a core, and what the reader's program takes."""
    shares = percent(run.facts["patient"]), percent(run.share(0.0, run.took or 0.0))
    facts.append("The patient took {} of a core in all, and this one {}.".format(*shares))


def diagnosed(run: Run, facts: list[str], hints: dict[str, str]) -> Verdict | None:
    """The verdict on a program that the doctor finds ill; None if nothing certain ails it.

    :param hints: by ailment, what to say in this exercise in place of the usual cure.
    """
    findings: list[Any] = run.facts.get("findings", [])
    for ailment, title, certain, text in findings:
        if certain or ailment in hints:
            facts = [*facts, f"The doctor says: {title[0].lower()}{title[1:]}, in the line `{text}`."]
            usual = _MASKS.get(ailment, AILMENTS[ailment].cure)
            return Verdict(facts, hints.get(ailment, usual))
    return None
