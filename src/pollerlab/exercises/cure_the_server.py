"""12: a server that asks all the time is cured, and stays as quick as it was."""

import statistics

import zmq

from ..scenery import peers
from . import ward
from .harness import Harness
from .run import MOST_SHARE, MOST_WAKES, Run, Verdict, ms, ms_of, percent_of

LIMIT = 6.0
_USERS = [10, 30, 50, 70, *range(420, 480, 10), *[500] * 10]  # ms
_SILENT = (0.1, 0.4)  # seconds
_BOSS, _LATEST_BOSS = 0.5, 1.6  # seconds: as soon as all are answered, or even if they are not
_TYPICAL, _BOSS_WITHIN = 0.005, 0.05  # seconds
_MOST_NAPS = 5
ASKS = (ms_of(_TYPICAL), ms_of(_BOSS_WITHIN), percent_of(MOST_SHARE), f"{MOST_WAKES} times a second")


def patient(users, boss, answers):
    """As it stands in the notebook."""
    while True:
        for inbox in (users, boss):
            try:
                message = inbox.recv(zmq.NOBLOCK)
            except zmq.Again:
                continue
            if inbox is boss:
                return
            answers.send(message)


def scene(job, send) -> None:
    """Some users, silence, more of them, ten at once, and the boss: for the patient, and for the reader's."""
    ward.treat(job, send, patient, _play, seconds=2.1)


def _play(harness: Harness, function) -> None:
    with (
        harness.peer(_USERS) as users,
        peers.Sink(bind="inproc://*", context=harness.context) as sink,
        harness.context.socket(zmq.PUSH) as boss,
        harness.socket(zmq.PULL, "users") as inbox,
        harness.socket(zmq.PULL, "boss") as told,
        harness.socket(zmq.PUSH, "answers") as answers,
    ):
        boss.linger = 0
        boss.bind(f"inproc://boss of {id(harness)}")
        told.connect(f"inproc://boss of {id(harness)}")
        inbox.connect(users.address)
        answers.connect(sink.address)

        def speak() -> None:
            harness.wait_for(lambda: len(sink.received) >= len(_USERS), _LATEST_BOSS)
            harness.sleep(0.01)  # it waits again, and be it for users alone
            harness.mark_sent("users", users.sent)
            harness.mark("sent", "boss", 0)
            boss.send(b"0")
            harness.mark("said", "boss", 0)

        harness.at({_BOSS: speak})
        harness.call(function, inbox, told, answers)


def judge(run: Run) -> Verdict:
    """It must answer all, at once, hear the boss, and sleep when there is nothing to do."""
    answered = run.numbers("passed on", "answers")
    facts = [f"Users answered: ~{len(answered)} of {len(_USERS)}."]
    if run.raised:
        hint = "Again says that nothing is there: catch it." if "Again" in run.raised else run.remedy
        return Verdict([*facts, run.error], hint)
    told = min(run.times("sent", "boss"), default=float("inf"))
    if run.took is not None and run.took < told:
        facts.append(f"It returned after {ms(run.took)}, and the boss had not spoken.")
        return Verdict(facts, "Go on until there is a message of the boss.")
    masks = {
        "spins": ward.STILL_ASKS,  # there is no work that may look like it
        "never registered": "The boss has spoken, and is in no poller: wait for both.",
        "deaf": "While it waits for the one, it is deaf to the other: wait for both in a poller.",
    }
    if sick := ward.diagnosed(run, facts, masks):
        return sick
    if run.running:
        return Verdict(
            [*facts, "It was still running long after the boss had spoken."], "What does it wait for?"
        )
    if answered != list(range(len(_USERS))):
        return Verdict(facts, "Each message of a user gets one answer, in order: that message.")
    if (naps := run.count("naps")) > _MOST_NAPS:
        return Verdict([*facts, f"It took ~{naps} naps."], ward.NAPS)
    if not run.resting(facts, "With nothing to do", *_SILENT):
        return Verdict(facts, ward.STILL_ASKS)
    waited = statistics.median(run.delays("received", "users"))
    facts.append(f"The typical message of a user waited {ms(waited)} (at most {ms_of(_TYPICAL)}).")
    said = min(run.times("said", "boss"), default=told)
    heard = min(run.times("received", "boss"), default=run.took)
    boss_waited = max(0.0, run.between(said, heard))
    facts.append(f"The boss waited {ms(boss_waited)} (at most {ms_of(_BOSS_WITHIN)}).")
    if (deaf := run.longest_sleep_without("boss", said, heard)) > _BOSS_WITHIN:
        facts.append(f"It slept for {ms(deaf)} in a wait that the boss could not end.")
    if max(boss_waited, deaf) > _BOSS_WITHIN or waited > _TYPICAL:
        return Verdict(facts, "What ends its sleep, when a message comes?")
    ward.compared(run, facts)
    return Verdict([*facts, "The doctor finds nothing."], None)
