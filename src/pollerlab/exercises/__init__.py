"""Exercises: a loop of the reader's, run against live sockets in a child process, and what it did in words.

::

    from pollerlab.exercises import check

    def serve_both(tasks, control, on_task):
        ...

    check(serve_both)

Each exercise is a module here, named like the function that the reader writes.  Its ``scene(job, send)``
runs in the child, with the sockets of a `harness.Harness`; its ``judge(run)`` turns what was seen into a
`run.Verdict`.

An exercise in which a sick program is cured has its `ward.treat`, and keeps the program as ``patient``.

Others take from here what ``__all__`` names.  Imports `pollerlab.doctor`, `pollerlab.process` and
`pollerlab.scenery`.
"""

import importlib
import pkgutil
from types import ModuleType

from ..process import CannotSend, gather, is_empty, run_scene
from .run import Run, Verdict
from .ward import is_unchanged

__all__ = ["EXERCISES", "Run", "check", "said_of", "tried"]

_MOST_RUNS = 3
_PARTS = ("harness", "run", "ward")  # modules here that are no exercises
EXERCISES = tuple(module.name for module in pkgutil.iter_modules(__path__) if module.name not in _PARTS)
"""Their names, which are those of the functions that the reader writes."""


def check(function) -> None:
    """Run the reader's *function* and print what it did: "Solved", or "Not yet" with a hint.

    It takes some seconds, at most the exercise's limit, after which the function is ended wherever it is.
    On a crowded machine it is run up to three times, until two runs agree, or one was not disturbed.
    Nothing that the function does can harm the notebook.

    :param function: one of `EXERCISES`, by its name, defined in the notebook.
    """
    print(said_of(function))


def said_of(function) -> str:
    """What `check` prints, as a text.  May be called from any thread."""
    return tried(function)[0]


def tried(function) -> tuple[str, Run | None]:
    """What `check` prints, and the run, or None if it could not be run.  May be called from any thread."""
    name = getattr(function, "__name__", None)
    try:
        source = gather(function)
        if name not in EXERCISES:
            raise CannotSend(
                f"There is no exercise {name}: the function must keep the name that it has there. "
                "(A decorator keeps it with functools.wraps.)"
            )
        if is_empty(function):
            return f"Not yet: {name} is empty so far. Fill it in, and run this cell again.", None
    except CannotSend as reason:
        return f"Not yet: {reason}", None
    exercise = importlib.import_module(f"{__name__}.{name}")
    if is_unchanged(source, getattr(exercise, "patient", None)):
        return f"Not yet: {name} is the patient as it came. Cure it, and run this cell again.", None
    if not getattr(exercise, "AVAILABLE", True):
        return f"{name} cannot be tried here: it needs Linux.", None
    run, verdict = _watched(exercise, name, source)
    ended = run.ended
    lines = [f"Not yet: {name}" if verdict.hint else f"Solved: {name}"]
    lines += [f"- {fact}" for fact in verdict.facts]
    if ended.printed:
        lines.append(f"It printed:\n{ended.printed.rstrip()}")
        if ended.cut:
            lines.append("[and so on: the rest is left out]")
    if verdict.hint:
        lines.append(f"Hint: {verdict.hint}")
    return "\n".join(lines), run


def _watched(exercise: ModuleType, name: str, source: str) -> tuple[Run, Verdict]:
    """A run of the function, and the verdict on it.

    If the run was disturbed, the verdict counts when another run has the same hint.
    """
    hints: list[str | None] = []
    while True:
        run = Run(run_scene(exercise.__name__, {"name": name, "source": source}, limit=exercise.LIMIT))
        verdict = _verdict_on(run, exercise, name)
        if not run.disturbed or verdict.hint in hints or len(hints) == _MOST_RUNS - 1:
            return run, verdict
        hints.append(verdict.hint)


def _verdict_on(run: Run, exercise: ModuleType, name: str) -> Verdict:
    is_async = getattr(exercise, "ASYNC", False)
    verdict = _in_general(run, name, is_async) or exercise.judge(run)
    if verdict.hint is None and not is_async and run.facts.get("threads left"):
        return run.leaving_threads(verdict.facts)
    return verdict


def _in_general(run: Run, name: str, is_async: bool) -> Verdict | None:
    """What can be said of any function that went wrong in one of the usual ways."""
    last = run.again or run
    if closed := run.closed or last.closed:
        return Verdict(
            [f"It closed the socket {closed[0]}."],
            "The sockets belong to the caller: leave them open, and the context as well.",
        )
    if last.took is None and run.ended.exit_code is not None:
        return Verdict(
            [f"The process in which it ran came to an end by itself (exit code {run.ended.exit_code})."],
            "Does it end the process, or use a socket in two threads?",
        )
    if run.inside and run.inside[0] == "term":
        return Verdict(
            ["It was still inside the context's term() at the end."],
            "term() waits until all sockets are closed. The context belongs to the caller: leave it alone.",
        )
    if run.raised and run.raised.startswith(
        ("AttributeError", "KeyError", "IndexError", "ZeroDivisionError")
    ):
        return Verdict([run.error], run.remedy)
    if run.raised and run.raised.startswith(("NameError", "SyntaxError", "ModuleNotFoundError")):
        return Verdict([run.error], "Has the cell run that defines this name, or imports it?")
    if run.raised and "positional argument" in run.raised and f"{name}()" in run.raised:
        return Verdict([run.error], "Keep the parameters as they were in the exercise.")
    if not is_async and run.returned and run.returned.startswith(("<generator", "<coroutine")):
        return Verdict(
            [f"It returned {run.returned.split()[0][1:]} object, and ran none of its lines."],
            "A function with yield or async in it does not run when it is called: leave these out.",
        )
    if run.running and not run.inside and run.touched_nothing:
        return Verdict(
            ["It had not returned when its time was up, and never received, polled or slept."],
            "Which line ends its loop, and which one looks at the sockets?",
        )
    return None
