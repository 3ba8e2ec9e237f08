"""04: tasks and control on one poller, and STOP heard in time."""

from collections.abc import Callable

import zmq

from ..scenery import peers
from .harness import Harness
from .run import MOST_SHARE, MOST_WAKES, Run, Verdict, ms, ms_of, percent_of

LIMIT = 4.0
TRICKLE, QUEUED = 8, 600
_MOMENTS = [40 * n for n in range(TRICKLE)] + [800] * QUEUED  # ms
IDLE = (0.4, 0.75)  # seconds
BURST = 0.8  # seconds: when the many are sent
_STOP_MS = 900  # or so long after the last of these, if the machine is crowded
_LATEST_BURST = 2.0  # seconds
_SILENT = [0, 20, 250]  # ms: two tasks, and STOP
FIRST_WITHIN, STOP_WITHIN, RETURN_WITHIN = 0.15, 0.15, 0.25  # seconds: the first tasks, STOP, the end
_PACE = 0.01  # seconds: while tasks wait, one is done in this time
ASKS = (
    ms_of(FIRST_WITHIN),
    f"every {ms_of(_PACE)}",
    percent_of(MOST_SHARE),
    f"{MOST_WAKES} times a second",
    ms_of(STOP_WITHIN),
    ms_of(RETURN_WITHIN),
)


def scene(job, send) -> None:
    """A trickle of tasks, silence, then 600 tasks at once, and STOP 100 ms later; then STOP in silence."""
    harness = Harness(job, send)
    play(harness, harness.socket, harness.call)


def play(harness: Harness, make_socket: Callable, call: Callable) -> None:
    """Do so with the sockets that *make_socket* makes, and a function that *call* calls."""
    function = harness.load()

    note = harness.handler("tasks")

    def on_task(task) -> None:
        begin = harness.now
        harness.sleep(0.001)
        note(task)
        harness.helped("tasks", begin)

    tasks, control = make_socket(zmq.PULL, "tasks"), make_socket(zmq.PULL, "control")

    def when_all_are_there():
        harness.wait_for(lambda: harness.returned or len(source.sent) >= len(_MOMENTS), _LATEST_BURST)
        yield max(_STOP_MS, 1000 * harness.now + _STOP_MS - 1000 * BURST)

    with harness.peer(_MOMENTS) as source, harness.peer(when_all_are_there()) as boss, tasks, control:
        tasks.connect(source.address)
        control.connect(boss.address)

        def note_what_was_sent() -> None:
            harness.mark_sent("tasks", source.sent)
            harness.mark_sent("control", boss.sent)

        # For a function that never returns.
        harness.at({1.0: note_what_was_sent, _LATEST_BURST + 0.2: note_what_was_sent})
        harness.fact("result", str(call(function, tasks, control, on_task)))
        _let_it_note(harness, boss, _STOP_MS)
        note_what_was_sent()
        heard = bool(boss.sent) and harness.returned
    if heard:
        _in_silence(harness, function, make_socket, call)


def _let_it_note(harness: Harness, boss: peers.Push, due_ms: float) -> None:
    """Wait until the boss has noted its message, if that is due: it does so after it has sent it."""
    if harness.now > 0.001 * due_ms - 0.1:
        harness.wait_for(lambda: bool(boss.sent), harness.now + 0.5)


def _in_silence(harness: Harness, function: Callable, make_socket: Callable, call: Callable) -> None:
    harness.again()
    tasks, control = make_socket(zmq.PULL, "tasks"), make_socket(zmq.PULL, "control")
    with harness.peer(_SILENT[:2]) as source, harness.peer(_SILENT[2:]) as boss, tasks, control:
        tasks.connect(source.address)
        control.connect(boss.address)
        result = call(function, tasks, control, harness.handler("tasks"))
        harness.fact("result in silence", str(result))
        _let_it_note(harness, boss, _SILENT[-1])
        harness.mark_sent("control", boss.sent)


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
        if run.count("polls") < 3:
            return Verdict(facts, "It polled once: what is ready changes, so ask the poller in each round.")
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
    first = max(run.delays("handled", "tasks")[:TRICKLE], default=0.0)
    facts.append(f"The first tasks waited {ms(first)} at most ({ms_of(FIRST_WITHIN)}).")
    if not run.resting(facts, "With nothing to do", *IDLE):
        return Verdict(
            facts, "It asks again and again: let poll() wait. STOP ends the wait, so it needs no timeout."
        )
    if first > FIRST_WITHIN:
        return Verdict(facts, "Tasks waited while it slept: what is it that it sleeps in, and who wakes it?")
    waited = run.between(told, stop_heard[0] if stop_heard else run.took)
    facts.append(f"STOP waited {ms(waited)} (at most {ms_of(STOP_WITHIN)}).")
    if waited < STOP_WITHIN and run.took and (stayed := stays_on(run, facts, told)):
        return stayed
    if waited > STOP_WITHIN:
        behind = sum(t > told for t in run.times("handled", "tasks"))
        if run.count("asked control 1", 0.79) + run.count("asked control 3", 0.79) > 300:
            return Verdict(
                facts, f"STOP waited behind ~{behind} tasks: with elif, tasks come first until none is left."
            )
        if handled < TRICKLE + QUEUED:
            at_once = sum(BURST <= t <= (stop_heard or [told])[0] for t in run.times("handled", "tasks"))
            return Verdict(facts, f"It did ~{at_once} tasks before it looked at control: a smaller bound.")
        return Verdict(facts, "It emptied one queue before it looked at the other: drain with a bound.")
    if run.running:
        return Verdict([*facts, "It was still running 3 s later."], "After STOP, return.")
    if too_slow(run, facts, told):
        return Verdict(
            facts, "Tasks waited while it slept: wait for both with one poll(), which either ends."
        )
    if run.facts["threads left"]:
        return run.leaving_threads(facts)
    if run.facts["result"] != str(handled):
        return Verdict([*facts, f"It returned {run.facts['result']}."], "Return the number of tasks done.")
    if lost := lost_task(run, facts):
        return lost
    return in_silence(run, [*facts, "It returned the number of tasks that it had done."])


def too_slow(run: Run, facts: list[str], told: float) -> bool:
    """Whether tasks waited among the many, before it was *told*, while it slept; if so, *facts* say it.

    On a crowded machine few of them alone tell little.
    """
    begin = max(BURST, *run.times("sent", "tasks"))
    done = sum(begin < t <= told for t in run.times("handled", "tasks"))
    if not begin < told < float("inf") or done >= (told - begin) / _PACE - 1:
        return False
    slept = run.slept_without("tasks", begin, told) - run.helped_with("tasks", begin, told)
    if slept <= max(2 * _PACE, run.between(begin, told) / 2):
        return False
    facts.append(
        f"With {QUEUED} tasks there, it did ~{done} in {ms(told - begin)} (at least one every "
        f"{ms_of(_PACE)}), and slept for {ms(slept)}."
    )
    return True


def stays_on(run: Run, facts: list[str], told: float) -> Verdict | None:
    """The verdict on a function that returned long after it was *told*; None if it was soon."""
    after = run.between(told, run.took)
    if after <= RETURN_WITHIN:
        return None
    facts = [*facts, f"It returned {ms(after)} after STOP (at most {ms_of(RETURN_WITHIN)})."]
    return Verdict(facts, "After STOP, return: the tasks that are left are not yours any more.")


def lost_task(run: Run, facts: list[str]) -> Verdict | None:
    """The verdict on a function that returned with a task in hand; None if it did not."""
    lost = len(run.numbers("received", "tasks")) - len(run.numbers("handled", "tasks"))
    if lost <= 0:
        return None
    facts = [*facts, f"It had received {lost} more, which was not handed to on_task."]
    return Verdict(
        facts, "A task that it has received, nobody else has: at STOP, do that one first, and then return."
    )


def in_silence(run: Run, facts: list[str]) -> Verdict:
    """The verdict on a function that is right but for, perhaps, a STOP while there are no tasks."""
    silence = run.second
    if silence.raised:
        return Verdict([*facts, f"When STOP came in silence: {silence.error}"], silence.remedy)
    told = min(
        [*silence.times("sent", "control"), *silence.times("received", "control")], default=float("inf")
    )
    took = None if silence.took is None else silence.between(told, silence.took)
    if took is None or took > RETURN_WITHIN:
        facts = [*facts, "When STOP came in silence, it did not return."]
        return Verdict(facts, "STOP may come alone: what does it do when control is ready, and tasks is not?")
    if took < 0:
        facts = [*facts, f"In silence it returned after {ms(silence.took)}, before STOP."]
        return Verdict(facts, "Go on until control is ready.")
    if left := silence.facts.get("left running"):
        facts = [*facts, f"When STOP came in silence, it returned, and {left} of its futures had not ended."]
        return Verdict(facts, "End what you start: cancel() it, and wait until it has ended.")
    handled = len(silence.numbers("handled", "tasks"))
    if silence.facts["result in silence"] != str(handled):
        return Verdict([*facts, f"It returned {silence.returned}."], "Return the number of tasks done.")
    if lost := lost_task(silence, facts):
        return lost
    return Verdict([*facts, f"When STOP came in silence, it returned after {ms(took)}."], None)
