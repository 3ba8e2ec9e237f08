"""09: a heartbeat by deadline, beside a peer that is silent, chatty and loud in turn."""

from itertools import pairwise

import zmq

from ..scenery import peers
from .harness import Harness, number_of
from .run import Run, Verdict, ms, percent

LIMIT = 4.0
_EVERY_MS = 80
_CHATTY, _LOUD = 0.35, 0.8  # seconds
_STOP, _LATEST_STOP = 1.3, 2.3  # seconds: when all is handled, or even if it is not
_CHAT, _BURST = 40, 100
_MOMENTS = [1000 * _CHATTY + 10 * n for n in range(_CHAT)] + [1000 * _LOUD] * _BURST  # ms
_SILENT = (0.1, 0.3)  # seconds
_LONGEST = 2.5  # times what it should be; a busy machine may hold up a heartbeat


def scene(job, send) -> None:
    """Silence, messages every 10 ms, a burst of 100 that take 3 ms each, silence, and a stop."""
    harness = Harness(job, send)
    function = harness.load()
    note = harness.handler("sock")
    handled = 0

    def on_message(message) -> None:
        nonlocal handled
        if (number_of(message) or 0) >= _CHAT:
            harness.sleep(0.003)
        note(message)
        handled += 1

    def stop() -> None:
        while handled < len(_MOMENTS) and harness.now < _LATEST_STOP:
            harness.sleep(0.01)
        harness.tell_to_stop()

    with peers.Push(_MOMENTS) as peer, harness.socket(zmq.PULL, "sock") as sock:
        sock.connect(peer.address)
        harness.at({_STOP: stop})
        harness.call(
            function, sock, lambda: harness.mark("beat", "beat"), _EVERY_MS, on_message, harness.stop
        )


def judge(run: Run) -> Verdict:
    """A heartbeat every 80 ms, whatever comes; asleep when nothing does; and stopped when told to."""
    beats = run.times("beat", "beat")
    in_time = sum(beat <= run.told for beat in beats)
    due = 1 + 1000 * min(run.told, _LATEST_STOP) // _EVERY_MS  # the first at once
    facts = [f"Until it was told to stop, it called beat ~{in_time} times; ~{due:.0f} were due."]
    if run.raised:
        return Verdict([*facts, run.error], run.remedy)
    if run.took is not None and run.took < run.told:
        facts.append(f"It returned after {ms(run.took)}, before it was told to.")
        return Verdict(facts, "Go on until stop.is_set().")
    if run.running and run.inside and run.inside[0] == "recv":
        return Verdict([*facts, "It is still inside recv()."], "Receive only what poll() has found.")
    if run.running and run.inside and run.inside[0] == "poll":
        facts.append(f"It is still inside poll({run.inside[1]}).")
        if run.inside[1].startswith("-"):
            return Verdict(
                facts, "The deadline had passed, and a negative timeout means for ever: max(0, ...)."
            )
        return Verdict(facts, "How long may it wait? Until the next heartbeat is due, in milliseconds.")
    if hint := run.not_handed_on("sock", "on_message"):
        return Verdict(facts, hint)
    if run.count("naps") > 3:
        return Verdict(
            facts, "It naps: let poll() wait, for a message or for the time of the next heartbeat."
        )
    handled = len(run.times("handled", "sock"))
    if handled < 0.9 * len(_MOMENTS):
        facts.append(f"It handed on ~{handled} of {len(_MOMENTS)} messages in time.")
        return Verdict(facts, "Messages wait while it sleeps elsewhere: wait in poll() alone, for both.")
    idle = run.share(*_SILENT)
    facts.append(f"With nothing to do, it used {percent(idle)} of a core.")
    if idle > 0.3:
        if run.count("polls below 1 ms"):
            return Verdict(facts, "A timeout of under 1 became 0: poll() takes whole milliseconds.")
        return Verdict(facts, "It asks all the time: let poll() wait until the next heartbeat is due.")
    chat = run.times("handled", "sock")[:_CHAT]
    during = sum(chat[0] < beat < chat[-1] for beat in beats)
    if during > 3 * (chat[-1] - chat[0]) / (_EVERY_MS / 1000):
        facts.append(f"While ~{_CHAT} messages came, it called beat ~{during} times.")
        return Verdict(facts, "A heartbeat for each message is too many: look at the clock, is one due?")
    return _on_time(run, beats, facts)


def _on_time(run: Run, beats: list[float], facts: list[str]) -> Verdict:
    handled = run.times("handled", "sock")
    chat, burst = handled[:_CHAT], handled[_CHAT:]
    phases = {
        "The heartbeat waited for a message: what ends poll() when none comes?": (0.0, chat[0]),
        "Each message started the wait anew: write down when the next heartbeat is due.": (chat[0], chat[-1]),
        "It emptied the queue first: look at the clock after each message.": (burst[0], burst[-1]),
    }
    facts.append(f"The longest time without a heartbeat was {ms(_longest_gap(beats, 0.0, run.told))}.")
    for hint, (begin, end) in phases.items():
        if _longest_gap(beats, begin, end) > _LONGEST * _EVERY_MS / 1000:
            return Verdict(facts, hint)
    polls = run.count("polls")
    if polls > len(handled) + 2 * len(beats) + 50:
        facts.append(f"It called poll ~{polls} times.")
        return Verdict(facts, "The last part of a millisecond became 0, and it spins: round up.")
    return run.stopping(facts, within=0.4)


def _longest_gap(beats: list[float], begin: float, end: float) -> float:
    ends = [begin, *(beat for beat in beats if begin < beat < end), end]
    return max(later - sooner for sooner, later in pairwise(ends))
