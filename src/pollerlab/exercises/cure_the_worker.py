"""12: a worker that gives no sign of life while it works is cured, and does not lie when it hangs."""

import time
from itertools import pairwise

import zmq

from ..scenery import peers
from . import ward
from .harness import Harness, number_of
from .run import MOST_SHARE, STOP_WITHIN, Run, Verdict, ms, ms_of, percent_of

LIMIT = 8.0
_EVERY = 0.06  # seconds
_CHAT, _BURST = 20, 70
_TASKS = [*(500 + 15 * n for n in range(_CHAT)), *[820] * _BURST, 840]  # ms; at the last one it hangs
_WORK, _HANG = 0.003, 0.25  # seconds
_SILENT = (0.15, 0.48)  # seconds
_STOP, _LATEST_STOP = 1.6, 2.5  # seconds: when all is done, or even if it is not
_LONGEST = 2.5 * _EVERY
_MOST_OVERDUE = 5  # tasks that are begun though a sign is due: on a busy machine a gap may be long without
_SOON = 0.03  # seconds after a task: then a sign was due, and was not put off by that task
ASKS = (ms_of(_LONGEST), percent_of(MOST_SHARE), ms_of(STOP_WITHIN))
_real_sleep = time.sleep  # the doctor does not see it: it stands for work


def patient(tasks, boss, do, stop):
    """As it stands in the notebook."""
    while not stop.is_set():
        if tasks.poll(60):
            do(tasks.recv())
        else:
            boss.send(b"alive")


def scene(job, send) -> None:
    """Silence, a task every 15 ms, many at once, one that hangs, silence, and a stop."""
    ward.treat(job, send, patient, _play, seconds=2.9)


def _play(harness: Harness, function) -> None:
    done: list = []

    def do(task) -> None:
        number = number_of(task)
        harness.mark("begun", "tasks", number)
        _real_sleep(_HANG if number == len(_TASKS) - 1 else _WORK)
        harness.mark("handled", "tasks", number)
        done.append(number)

    def stop() -> None:
        harness.wait_for(lambda: len(done) >= len(_TASKS), _LATEST_STOP)
        harness.tell_to_stop()

    with (
        harness.peer(_TASKS) as source,
        peers.Sink(bind="inproc://*", context=harness.context) as sink,
        harness.socket(zmq.PULL, "tasks") as tasks,
        harness.socket(zmq.PUSH, "boss") as boss,
    ):
        tasks.connect(source.address)
        boss.connect(sink.address)
        harness.at({_STOP: stop})
        harness.call(function, tasks, boss, do, harness.stop)


def judge(run: Run) -> Verdict:
    """A sign of life every 60 ms, whatever comes, and none while it hangs."""
    signs, begun, done = (
        run.times("passed on", "boss"),
        run.times("begun", "tasks"),
        run.times("handled", "tasks"),
    )
    facts = [f"Tasks done: ~{len(done)} of {len(_TASKS)}; signs of life: ~{len(signs)}."]
    if run.raised:
        return Verdict([*facts, run.error], run.remedy)
    if early := run.ended_early(facts):
        return early
    if len(done) == len(_TASKS):
        lies = sum(begun[-1] + 0.01 < sign < done[-1] - 0.01 for sign in signs)
        if lies:
            facts.append(f"A task hung for {ms(_HANG)}, and ~{lies} signs of life went out meanwhile.")
            return Verdict(
                facts,
                "The boss is told a lie: let the loop that does the work send them, and no other thread.",
            )
    put_off = "Each task starts its 60 ms anew: write down when the next sign is due, and look at the clock."
    no_look = "It does all that is there before it looks at the clock again: look at it after each task."
    if run.running:
        where = run.deaf_to_stop if run.inside != ("poll", "-1") else "A negative timeout means for ever."
        return Verdict([*facts, "It was still running long after stop was set."], where)
    if run.numbers("begun", "tasks") != list(range(len(_TASKS))):
        return Verdict(facts, "Each task is done once, in order, by do(task).")
    silent = sum(_SILENT[0] <= sign <= _SILENT[1] for sign in signs)
    if silent > 20 or any(
        sum(first < sign < last for sign in signs) > 2 + 1.5 * (last - first) / _EVERY
        for first, last in (begun[:: _CHAT - 1][:2], (begun[_CHAT], begun[-2]))
    ):
        return Verdict(facts, "So many are no sign of life: one when it is due, and no other.")
    if not run.resting(facts, "With nothing to do", *_SILENT):
        return Verdict(
            facts, "Let poll() wait until the next sign is due, in whole milliseconds, rounded up."
        )
    gaps = list(pairwise([0.0, *(sign for sign in signs if sign < begun[-1]), begun[-1]]))
    longest = max(run.between(sooner, later) for sooner, later in gaps)
    facts.append(f"The longest time without a sign was {ms(longest)} (at most {ms_of(_LONGEST)}).")
    for sooner, later in gaps:
        overdue = sum(sooner + _EVERY < task < later for task in begun)
        asleep = sooner < _SILENT[1] and run.slept_without("tasks", sooner, later) > _LONGEST / 2
        if run.between(sooner, later) > _LONGEST and (asleep or overdue > _MOST_OVERDUE):
            return Verdict(facts, no_look if _keeps_a_clock(signs, begun, done) else put_off)
    if sick := ward.diagnosed(run, facts, {}):
        return sick
    return run.stopping(facts)


def _keeps_a_clock(signs: list[float], begun: list[float], done: list[float]) -> bool:
    """Whether a sign went out soon after a task: who waits anew after each task sends none then."""
    among = [sign for sign in signs if done[0] <= sign < begun[-1]]
    return any(sign - max(end for end in done if end <= sign) < _SOON for sign in among)
