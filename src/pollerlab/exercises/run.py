"""In the parent: what a reader's function did, as figures and sentences that a verdict is made of."""

from collections import Counter
from typing import NamedTuple

from ..process import Ended


class Verdict(NamedTuple):
    """What an exercise says of a run."""

    facts: list[str]
    """What was seen, in sentences."""
    hint: str | None
    """What is missing and the likely cause, or None: solved."""


class Run:
    """The figures of a run.  Times are in seconds from the moment when the function was called."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        self.facts: dict = {}
        self.closed: list[str] = []
        self.called = False
        self.raised: str | None = None
        self.raised_line = ""
        self.returned: str | None = None
        self.took: float | None = None
        self._marks: list[dict] = []
        self._snapshots: list[dict] = []
        for event in ended.events:
            self._take(event)

    def _take(self, event: dict) -> None:
        if "kind" in event:
            self._marks.append(event)
        elif "cpu" in event:
            self._snapshots.append(event)
        elif event.get("fact") == "closed":
            if self.took is None:
                self.closed.append(event["value"])
        elif "fact" in event:
            self.facts[event["fact"]] = event["value"]
        elif "called" in event:
            self.called = True
        elif "raised" in event:
            self.raised, self.raised_line, self.took = event["raised"], event["line"], event["t"]
        elif "returned" in event:
            self.returned, self.took = event["returned"], event["t"]

    @property
    def running(self) -> bool:
        """Whether it neither returned nor raised."""
        return self.called and self.took is None

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

    def stopping(self, facts: list[str], *, within: float) -> Verdict:
        """The verdict on a function that is right but for, perhaps, how soon it stops when it is told to.

        :param within: seconds.
        """
        if self.running:
            return Verdict([*facts, "It was still running long after stop was set."], self.deaf_to_stop)
        facts = [*facts, f"It stopped {ms(self.took - self.told)} after it was told to."]
        return Verdict(facts, "Look at stop in every round." if self.took - self.told > within else None)

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
        last = self._snapshots[-1]["inside"] if self._snapshots else []
        return tuple(last) or None

    def times(self, kind: str, lane: str) -> list[float]:
        """When such things happened."""
        return sorted(mark["t"] for mark in self._marks if mark["kind"] == kind and mark["lane"] == lane)

    def numbers(self, kind: str, lane: str) -> list[int | None]:
        """Which messages they were, in that order."""
        return [mark["n"] for mark in self._marks if mark["kind"] == kind and mark["lane"] == lane]

    def delays(self, kind: str, lane: str) -> list[float]:
        """How long after each message was sent this happened to it."""
        sent = {
            mark["n"]: mark["t"] for mark in self._marks if mark["kind"] == "sent" and mark["lane"] == lane
        }
        return [
            mark["t"] - sent[mark["n"]]
            for mark in self._marks
            if mark["kind"] == kind and mark["lane"] == lane and mark["n"] in sent
        ]

    def longest_wait(self, kind: str, lane: str) -> float:
        """The longest of these delays; a message that it did not happen to waited until the end."""
        handled = set(self.numbers(kind, lane))
        end = self._snapshots[-1]["t"] if self._snapshots else 0.0
        still = [
            end - mark["t"]
            for mark in self._marks
            if mark["kind"] == "sent" and mark["lane"] == lane and mark["n"] not in handled
        ]
        return max([0.0, *self.delays(kind, lane), *still])

    def count(self, what: str, begin: float = 0.0, end: float = float("inf")) -> int:
        """How often something was counted, in all or between two moments."""
        return self._counts_at(end)[what] - self._counts_at(begin)[what]

    @property
    def touched_nothing(self) -> bool:
        """Whether it neither received, sent, polled nor slept."""
        return not self._counts_at(float("inf"))

    def _counts_at(self, moment: float) -> Counter:
        return Counter(next((s["counts"] for s in reversed(self._snapshots) if s["t"] <= moment), {}))

    def share(self, begin: float, end: float) -> float:
        """The CPU time of the process between two moments, as a share of one core; 0.0 if it had ended.

        The time in which it waited for a core is left out: see `share_of_a_core`.
        """
        if not self._snapshots or self._snapshots[-1]["t"] <= begin:
            return 0.0
        # A loop that leaves no time for snapshots may have none inside: so, those around.
        first = next((s for s in reversed(self._snapshots) if s["t"] <= begin), self._snapshots[0])
        last = next((s for s in self._snapshots if s["t"] >= end), self._snapshots[-1])
        return share_of_a_core(*(last[what] - first[what] for what in ("cpu", "t", "waited")))


def share_of_a_core(cpu: float, seconds: float, waited: float) -> float:
    """CPU seconds as a share of the time in which a thread could have had a core.

    The time in which it was ready, and others had the core, is left out: a loop that asks all the time has a
    share of 1 on a crowded machine, too.

    :param waited: seconds of that; 0 where the system does not tell.
    """
    return cpu / max(seconds - waited, cpu, 0.001)


def ms(seconds: float) -> str:
    """*seconds* as ``~12 ms``."""
    return f"~{1000 * seconds:.0f} ms"


def percent(share: float) -> str:
    """*share* as ``~12 %``."""
    return f"~{100 * share:.0f} %"
