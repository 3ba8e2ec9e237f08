"""04: tasks and control on one poller, and STOP heard in time."""

from collections.abc import Callable

import zmq

from ..scenery import peers
from .harness import Harness
from .run import Run, Verdict, ms, percent

LIMIT = 4.0
TRICKLE, QUEUED = 8, 600
_MOMENTS = [40 * n for n in range(TRICKLE)] + [800] * QUEUED  # ms
IDLE = (0.4, 0.75)  # seconds
_STOP_MS = 850


def scene(job, send) -> None:
    """A trickle of tasks, silence, then 600 tasks at once, and STOP 50 ms later."""
    harness = Harness(job, send)
    play(harness, harness.socket, harness.call)


def play(harness: Harness, make_socket: Callable, call: Callable) -> None:
    """Do so with the sockets that *make_socket* makes, and a function that *call* calls."""
    function = harness.load()

    note = harness.handler("tasks")

    def on_task(task) -> None:
        harness.sleep(0.001)
        note(task)

    tasks, control = make_socket(zmq.PULL, "tasks"), make_socket(zmq.PULL, "control")
    with peers.Push(_MOMENTS) as source, peers.Push([_STOP_MS]) as boss, tasks, control:
        tasks.connect(source.address)
        control.connect(boss.address)

        def note_what_was_sent() -> None:
            harness.mark_sent("tasks", source.sent)
            harness.mark_sent("control", boss.sent)

        harness.at({1.0: note_what_was_sent})  # for a function that never returns
        harness.fact("result", str(call(function, tasks, control, on_task)))
        deadline = harness.now + 0.5
        while not boss.sent and harness.now < deadline and harness.now > 0.001 * _STOP_MS - 0.1:
            harness.sleep(0.001)  # a peer notes a message after it has sent it
        note_what_was_sent()


def judge(run: Run) -> Verdict:
    """It must sleep when idle, hear STOP within a batch, and say how many tasks it did."""
    handled = len(run.numbers("handled", "tasks"))
    facts = [f"Tasks handed to on_task: ~{handled} of {TRICKLE + QUEUED}."]
    stop_heard = run.times("received", "control")
    if run.raised:
        hint = "Again says that the queue is empty: catch it, and look up again."
        return Verdict([*facts, run.error], hint if "Again" in run.raised else run.remedy)
    before_the_burst = [t for t in run.times("handled", "tasks") if t < 0.75]
    if len(before_the_burst) < TRICKLE - 2 and (run.running or run.took > 0.8):
        if run.count("recv control") and not run.count("polls"):
            facts.append(f"A task that was there waited {ms(run.longest_wait('received', 'tasks'))}.")
            return Verdict(facts, "A silent control held the tasks up: wait for both with one poller.")
        hint = run.not_handed_on("tasks", "on_task")
        return Verdict(facts, hint or "Tasks that were there were not handed to on_task.")
    if not stop_heard and run.took is None:
        facts.append("STOP was sent, and nobody received it.")
        if not run.count("asked control 1") and not run.count("asked control 3"):
            return Verdict(facts, "The poller was never asked about control: register it.")
        return Verdict(facts, "When control is ready, receive from it, and return.")
    told = min([*run.times("sent", "control"), *stop_heard], default=float("inf"))
    if run.took is not None and run.took < told:
        return Verdict(
            [*facts, f"It returned after {ms(run.took)}, before STOP."], "Go on until control is ready."
        )
    if hint := run.not_handed_on("tasks", "on_task"):
        return Verdict(facts, hint)
    if run.count("ms in recv tasks") > 200:
        facts.append("It sat inside recv() of tasks while there were none.")
        return Verdict(facts, "There it is deaf to control: receive only what poll() has reported.")
    idle = run.share(*IDLE)
    first = run.delays("handled", "tasks")[:TRICKLE]
    facts.append(f"The first tasks waited {ms(max(first, default=0.0))} at most.")
    facts.append(f"With nothing to do, it used {percent(idle)} of a core.")
    if idle > 0.3:
        return Verdict(
            facts, "It asks all the time: let poll() wait. STOP ends the wait, so it needs no timeout."
        )
    waited = (stop_heard[0] if stop_heard else run.took) - told
    facts.append(f"STOP waited {ms(waited)}.")
    if waited < 0.15 and run.took and run.took - told > 0.25:
        facts.append(f"It returned {ms(run.took - told - waited)} after that.")
        return Verdict(facts, "After STOP, return: the tasks that are left are not yours any more.")
    if waited > 0.15:
        behind = sum(t > told for t in run.times("handled", "tasks"))
        if run.count("polls", 0.79) > 300:
            return Verdict(
                facts, f"STOP waited behind ~{behind} tasks: with elif, tasks come first until none is left."
            )
        return Verdict(facts, "It emptied one queue before it looked at the other: drain with a bound.")
    if run.running:
        return Verdict([*facts, "It was still running 3 s later."], "After STOP, return.")
    if run.facts["result"] != str(handled):
        return Verdict([*facts, f"It returned {run.facts['result']}."], "Return the number of tasks done.")
    return Verdict([*facts, "It returned the number of tasks that it had done."], None)
