"""Exercises: a loop of the reader's, run against live sockets in a child process, and what it did in words.

::

    from pollerlab.exercises import check

    def serve_both(tasks, control, on_task):
        ...

    check(serve_both)

Each exercise is a module here, named like the function that the reader writes.  Its ``scene(job, send)``
runs in the child, with the sockets of a `harness.Harness`; its ``judge(run)`` turns what was seen into a
`run.Verdict`.

Others take from here what ``__all__`` names.  Imports `pollerlab.process` and `pollerlab.scenery`.
"""

import importlib
import pkgutil

from ..process import CannotSend, gather, is_empty, run_scene
from .run import Run, Verdict

__all__ = ["EXERCISES", "check"]

_PARTS = ("harness", "run")  # modules here that are no exercises
EXERCISES = tuple(module.name for module in pkgutil.iter_modules(__path__) if module.name not in _PARTS)


def check(function) -> None:
    """Run the reader's *function* and print what it did: "Solved", or "Not yet" with a hint.

    It takes some seconds, at most the exercise's limit, after which the function is ended wherever it is.
    Nothing that the function does can harm the notebook.

    :param function: one of `EXERCISES`, by its name, defined in the notebook.
    """
    name = getattr(function, "__name__", None)
    try:
        source = gather(function)
        if name not in EXERCISES:
            raise CannotSend(
                f"There is no exercise {name}: the function must keep the name that it has there."
            )
        if is_empty(function):
            print(f"Not yet: {name} is empty so far. Fill it in, and run this cell again.")
            return
    except CannotSend as reason:
        print(f"Not yet: {reason}")
        return
    exercise = importlib.import_module(f"{__name__}.{name}")
    if not getattr(exercise, "AVAILABLE", True):
        print(f"{name} cannot be tried here: it needs Linux.")
        return
    ended = run_scene(exercise.__name__, {"name": name, "source": source}, limit=exercise.LIMIT)
    run = Run(ended)
    verdict = _in_general(run, name, getattr(exercise, "ASYNC", False)) or exercise.judge(run)
    print(f"Not yet: {name}" if verdict.hint else f"Solved: {name}")
    for fact in verdict.facts:
        print(f"- {fact}")
    if ended.printed:
        print(f"It printed:\n{ended.printed}" + ("\n[and so on: the rest is left out]" if ended.cut else ""))
    if verdict.hint:
        print(f"Hint: {verdict.hint}")


def _in_general(run: Run, name: str, is_async: bool) -> Verdict | None:
    """What can be said of any function that went wrong in one of the usual ways."""
    if run.closed:
        return Verdict(
            [f"It closed the socket {run.closed[0]}."],
            "The sockets belong to the caller: leave them open, and the context as well.",
        )
    if run.took is None and run.ended.exit_code is not None:
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
