"""In the parent: what a reader's function did, as figures and sentences that a verdict is made of."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from ..process import Ended


class Verdict(NamedTuple):
    """What an exercise says of a run."""

    facts: list[str]
    """What was seen, in sentences."""
    hint: str | None
    """What is missing and the likely cause, or None: solved."""


MOST_SHARE = 0.1
"""How much of a core a function may use while there is nothing to do; a right one uses ~2 %."""
MOST_WAKES = 50
"""How often a second it may go to sleep meanwhile: more often is a nap that hides what does not wake it."""
_A_BOUND = 100  # messages: more are hardly done in one go on purpose
_A_LATE_ONE = 0.04  # seconds from a snapshot to the next, which is due after 0.02
STOP_WITHIN = 0.3
"""Within how many seconds it must hear a stop."""


class Run:
    """The figures of a run.  Times are in seconds from the moment when the function was called."""

    def __init__(self, ended: Ended) -> None:
        self.again: Run | None = None
        """The run that came after this one, if the exercise calls the function twice."""
        for place, event in enumerate(ended.events):
            if "again" in event:
                self.again = Run(ended._replace(events=ended.events[place + 1 :]))
                ended = ended._replace(events=ended.events[:place])
                break
        self.ended = ended
        self.facts: dict = {}
        self.closed: list[str] = []
        self.called = False
        self.raised: str | None = None
        self.raised_line = ""
        self.returned: str | None = None
        self.took: float | None = None
        self.marks: list[dict] = []
        """What happened: dicts with ``t``, ``kind``, ``lane``, and ``n``, the number of the message."""
        self.snapshots: list[dict] = []
        """The state of the process every now and then: dicts with ``t``, ``cpu`` in seconds, and more.

        Such as ``kept``: how long one of its threads was ready without a core since the last one, at most.
        """
        for event in ended.events:
            self._take(event)
        self._stood_still = [
            (sooner["t"] + _A_LATE_ONE, later["t"])
            for sooner, later in pairwise(self.snapshots)
            if later["t"] - sooner["t"] > _A_LATE_ONE
        ]

    def _take(self, event: dict) -> None:
        if "kind" in event:
            if event["t"] >= 0:  # or it is of the run before, noted late
                self.marks.append(event)
        elif "cpu" in event:
            self.snapshots.append(event)
        elif event.get("fact") == "closed":
            if self.took is None:
                self.closed.append(event["value"])
        elif "fact" in event:
            self.facts[event["fact"]] = event["value"]
        elif "called" in event:
            self.called = True
            self.snapshots.clear()
        elif "raised" in event:
            self.raised, self.raised_line, self.took = event["raised"], event["line"], event["t"]
        elif "returned" in event:
            self.returned, self.took = event["returned"], event["t"]

    @property
    def running(self) -> bool:
        """Whether it neither returned nor raised."""
        return self.called and self.took is None

    @property
    def disturbed(self) -> bool:
        """Whether others had the cores so long that what was seen may be their doing.

        Any of its threads, one of ours or of libzmq's among them, was ready for 40 ms and had none.
        """
        kept = any(snapshot.get("kept", 0.0) > _A_LATE_ONE for snapshot in self.snapshots)
        return kept or bool(self._stood_still) or (self.again is not None and self.again.disturbed)

    @property
    def told(self) -> float:
        """When it was told to stop; inf if it never was."""
        return next(iter(self.times("told", "stop")), float("inf"))

    @property
    def error(self) -> str:
        """The exception that ended it, in a sentence."""
        where = f", in the line `{self.raised_line}`" if self.raised_line else ""
        return f"It raised {self.raised}{where}."

    @property
    def remedy(self) -> str:
        """What to do about it, where the exercise has no better hint."""
        if self.raised and self.raised.startswith("KeyError: <the socket"):
            return "Only sockets that are ready are in the dictionary: ask with `in`."
        return "Mend the error in this line first."

    @property
    def deaf_to_stop(self) -> str:
        """The hint for a function that goes on after it was told to stop."""
        if self.inside == ("poll", "None"):
            return "It is inside poll() without a timeout, and cannot see stop: give it 100."
        return "Where does it look at stop?"

    def resting(self, facts: list[str], when: str, begin: float, end: float) -> bool:
        """Whether it rested between two moments, when there was nothing to do; says so in *facts*."""
        share, wakes = self.share(begin, end), self.wakes(begin, end)
        facts.append(
            f"{when}, it used {percent(share)} of a core (at most {percent_of(MOST_SHARE)}), "
            f"and woke up ~{wakes:.0f} times a second (at most {MOST_WAKES})."
        )
        return share <= MOST_SHARE and wakes <= MOST_WAKES

    def leaving_threads(self, facts: list[str]) -> Verdict:
        """The verdict on a function that returns, and leaves threads of its own behind."""
        facts = [*facts, f"When it returned, {self.facts['threads left']} of its threads had not ended."]
        return Verdict(
            facts, "End what you start, and wait for its end: a socket belongs to one thread alone."
        )

    def ended_early(self, facts: list[str], hint: str = "Go on until stop.is_set().") -> Verdict | None:
        """The verdict on a function that returned before it was told to stop; None if it did not."""
        if self.took is None or self.took >= self.told:
            return None
        return Verdict([*facts, f"It returned after {ms(self.took)}, before it was told to."], hint)

    def stopping(self, facts: list[str]) -> Verdict:
        """The verdict on a function that is right but for, perhaps, how soon it stops when it is told to."""
        if self.running:
            return Verdict([*facts, "It was still running long after stop was set."], self.deaf_to_stop)
        took = self.between(self.told, self.took)
        facts = [*facts, f"It stopped {ms(took)} after it was told to (at most {ms_of(STOP_WITHIN)})."]
        return Verdict(facts, "Look at stop in every round." if took > STOP_WITHIN else None)

    def stopping_in_a_flood(self, facts: list[str], lane: str, kind: str = "handled") -> Verdict:
        """The same, and also beside a sender that does not pause: the second run.

        :param kind: what it does with each message of *lane*.
        """
        stopping = self.stopping(facts)
        if stopping.hint:
            return stopping
        facts = stopping.facts
        flood = self.second
        if flood.raised:
            return Verdict([*facts, f"In a flood of messages: {flood.error}"], flood.remedy)
        took = float("inf") if flood.took is None else flood.between(flood.told, flood.took)
        told = flood.told
        behind = sum(moment > told for moment in flood.times(kind, lane))
        if took < 0:
            facts = [
                *facts,
                f"In a flood of messages it returned after {ms(flood.took)}, before it was told to.",
            ]
            return Verdict(facts, "Go on until stop.is_set().")
        # On a crowded machine the time alone tells little, and how many it did meanwhile tells much.
        drained = flood.took is not None and flood.took - flood.told > STOP_WITHIN and behind > _A_BOUND
        if took > STOP_WITHIN or drained:
            facts = [*facts, f"In a flood of messages, stop waited behind ~{behind} of them."]
            return Verdict(
                facts,
                "A loop that ends when the queue is empty does not end in a flood: that is a drain without a "
                "bound. Bound it, or look at stop before each message that you handle.",
            )
        return Verdict([*facts, f"In a flood of messages it stopped {ms(took)} after it was told to."], None)

    def not_handed_on(self, lane: str, callback: str) -> str | None:
        """The hint for a function that did not hand on what it received, each message once and in order."""
        received, handled = self.numbers("received", lane), self.numbers("handled", lane)
        if not received:
            return f"It never received anything from {lane}. Is an error swallowed by a broad except?"
        if None in handled:
            return f"{callback} was called with something else: hand on what recv() returned."
        if len(handled) > len(received):
            return (
                f"{callback} was called ~{len(handled)} times for ~{len(received)} messages: once for each."
            )
        if len(handled) < len(received) - 1:
            few = f"It received ~{len(received)} and handed on ~{len(handled)}"
            return f"{few}: call {callback} for each, at once."
        if handled != received[: len(handled)]:
            return f"{callback} was called out of order: hand on each message when it is received."
        return None

    @property
    def inside(self) -> tuple[str, str] | None:
        """Which call it was in at the end, and of what: ``("recv", "tasks")``."""
        last = self.snapshots[-1]["inside"] if self.snapshots else []
        return tuple(last) or None

    @property
    def second(self) -> "Run":
        """`again`, or a run in which nothing happened, if it did not begin."""
        return self.again or Run(self.ended._replace(events=[]))

    def _of(self, kind: str, lane: str) -> list[dict]:
        return [mark for mark in self.marks if mark["kind"] == kind and mark["lane"] == lane]

    def times(self, kind: str, lane: str) -> list[float]:
        """When such things happened."""
        return sorted(mark["t"] for mark in self._of(kind, lane))

    def numbers(self, kind: str, lane: str) -> list[int | None]:
        """Which messages they were, in that order."""
        return [mark["n"] for mark in self._of(kind, lane)]

    def delays(self, kind: str, lane: str) -> list[float]:
        """How long after each message was sent this happened to it."""
        sent = {mark["n"]: mark["t"] for mark in self._of("sent", lane)}
        return [
            self.between(sent[mark["n"]], mark["t"]) for mark in self._of(kind, lane) if mark["n"] in sent
        ]

    def longest_wait(self, kind: str, lane: str) -> float:
        """The longest of these delays; a message that it did not happen to waited until the end.

        Or until it was told to stop: then it may leave what is there.
        """
        handled = set(self.numbers(kind, lane))
        end = min(self.told, self.snapshots[-1]["t"] if self.snapshots else 0.0)
        still = [self.between(mark["t"], end) for mark in self._of("sent", lane) if mark["n"] not in handled]
        return max([0.0, *self.delays(kind, lane), *still])

    def count(self, what: str, begin: float = 0.0, end: float = float("inf")) -> int:
        """How often something was counted, in all or between two moments."""
        return self._counts_at(end)[what] - self._counts_at(begin)[what]

    def between(self, begin: float, end: float) -> float:
        """The time between two moments, but for that in which it was ready, and others had the core.

        Or may have been ready: what the machine's host has kept back of its cores is left out, too, and when
        the whole process stood still, so that even its snapshots came late.
        """
        first, last = self._around(begin, end)
        others = sum(last[what] - first[what] for what in ("waited", "stolen"))
        stood_still = sum(max(0.0, min(until, end) - max(since, begin)) for since, until in self._stood_still)
        return end - begin - min(max(others, stood_still), max(0.0, end - begin))

    def wakes(self, begin: float, end: float) -> float:
        """How often a second it woke up between two moments, from whatever it slept in.

        The time in which it waited for a core is left out, but for no more than half of all.
        """
        first, last = self._within(begin, end)
        if first is last:
            return 0.0
        number = (
            last["counts"].get("waits", 0) - first["counts"].get("waits", 0)
            if first["asleep"] is None or last["asleep"] is None
            else last["asleep"] - first["asleep"]
        )
        seconds = last["t"] - first["t"]
        return number / max(seconds - (last["waited"] - first["waited"]), seconds / 2)

    def slept_without(self, lane: str, begin: float, end: float) -> float:
        """For how many seconds between two moments it slept in waits that did not end by *lane*."""
        waits = [(max(begin, t - n), min(end, t)) for t, n in self._sleeps_without(lane)]
        return sum(self.between(first, last) for first, last in waits if first < last)

    def longest_sleep_without(self, lane: str, begin: float, end: float) -> float:
        """The longest of the waits that were over between two moments and did not end by *lane*, in all."""
        return max((n for t, n in self._sleeps_without(lane) if begin < t <= end), default=0.0)

    def _sleeps_without(self, lane: str) -> list[tuple[float, float]]:
        """When each wait that did not end by *lane* was over, and for how many seconds it slept."""
        return [
            (mark["t"], mark["n"] / 1000)
            for mark in self.marks
            if mark["kind"] == "slept" and lane not in mark["lane"].split()
        ]

    def helped_with(self, lane: str, begin: float, end: float) -> float:
        """For how many seconds between two moments other threads of the function were at work for *lane*."""
        return sum(mark["n"] / 1e6 for mark in self._of("helped", lane) if begin < mark["t"] <= end)

    def most_at_once(self, what: str, begin: float, end: float) -> int:
        """How often something was counted at most between two snapshots that follow each other."""
        counts = [s["counts"].get(what, 0) for s in self.snapshots if begin <= s["t"] <= end]
        return max((later - sooner for sooner, later in pairwise(counts)), default=0)

    @property
    def touched_nothing(self) -> bool:
        """Whether it neither received, sent, polled nor slept."""
        return not self._counts_at(float("inf"))

    def _counts_at(self, moment: float) -> Counter:
        return Counter(next((s["counts"] for s in reversed(self.snapshots) if s["t"] <= moment), {}))

    def share(self, begin: float, end: float) -> float:
        """The CPU time of the process between two moments, as a share of one core; 0.0 if it had ended.

        The time in which it waited for a core is left out: see `share_of_a_core`.
        """
        first, last = self._within(begin, end)
        return share_of_a_core(*(last[what] - first[what] for what in ("cpu", "t", "waited")))

    def _within(self, begin: float, end: float) -> tuple[dict, dict]:
        """The first and the last snapshot between two moments, if they tell of most of that time.

        Else those around them: a loop that leaves no time for snapshots may have none inside.
        """
        inside = [s for s in self.snapshots if begin <= s["t"] <= end]
        if inside and inside[-1]["t"] - inside[0]["t"] > (end - begin) / 2:
            return inside[0], inside[-1]
        return self._around(begin, end)

    def _around(self, begin: float, end: float) -> tuple[dict, dict]:
        """The snapshots around two moments; the same one twice if the function had ended."""
        if not self.snapshots or self.snapshots[-1]["t"] <= begin:
            nothing = {"cpu": 0.0, "t": 0.0, "waited": 0.0, "stolen": 0.0, "asleep": 0, "counts": {}}
            return nothing, nothing
        first = next((s for s in reversed(self.snapshots) if s["t"] <= begin), self.snapshots[0])
        return first, next((s for s in self.snapshots if s["t"] >= end), self.snapshots[-1])


def share_of_a_core(cpu: float, seconds: float, waited: float) -> float:
    """CPU seconds as a share of the time in which a thread could have had a core.

    The time in which it was ready, and others had the core, is left out: a loop that asks all the time has a
    share of 1 on a crowded machine, too.  But of no more than four fifths of the time: who was ready all the
    time, and hardly had a core, may have been about to sleep.

    :param waited: seconds of that; 0 where the system does not tell.
    """
    cpu = max(0.0, cpu)  # of what others used of the process, the last microsecond may be missing
    return cpu / max(seconds - waited, seconds / 5, cpu, 0.001)


def ms(seconds: float) -> str:
    """*seconds* as ``~12 ms``."""
    return f"~{1000 * seconds:.0f} ms"


def ms_of(seconds: float) -> str:
    """The same of a figure that does not vary: ``300 ms``."""
    return ms(seconds).lstrip("~")


def percent(share: float) -> str:
    """*share* as ``~12 %``."""
    return f"~{100 * share:.0f} %"


def percent_of(share: float) -> str:
    """The same of a figure that does not vary: ``10 %``."""
    return percent(share).lstrip("~")
