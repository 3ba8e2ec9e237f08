"""13: a server that loses a wake-up is cured, and not hidden under a timeout."""

import select
import time

import zmq

from . import ward
from .harness import Harness
from .run import MOST_SHARE, STOP_WITHIN, Run, Verdict, ms_of, percent, percent_of

LIMIT = 6.0
AVAILABLE = hasattr(select, "epoll")  # elsewhere, the doctor does not look for lost wake-ups
_ANSWER = 0.015  # seconds
_QUESTIONS = [30, 60, *(begin + gap for begin in range(100, 400, 75) for gap in (0, 10, 20))]  # ms
_SILENT = (0.65, 0.9)  # seconds: all may have been answered by 0.39, on a machine that has nothing else to do
_STOP = 0.95  # seconds
_LATE, _MOST_LATE, _MOST_WAITS = 0.015, 1, 10
_LATEST_ANSWER = 0.25  # seconds; three at once take 0.045
ASKS = (ms_of(_LATE), f"{_MOST_WAITS} times", percent_of(MOST_SHARE), ms_of(STOP_WITHIN))
_real_sleep = time.sleep  # the doctor does not see it: it stands for work


def patient(server, answer, stop):
    """As it stands in the notebook."""
    while not stop.is_set():
        if select.select([server.fd], [], [], 0.2)[0]:
            questions = []
            while server.events & zmq.POLLIN:
                questions.append(server.recv(zmq.NOBLOCK))
            for question in questions:
                server.send(answer(question))


def scene(job, send) -> None:
    """Questions one by one, and then three at a time, each while the one before is answered."""
    ward.treat(job, send, patient, _play, seconds=1.55)


def _play(harness: Harness, function) -> None:
    def answer(question):
        _real_sleep(_ANSWER)
        return question

    with (
        harness.socket(zmq.PAIR, "questions") as server,
        harness.context.socket(zmq.PAIR) as page,
    ):
        address = f"inproc://page of {id(harness)}"
        server.bind(address)
        page.connect(address)

        def ask(number: int) -> None:
            harness.mark("sent", "questions", number)
            page.send(b"%d" % number)

        at: dict = {0.001 * moment: (lambda n=n: ask(n)) for n, moment in enumerate(_QUESTIONS)}
        harness.at(at | {_STOP: harness.tell_to_stop})
        harness.call(function, server, answer, harness.stop)
        _real_sleep(max(0.0, _STOP + 0.05 - harness.now))  # until the page has asked all


def judge(run: Run) -> Verdict:
    """It must answer all, none while it sleeps, and not wake up to look."""
    answered = run.numbers("passed on", "questions")
    facts = [f"Questions answered: ~{len(answered)} of {len(_QUESTIONS)}."]
    if run.raised:
        hint = "Again says that nothing is there: ask events first." if "Again" in run.raised else run.remedy
        return Verdict([*facts, run.error], hint)
    if early := run.ended_early(facts):
        return early
    lost = "A send takes in news: ask again before it sleeps, or a question lies there, and nothing rings."
    if len(answered) == len(_QUESTIONS):
        lost = "A timeout over a lost wake-up: late in place of never. Ask again before it sleeps."
    if sick := ward.diagnosed(run, facts, {"lost wake-up": lost}):
        return sick
    if run.running:
        return Verdict([*facts, "It was still running long after stop was set."], run.deaf_to_stop)
    waits = sum(run.count(what, *_SILENT) for what in ("selects", "polls", "naps", "socket.poll"))
    share = run.share(*_SILENT)
    facts.append(
        f"In {ms_of(_SILENT[1] - _SILENT[0])} of silence it looked ~{waits} times (at most {_MOST_WAITS}), "
        f"at {percent(share)} of a core (at most {percent_of(MOST_SHARE)})."
    )
    late = sum(seconds > _LATE for seconds in _lying_there(run))
    # On a crowded machine it looks less often, and its sleeps are as short as ever.
    longest = run.longest_sleep_without("questions", *_SILENT)
    naps = waits > 1 and longest < (_SILENT[1] - _SILENT[0]) / _MOST_WAITS
    if waits > _MOST_WAITS or share > MOST_SHARE or naps:
        return Verdict(facts, "A short timeout hides what does not wake it: let it ask before it sleeps.")
    if answered != list(range(len(_QUESTIONS))):
        return Verdict(facts, "Each question gets one answer, in the order in which they came.")
    taken = zip(run.times("received", "questions"), run.times("passed on", "questions"), strict=True)
    if max(run.between(received, sent) for received, sent in taken) > _LATEST_ANSWER:
        return Verdict(facts, "Answer each question before it sleeps again: the page is waiting.")
    facts.append(f"Questions that lay there for over {ms_of(_LATE)} while it slept: ~{late}.")
    if late > _MOST_LATE:
        return Verdict(facts, "What ends its sleep, when a question comes?")
    return run.stopping(facts)


def _lying_there(run: Run) -> list[float]:
    """For how long each question was there while nothing else was being answered."""
    sent = dict(zip(run.numbers("sent", "questions"), run.times("sent", "questions"), strict=True))
    received = dict(
        zip(run.numbers("received", "questions"), run.times("received", "questions"), strict=True)
    )
    ends = [0.0, *run.times("passed on", "questions")]
    waits = []
    for number, moment in received.items():
        free = max([sent.get(number, moment), *(end for end in ends if end <= moment)])
        waits.append(run.between(free, moment))
    return waits
