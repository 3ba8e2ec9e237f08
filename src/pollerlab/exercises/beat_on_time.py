"""09: a heartbeat by deadline, beside a peer that is silent, chatty and loud in turn."""

import statistics
import threading
from itertools import pairwise, starmap

import zmq

from .harness import FLOOD_WORK, Harness, number_of
from .run import MOST_SHARE, MOST_WAKES, STOP_WITHIN, Run, Verdict, ms, ms_of, percent_of

LIMIT = 6.0
_EVERY_MS = 80
_CHATTY, _LOUD = 0.65, 1.1  # seconds
_ALL_SENT, _LATEST_STOP = 1.9, 4.2  # seconds: the stop comes when all is handled, or even if it is not,
_REST = 0.5  # seconds later
_NO_MORE = 1.0  # seconds without a message, after which it is told to stop
_CHAT, _BURST = 40, 100
_HANG = 0.4  # seconds that on_message takes for the last message
_LONE = 3  # messages in the silence, each so many seconds after a heartbeat:
_AFTER_A_BEAT, _LATEST_LONE = 0.065, 0.45
_MOMENTS = [1000 * _CHATTY + 10 * n for n in range(_CHAT)] + [1000 * _LOUD] * (_BURST + 1)  # ms
_MESSAGES = _LONE + len(_MOMENTS)
_SILENT = (0.05, 0.62)  # seconds
_ASKED = 15  # questions between two snapshots, with nothing to do: one or two will do
_SELDOM, _OFTEN = 1.4, 0.7  # times what it should be
_WAITED_FOR_A_MESSAGE = 3  # times what it should be; each message makes a wait anew under 2
_LONGEST = 1.625  # times what it should be; a busy machine may hold up a heartbeat
ASKS = (
    f"{_LONGEST * _EVERY_MS:.0f} ms",
    percent_of(MOST_SHARE),
    f"{MOST_WAKES} times a second",
    ms_of(STOP_WITHIN),
)
_TOO_OFTEN = "It beats too often: the next one is due every_ms after the last."


def scene(job, send) -> None:
    """A few messages, one every 10 ms, a burst of 100 that take 3 ms each, one that hangs, and a stop.

    Then a flood.
    """
    harness = Harness(job, send)
    function = harness.load()
    note = harness.handler("sock")
    handled = 0

    def on_message(message) -> None:
        nonlocal handled
        number = number_of(message) or 0
        if number == _MESSAGES - 1:
            harness.mark("hung", "begin")
            harness.sleep(_HANG)
            harness.mark("hung", "end")
        elif number >= _LONE + _CHAT:
            harness.sleep(0.003)
        note(message)
        handled += 1

    has_beaten = threading.Event()

    def beat() -> None:
        harness.mark("beat", "beat")
        has_beaten.set()

    def moments():
        for _ in range(_LONE):
            has_beaten.wait(max(0, _LATEST_LONE - harness.now))
            has_beaten.clear()
            yield 1000 * min(harness.now + _AFTER_A_BEAT, _LATEST_LONE)
        yield from _MOMENTS

    def stop() -> None:
        before = -1
        while before < handled < _MESSAGES and harness.now < _LATEST_STOP:  # slowly, on a crowded machine
            before = handled
            patience = min(harness.now + _NO_MORE, _LATEST_STOP)
            harness.wait_for(lambda before=before: handled > before, patience)
        harness.sleep(_REST)
        harness.tell_to_stop()

    with harness.peer(moments()) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        harness.at({_ALL_SENT: stop})
        harness.call(function, sock, beat, _EVERY_MS, on_message, harness.stop)
    if harness.stopped:
        with harness.flood("sock") as sock:
            on_message = harness.handler("sock", work=FLOOD_WORK)
            harness.call(function, sock, beat, _EVERY_MS, on_message, harness.stop)


def judge(run: Run) -> Verdict:
    """A heartbeat every 80 ms, whatever comes; asleep when nothing does; and stopped when told to."""
    beats = run.times("beat", "beat")
    in_time = sum(beat <= run.told for beat in beats)
    due = 1 + 1000 * (min(run.told, _LATEST_STOP) - _HANG) // _EVERY_MS  # the first at once
    facts = [f"Until it was told to stop, it called beat ~{in_time} times; ~{due:.0f} were due."]
    if meanwhile := _beats_while_it_hung(run, beats):
        facts.append(f"While on_message hung for {ms_of(_HANG)}, beat was called ~{meanwhile} times.")
        return Verdict(
            facts,
            "A heart with a thread of its own goes on while the loop hangs, and tells the boss a lie: "
            "beat in the thread that does the work.",
        )
    if run.raised:
        return Verdict([*facts, run.error], run.remedy)
    if early := run.ended_early(facts):
        return early
    if run.running and run.inside and run.inside[0] == "recv":
        return Verdict([*facts, "It is still inside recv()."], "Receive only what poll() has found.")
    if run.running and run.inside and run.inside[0] == "poll":
        facts.append(f"It is still inside poll({run.inside[1]}).")
        if run.inside[1] != "None" and 0 <= float(run.inside[1]) <= _EVERY_MS:
            return Verdict(facts, run.deaf_to_stop)
        if run.inside[1].startswith("-"):
            return Verdict(
                facts, "The deadline had passed, and a negative timeout means for ever: max(0, ...)."
            )
        return Verdict(facts, "How long may it wait? Until the next heartbeat is due, in milliseconds.")
    if hint := run.not_handed_on("sock", "on_message"):
        return Verdict(facts, hint)
    if not beats:
        return Verdict(facts, "beat was never called: when is a heartbeat due, and which line calls beat()?")
    if run.count("naps") > 3:
        return Verdict(
            facts, "It naps: let poll() wait, for a message or for the time of the next heartbeat."
        )
    handled = len(run.times("handled", "sock"))
    if handled < 0.9 * _MESSAGES or not run.times("hung", "end"):
        facts.append(f"It handed on ~{handled} of {_MESSAGES} messages in time.")
        return Verdict(facts, "Messages wait while it sleeps elsewhere: wait in poll() alone, for both.")
    if not run.resting(facts, "With nothing to do", *_SILENT):
        gaps = [later - sooner for sooner, later in pairwise(beats) if _SILENT[0] < sooner < _SILENT[1]]
        if gaps and 0.1 < statistics.median(gaps) / (_EVERY_MS / 1000) < _OFTEN:
            return Verdict(facts, _TOO_OFTEN)
        if run.count("polls below 1 ms"):
            return Verdict(facts, "A timeout of under 1 became 0: poll() takes whole milliseconds.")
        return Verdict(facts, "It asks again and again: let poll() wait until the next heartbeat is due.")
    chat = run.times("handled", "sock")[_LONE : _LONE + _CHAT]
    during = sum(chat[0] < beat < chat[-1] for beat in beats)
    if during > 3 * (chat[-1] - chat[0]) / (_EVERY_MS / 1000):
        facts.append(f"While ~{_CHAT} messages came, it called beat ~{during} times.")
        return Verdict(facts, "A heartbeat for each message is too many: look at the clock, is one due?")
    return _on_time(run, beats, facts)


def _on_time(run: Run, beats: list[float], facts: list[str]) -> Verdict:
    handled = run.times("handled", "sock")
    chat, burst = handled[_LONE : _LONE + _CHAT], handled[_LONE + _CHAT : -1]
    hung = run.times("hung", "begin")[0], run.times("hung", "end")[0]
    longest = max(_longest_gap(run, beats, 0.0, hung[0]), _longest_gap(run, beats, hung[1], run.told))
    most = _LONGEST * _EVERY_MS / 1000
    facts.append(
        f"But for a message that took {ms_of(_HANG)}, the longest time without a heartbeat was {ms(longest)} "
        f"(at most {ms_of(most)})."
    )
    pairs = [(sooner, later) for sooner, later in pairwise(beats) if later < hung[0]]
    seldom = _SELDOM * _EVERY_MS / 1000
    # Whatever else runs, no time is shorter than was meant; the second leaves out the waits for a core.
    if (
        pairs
        and min(end - begin for begin, end in pairs) > seldom
        and statistics.median(starmap(run.between, pairs)) > seldom
    ):
        return Verdict(facts, "It beats too seldom: the next one is due every_ms after the last.")
    if pairs and statistics.median(later - sooner for sooner, later in pairs) < _OFTEN * _EVERY_MS / 1000:
        return Verdict(facts, _TOO_OFTEN)
    in_silence = _longest_gap(run, beats, 0.0, chat[0])
    if longest > most and run.count("polls below 0"):
        return Verdict(
            facts,
            "A timeout below 0 means for ever, be it -0.001, when the time has just passed: max(0, ...).",
        )
    if in_silence > _WAITED_FOR_A_MESSAGE * _EVERY_MS / 1000:
        return Verdict(facts, "The heartbeat waited for a message: what ends poll() when none comes?")
    if in_silence > most or _longest_gap(run, beats, chat[0], chat[-1]) > most:
        return Verdict(
            facts, "Each message started the wait anew: write down when the next heartbeat is due."
        )
    if _longest_gap(run, beats, burst[0], burst[-1]) > most:
        return Verdict(facts, "It emptied the queue first: look at the clock after each message.")
    if longest > most:
        return Verdict(
            facts, "How long does it wait at most? Until the next heartbeat is due, each time anew."
        )
    asked = max(run.most_at_once("waits", *_SILENT), run.most_at_once("waits", hung[1] + 0.05, run.told))
    if asked > _ASKED or run.count("polls below 1 ms"):
        facts.append(f"Shortly before a heartbeat, it looked at the socket again and again, ~{asked} times.")
        return Verdict(facts, "The last part of a millisecond became 0, and it spins: round up.")
    return run.stopping_in_a_flood(facts, "sock")


def _beats_while_it_hung(run: Run, beats: list[float]) -> int:
    """How many, but for one that may have been on its way."""
    begin = next(iter(run.times("hung", "begin")), float("inf"))
    end = next(iter(run.times("hung", "end")), float("inf"))
    return max(0, sum(begin < beat < end for beat in beats) - 1)


def _longest_gap(run: Run, beats: list[float], begin: float, end: float) -> float:
    ends = [begin, *(beat for beat in beats if begin < beat < end), end]
    return max(run.between(sooner, later) for sooner, later in pairwise(ends))
