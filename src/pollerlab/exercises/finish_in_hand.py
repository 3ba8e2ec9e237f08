"""09b: told to stop while it waits, and in the middle of a task: what is in hand is done and acknowledged."""

import socket
from contextlib import ExitStack

import zmq

from ..scenery import peers
from .harness import Harness
from .run import Run, Verdict, ms, ms_of, percent, percent_of

LIMIT = 5.0
_FEW, _MANY = 4, 600
_TOLD_AFTER = 0.6  # seconds, in silence
_IDLE = (0.2, 0.55)  # seconds
_TOLD_IN_TASK = 50  # of the many
_SOON, _MOST_IDLE, _MOST_MORE = 0.25, 0.2, 10  # seconds, of a core, tasks
_WENT_ON = "It went on after it was told: finish the task in hand, and return."
ASKS = (ms_of(_SOON), percent_of(_MOST_IDLE), f"{_MOST_MORE} more")


def scene(job, send) -> None:
    """A few tasks and silence, in which it is told to stop; then 600 tasks at once, and it is told in one."""
    harness = Harness(job, send)
    function = harness.load()
    note, handled = harness.handler("many"), 0

    def on_task(task) -> None:
        nonlocal handled
        handled += 1
        if handled == _TOLD_IN_TASK:
            tell("flood", in_flood)
        harness.sleep(0.002)
        note(task)

    def tell(when: str, told: socket.socket) -> None:
        harness.mark("told", when)
        told.send(b"\0")

    with ExitStack() as stack:
        enter, sink = stack.enter_context, stack.enter_context(peers.Sink())
        lanes = {}
        for lane, moments in {"few": [30 * n for n in range(_FEW)], "many": [0] * _MANY}.items():
            source = enter(peers.Push(moments))
            tasks, done = (
                enter(harness.socket(zmq.PULL, lane)),
                enter(harness.socket(zmq.PUSH, f"{lane}, done")),
            )
            done.connect(sink.address)
            lanes[lane] = source, tasks, done, *map(enter, socket.socketpair())

        def both() -> None:
            for lane, handle in {"few": harness.handler("few"), "many": on_task}.items():
                source, tasks, done, told, _ = lanes[lane]
                tasks.connect(source.address)
                function(tasks, done, told, handle)
                harness.mark("ended", lane)

        in_silence, in_flood = lanes["few"][-1], lanes["many"][-1]
        harness.at({_TOLD_AFTER: lambda: tell("silence", in_silence)})
        harness.call(both)


def judge(run: Run) -> Verdict:
    """It returns soon when it is told, with all that it received done and acknowledged, in this order."""
    for lane in ("few", "many"):
        if run.numbers("received", lane) and (hint := _out_of_order(run, lane)):
            return Verdict([f"It received ~{len(run.numbers('received', lane))} tasks."], hint)
    told = min(run.times("told", "silence"), default=float("inf"))
    ended = min(run.times("ended", "few"), default=float("inf"))
    if run.raised:
        return Verdict([run.error], run.remedy)
    if ended < told:
        return Verdict(
            [f"It returned after {ms(ended)}, before it was told to."], "Go on until told can be read."
        )
    if hint := run.not_handed_on("few", "on_task"):
        return Verdict([], hint)
    idle = run.share(*_IDLE)
    facts = [
        f"While it waited for a task, it used {percent(idle)} of a core (at most {percent_of(_MOST_IDLE)})."
    ]
    if idle > _MOST_IDLE:
        return Verdict(facts, "It asks all the time: let poll() wait. Both a task and told end the wait.")
    if run.took is None and ended == float("inf"):
        return Verdict([*facts, "It was told while it waited, and did not return."], _deaf(run, told))
    took = run.between(told, ended)
    facts.append(f"Told while it waited, it returned after {ms(took)} (at most {ms_of(_SOON)}).")
    if took > _SOON:
        return Verdict(facts, "told does not end the wait: register it with the poller.")
    return _in_hand(run, facts)


def _out_of_order(run: Run, lane: str) -> str | None:
    """The hint for acknowledgements that are missing, or come at another time than after the task."""
    handled = dict(zip(run.numbers("handled", lane), run.times("handled", lane), strict=True))
    acknowledged = run.numbers("passed on", f"{lane}, done")
    moments = dict(zip(acknowledged, run.times("passed on", f"{lane}, done"), strict=True))
    if handled and not acknowledged:
        return "It acknowledged none of them: send each task on done."
    if None in acknowledged or len(acknowledged) > len(moments):
        return "Something else was sent on done, or twice: send each task itself, once."
    if any(number not in handled or moments[number] < handled[number] for number in acknowledged):
        return "A task was acknowledged before it was done: if the program ends in between, it is lost."
    waiting = sum(min(moments.values()) > moment for moment in handled.values())
    if waiting > _MOST_MORE or (lane == "few" and waiting > 1):
        return "The acknowledgements came long after the tasks: send each as soon as its task is done."
    return None


def _deaf(run: Run, told: float) -> str:
    if not run.count("asked another 1") and not run.count("asked another 3"):
        return "The poller was never asked about told: register it."
    if run.count("polls", told + 0.1) > 100:
        return "poll() reports told again and again: a plain socket comes back as its number, told.fileno()."
    if any(moment > told for moment in run.times("found", "another")):
        return _WENT_ON
    return "Where does it look at told?"


def _in_hand(run: Run, facts: list[str]) -> Verdict:
    told = min(run.times("told", "flood"), default=float("inf"))
    handled, received = run.times("handled", "many"), run.numbers("received", "many")
    if told == float("inf"):
        return Verdict(
            [*facts, f"Of {_MANY} tasks at once, it did ~{len(handled)}, and was told nothing yet."],
            "Go on until told can be read.",
        )
    found = [moment for moment in run.times("found", "another") if moment > told]
    more = max(0, sum(moment > told for moment in handled) - 1)
    facts.append(f"Told in the middle of a task, it did that one and ~{more} more (at most {_MOST_MORE}).")
    if more > _MOST_MORE:
        if len(found) in (1, 2) and sum(moment > found[0] for moment in handled) > 1:
            return Verdict(facts, _WENT_ON)
        if run.count("asked another 1", handled[0]) > _MOST_MORE:
            return Verdict(
                facts, "Tasks come first as long as there are any: look for told first, in every round."
            )
        if len(handled) < _MANY:
            return Verdict(facts, f"It did ~{more + 1} tasks before it looked at told: a smaller bound.")
        return Verdict(facts, "It does all tasks that are there before it looks at told: drain with a bound.")
    if run.running:
        return Verdict([*facts, "It did not return."], "Where does it look at told?")
    acknowledged = run.numbers("passed on", "many, done")
    undone = len(received) - len(handled)
    if undone:
        facts.append(f"It had received {undone} more, which were not done.")
        return Verdict(
            facts, "What it has received, nobody else has: look at told before recv(), not after it."
        )
    if len(acknowledged) < len(handled):
        facts.append(f"{len(handled) - len(acknowledged)} of them were done and not acknowledged.")
        return Verdict(facts, "It returns between a task and its acknowledgement.")
    return Verdict([*facts, "All that it had received was done, and then acknowledged."], None)
