"""10: tasks and control in one event loop, with STOP heard in time and nothing left running."""

from .harness import Harness
from .run import Run, Verdict, ms, percent
from .serve_both import IDLE, QUEUED, TRICKLE, play

ASYNC = True
LIMIT = 4.0


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
    first = run.delays("handled", "tasks")[:TRICKLE]
    facts.append(f"The first tasks waited {ms(max(first, default=0.0))} at most.")
    idle, rounds = run.share(*IDLE), run.count("loop rounds", *IDLE)
    if idle > 0.3 or rounds > 100:
        facts.append(
            f"With nothing to do, the loop went round ~{rounds} times, at {percent(idle)} of a core."
        )
        return Verdict(facts, "It asks again and again: let the loop wait for both sockets at once.")
    facts.append(f"With nothing to do, it used {percent(idle)} of a core.")
    waited = (stop_heard[0] if stop_heard else run.took) - told
    facts.append(f"STOP waited {ms(waited)}.")
    if waited > 0.15:
        behind = sum(t > told for t in run.times("handled", "tasks"))
        return Verdict(
            facts,
            f"STOP waited behind ~{behind} tasks: await does not let the others run when the message is "
            "there already. After a task, give them their turn.",
        )
    if run.running:
        return Verdict([*facts, "It was still running 3 s later."], "After STOP, return.")
    if run.took - told > 0.25:
        facts.append(f"It returned {ms(run.took - told - waited)} after that.")
        return Verdict(facts, "After STOP, return: the tasks that are left are not yours any more.")
    if left := run.facts.get("left running"):
        facts.append(f"When it returned, {left} of its asyncio tasks had not ended.")
        return Verdict(facts, "End what you start: cancel() it, and wait until it has ended.")
    if run.facts["result"] != str(len(handled)):
        return Verdict([*facts, f"It returned {run.facts['result']}."], "Return the number of tasks done.")
    return Verdict(
        [*facts, "It returned the number of tasks that it had done, and left nothing running."], None
    )


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
