"""What `poll()` costs, against the number of sockets registered: ``python -m pollerlab bench``.

The sockets are pairs over inproc with both ends in one thread, so that nothing but the poller differs.
Contenders take turns; each turn opens its poller, makes some trips that are not timed, then those that are.
A *trip* is a poll, and the sends and recvs that the situation asks for.
"""

import asyncio
import math
import select
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from itertools import cycle, islice

import zmq
import zmq.asyncio

from ..arguments import checked
from ..pollers import EdgePoller
from ..process import held_back
from .contenders import ASYNCIO, CONTENDERS, SITUATIONS, Trips, asyncio_trips, batches_of, pairs, plain_trips
from .descriptor_limit import room_for
from .saving import save

COUNTS = (1, 2, 4, 8, 16, 64, 256, 512, 1024, 2000, 4096)


@dataclass(frozen=True)
class Effort:
    """How long to measure; *untimed_seconds* ends the untimed trips early."""

    turns: int = 15
    untimed: int = 50
    untimed_seconds: float = 1e9
    turn_seconds: float = 0.02
    most_for_asyncio: int = 1024


_QUICK = Effort(turns=3, untimed_seconds=0.02, turn_seconds=0.005, most_for_asyncio=64)
_QUICK_COUNTS = (1, 8, 64, 512, 2000)


@dataclass(frozen=True)
class Result:
    """One row of the table: µs for a trip, as median over the turns, with the interquartile range."""

    situation: str
    sockets: int
    contender: str
    microseconds: float
    spread: float
    ratio: float | None
    """How many times as fast as ``zmq.Poller`` in the same turns; None if that took no part."""


@checked
def curve(
    situation: str, contenders: Sequence[str], counts: Sequence[int], turns: int = 5
) -> dict[str, dict[int, float]]:
    """Measure one situation, and return ``{contender: {number of sockets: median µs for a trip}}``.

    What cannot be measured here is left out, and named on stderr.  All runs in the calling thread; where that
    runs an event loop, as in a notebook, the contenders of asyncio cannot take part.

    :param situation: one of `pollerlab.judges.contenders.SITUATIONS`.
    :param contenders: some of `pollerlab.judges.contenders.CONTENDERS`.
    :param counts: how many sockets to register, each 1 or more.
    :param turns: turns of each contender, 1 or more.
    :raises ValueError: for a name that is unknown, and a number below 1.
    :raises pollerlab.judges.NoRoom: where the process may not open enough sockets for any of *counts*.
    :raises RuntimeError: for a contender of asyncio in a thread that runs an event loop.
    """
    curves: dict[str, dict[int, float]] = {}
    for result in measure([situation], contenders, counts, Effort(turns=turns)):
        curves.setdefault(result.contender, {})[result.sockets] = result.microseconds
    return curves


@checked
def measure(
    situations: Sequence[str],
    contenders: Sequence[str],
    counts: Sequence[int],
    effort: Effort,
    progress: Callable[[str], None] = lambda doing: None,
) -> Iterator[Result]:
    """Yield the results by situation and number of sockets; the rest is as in `curve`.

    :param progress: called with what is about to be measured.
    :raises ValueError, pollerlab.judges.NoRoom, RuntimeError: as `curve` does.
    """
    for name, known in [*((s, SITUATIONS) for s in situations), *((c, CONTENDERS) for c in contenders)]:
        if name not in known:
            raise ValueError(f"{name!r} is unknown: choose from {', '.join(known)}.")
    if not counts or min(effort.turns, *counts) < 1:
        raise ValueError("counts and turns must be 1 or more, and there must be a count.")
    contenders = [name for name in contenders if _can_be_built(name)]
    some_for_asyncio = not set(ASYNCIO).isdisjoint(contenders)
    sockets = {
        count: 4 * count if some_for_asyncio and count <= effort.most_for_asyncio else 2 * count
        for count in sorted(set(counts))
    }
    with room_for(sockets) as counts:
        points = [(situation, count) for situation in situations for count in counts]
        for number, (situation, count) in enumerate(points):
            progress(f"{number} of {len(points)}: {situation}, {count} sockets")
            yield from _point(situation, count, contenders, effort)


def _can_be_built(name: str) -> bool:
    try:
        if name == "EdgePoller":
            EdgePoller().close()
        if name == "floor":
            select.epoll().close()
    except (AttributeError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else "This system has no epoll"
        print(f"bench: {name} is left out: {why}.", file=sys.stderr)
        return False
    if name in ASYNCIO and asyncio._get_running_loop():
        raise RuntimeError(f"{name} needs a thread that runs no event loop: this one does.")
    return True


def _point(situation: str, count: int, contenders: Sequence[str], effort: Effort) -> list[Result]:
    """Have the contenders take turns."""
    batches = batches_of(situation, count)
    if count > effort.most_for_asyncio:
        contenders = [name for name in contenders if name not in ASYNCIO]
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    with ExitStack() as stack:
        senders, receivers = stack.enter_context(pairs(count))
        if not set(ASYNCIO).isdisjoint(contenders):
            loop = stack.enter_context(closing(asyncio.SelectorEventLoop()))  # the one that suits pyzmq
            own: tuple[list, list] = loop.run_until_complete(
                _entered(stack, pairs(count, zmq.asyncio.Socket))
            )
        for turn in range(effort.turns):
            for name in islice(cycle(contenders), turn, turn + len(contenders)):
                if name in ASYNCIO:
                    opened, most = asyncio_trips(name, loop, *own, batches), 0.1
                else:
                    opened = plain_trips(name, senders, receivers, batches)
                    most = 1.0 if situation == "all ready" else math.inf
                with held_back(), opened as trips:  # a task or a socket that goes would swallow an interrupt
                    costs[name].append(_turn(trips, effort, most))
    usual = statistics.median(costs["zmq.Poller"]) if "zmq.Poller" in costs else None
    return [_result(situation, count, name, turns, usual) for name, turns in costs.items()]


async def _entered(stack: ExitStack, context):
    return stack.enter_context(context)


def _turn(trips: Trips, effort: Effort, most: float) -> float:
    """The µs for a trip; *most* seconds end the untimed trips early."""
    made, spent, last = 0, 0.0, 0.0
    while made < effort.untimed and spent < min(most, effort.untimed_seconds):
        some = 1 if made < 5 else 5
        last = trips(some) / some
        made, spent = made + some, spent + last * some
    number = max(3, round(effort.turn_seconds / max(last, 1e-7)))
    return 1e6 * trips(number) / number


def _result(situation: str, count: int, name: str, costs: list[float], usual: float | None) -> Result:
    median = statistics.median(costs)
    low, _, high = statistics.quantiles(costs, n=4, method="inclusive") if len(costs) > 1 else 3 * costs
    return Result(situation, count, name, median, high - low, usual and usual / median)


# -- the command line --------------------------------------------------------------------------------


@checked
def run(file: str | None, plot: str | None, *, quick: bool, counts: Sequence[int] | None) -> None:
    """Measure everything; print the table on stdout, and write what is asked for to these files.

    :raises ValueError, pollerlab.judges.NoRoom, RuntimeError: as `measure` does.
    :raises OSError: if a file cannot be written.
    """
    effort = _QUICK if quick else Effort()
    counts = counts or (_QUICK_COUNTS if quick else COUNTS)
    results: list[Result] = []
    shows = sys.stderr is not None and sys.stderr.isatty()

    def progress(doing: str) -> None:
        if shows:
            print(f"\r\033[K{doing}", end="", file=sys.stderr, flush=True)

    try:
        for r in measure(list(SITUATIONS), CONTENDERS, counts, effort, progress):
            progress("")
            if not results or r.situation != results[-1].situation:
                print(f"\n{r.situation}: {SITUATIONS[r.situation]}")
                print(f"{'sockets':>8}  {'poller':15}{'µs':>10}{'spread':>10}{'x zmq.Poller':>14}")
            ratio = "" if r.ratio is None else f"{r.ratio:14.2f}"
            print(f"{r.sockets:8}  {r.contender:15}{r.microseconds:10.2f}{r.spread:10.2f}{ratio}", flush=True)
            results.append(r)
    finally:
        progress("")
    if file:
        save(file, effort=asdict(effort), results=[asdict(result) for result in results])
    if plot:
        from ..scenery import plots

        curves: dict[str, dict[str, dict[int, float]]] = {}
        for r in results:
            curves.setdefault(r.situation, {}).setdefault(r.contender, {})[r.sockets] = r.microseconds
        plots.cost_situations(curves).savefig(plot, dpi=150)
