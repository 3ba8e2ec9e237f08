"""10: tasks and control in one event loop, with STOP heard in time and nothing left running."""

from itertools import pairwise

from .harness import Harness
from .run import Run, Verdict, ms, ms_of
from .serve_both import (
    ASKS as ASKS_OF_BOTH,
)
from .serve_both import (
    FIRST_WITHIN,
    IDLE,
    QUEUED,
    STOP_WITHIN,
    TRICKLE,
    in_silence,
    lost_task,
    play,
    stays_on,
    too_slow,
)

__all__ = ["ASKS", "ASYNC", "LIMIT", "judge", "scene"]

ASYNC = True
LIMIT = 4.0
_HELD_UP = 0.05  # seconds: for how long another duty of the loop may be held up, in silence
ASKS = (*ASKS_OF_BOTH, f"more than {ms_of(_HELD_UP)}")


def scene(job, send) -> None:
    """What happens in `serve_both`, with sockets for asyncio."""
    harness = Harness(job, send)
    play(harness, harness.async_socket, harness.call_async)


def judge(run: Run) -> Verdict:
    """It must wait for both at once, let the loop go round while there are tasks, and end what it started."""
    handled = run.numbers("handled", "tasks")
    facts = [f"Tasks handed to on_task: ~{len(handled)} of {TRICKLE + QUEUED}."]
    if "not a coroutine" in run.facts:
        kind = run.facts["not a coroutine"]
        return Verdict(
            [f"To call it gave no coroutine ({kind})."], "It must begin with async def, without yield."
        )
    if run.raised:
        return Verdict([*facts, run.error], _remedy(run))
    if None in handled:
        facts.append("on_task was handed something that is no message.")
        return Verdict(facts, "recv() gives a Future, at once. Await it: the message is what comes of that.")
    stop_heard = run.times("received", "control")
    before_the_burst = [t for t in run.times("handled", "tasks") if t < 0.75]
    if len(before_the_burst) < TRICKLE - 2 and (run.running or run.took > 0.8):
        return _tasks_waited(run, facts)
    if run.count("naps") > 5:
        return Verdict(
            facts, "time.sleep() stops the loop, and with it every other task: await asyncio.sleep()."
        )
    if not stop_heard and run.took is None:
        facts.append("STOP was sent, and nobody received it.")
        return _failed_task(run, facts) or Verdict(facts, _deaf(run))
    told = min([*run.times("sent", "control"), *stop_heard], default=float("inf"))
    if run.took is not None and run.took < told:
        facts.append(f"It returned after {ms(run.took)}, before STOP.")
        return Verdict(facts, "Go on until control has a message. Is everything awaited that it calls?")
    if hint := run.not_handed_on("tasks", "on_task"):
        return Verdict(facts, hint)
    first = max(run.delays("handled", "tasks")[:TRICKLE], default=0.0)
    facts.append(f"The first tasks waited {ms(first)} at most ({ms_of(FIRST_WITHIN)}).")
    if not run.resting(facts, "With nothing to do", *IDLE):
        return Verdict(facts, "It asks again and again: let the loop wait for both sockets at once.")
    if first > FIRST_WITHIN:
        return Verdict(facts, "Tasks waited while it slept: what does it await, and who ends that?")
    waited = run.between(told, stop_heard[0] if stop_heard else run.took)
    facts.append(f"STOP waited {ms(waited)} (at most {ms_of(STOP_WITHIN)}).")
    if waited > STOP_WITHIN:
        behind = sum(t > told for t in run.times("handled", "tasks"))
        return Verdict(
            facts,
            f"STOP waited behind ~{behind} tasks: await does not let the others run when the message is "
            "there already. After a task, give them their turn.",
        )
    if run.running:
        facts.append("It was still running 3 s later.")
        if run.count("recv control", end=told) > 1:
            return Verdict(
                facts,
                "STOP went to an earlier recv() that you no longer look at: keep one future for each socket.",
            )
        return Verdict(facts, "After STOP, return.")
    if too_slow(run, facts, told):
        return Verdict(
            facts, "Tasks waited while it awaited something else: wait for both at once, not in turn."
        )
    if stayed := stays_on(run, facts, told):
        return stayed
    if left := run.facts.get("left running"):
        facts.append(f"When it returned, {left} of its tasks and futures had not ended.")
        return Verdict(facts, "End what you start: cancel() it, and wait until it has ended.")
    if run.facts["result"] != str(len(handled)):
        return Verdict([*facts, f"It returned {run.facts['result']}."], "Return the number of tasks done.")
    if lost := lost_task(run, facts):
        return lost
    facts = [*facts, "It returned the number of tasks that it had done, and left nothing running."]
    verdict = in_silence(run, facts)
    return verdict if verdict.hint else _beside_another_duty(run.again, verdict.facts)


def _beside_another_duty(run: Run, facts: list[str]) -> Verdict:
    """In silence the loop is there for others, too.

    On a crowded machine it may stand still by itself: it counts what the function slept in, but for the loop.
    """
    moments = [0.0, *run.times("tick", "another duty"), run.took]
    gaps = pairwise(sorted(moments))
    longest = max(run.slept_without("loop", sooner, later) for sooner, later in gaps)
    facts = [
        *facts,
        f"Meanwhile it held up another duty of the loop for {ms(longest)} (at most {ms_of(_HELD_UP)}).",
    ]
    if longest > _HELD_UP:
        return Verdict(
            facts, "It blocks the loop while it waits, and nobody else gets a turn: what waits without await?"
        )
    return Verdict(facts, None)


def _remedy(run: Run) -> str:
    if "asyncio.run()" in run.raised:
        return "It runs in a loop already: await what you want to wait for."
    if "'await' expression" in run.raised:
        return "This cannot be awaited. on_task is a plain function: call it, as in 04."
    if "TimeoutError" in run.raised:
        return "wait_for raises TimeoutError when its time is up. Does the wait need a timeout at all?"
    if "Again" in run.raised:
        return "With NOBLOCK, Again says that the queue is empty. Leave NOBLOCK out, and await."
    return run.remedy


def _tasks_waited(run: Run, facts: list[str]) -> Verdict:
    """The trickle was not handled as it came."""
    if failed := _failed_task(run, facts):
        return failed
    if run.count("naps") > 5 or (run.inside and run.inside[0] == "sleep"):
        return Verdict(
            facts, "time.sleep() stops the loop, and with it every other task: await asyncio.sleep()."
        )
    facts.append(f"A task that was there waited {ms(run.longest_wait('received', 'tasks'))}.")
    if run.count("long wait_for"):
        return Verdict(
            facts, "wait_for takes seconds, and 100 of them are long. Wait for both at once instead."
        )
    if run.running and run.inside != ("select", "loop") and run.count("loop rounds") < 20:
        return Verdict(
            facts, "The loop stood still: what in your function waits, or goes round, without await?"
        )
    if run.count("recv control"):
        return Verdict(facts, "A silent control held the tasks up: wait for both at once, not in turn.")
    return Verdict(facts, run.not_handed_on("tasks", "on_task") or "Nothing was done about them.")


def _failed_task(run: Run, facts: list[str]) -> Verdict | None:
    if "a task raised" not in run.facts:
        return None
    text, line = run.facts["a task raised"]
    facts = [*facts, f"An asyncio task of its own raised {text}, in the line `{line}`."]
    return Verdict(
        facts, "Nobody is told of that until the task is awaited. Mend the line, and await the task."
    )


def _deaf(run: Run) -> str:
    if run.inside != ("select", "loop"):
        return "The loop stood still: what in your function waits, or goes round, without await?"
    return "What waits for control? When it has a message, return."
