"""Differential fuzzing: random traffic over random sockets, and ``zmq.Poller`` as the judge of a poller.

A fuzzer cannot say what a poller should answer, but it can ask one that knows.  The judge is asked second,
and only now and then: asking it takes in the news of every socket, which would make good what the poller
lost.
"""

import math
import os
import random
import socket as net
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import NamedTuple

import zmq

from ..arguments import checked
from ..pollers import RECHECK_SECONDS
from ..process import held_back, own_context

_LIFETIME = 400  # steps, after which a world ends and a new one begins
_MOST = 7  # sockets in a world
_TRIES = 20  # comparisons; what arrives over tcp or ipc may come between the two polls of one

_PEERS = {
    zmq.PAIR: (zmq.PAIR,),
    zmq.PUSH: (zmq.PULL,),
    zmq.PULL: (zmq.PUSH,),
    zmq.PUB: (zmq.SUB, zmq.XSUB),
    zmq.SUB: (zmq.PUB, zmq.XPUB),
    zmq.XPUB: (zmq.SUB, zmq.XSUB),
    zmq.XSUB: (zmq.PUB, zmq.XPUB),
    zmq.REQ: (zmq.REP, zmq.ROUTER),
    zmq.REP: (zmq.REQ, zmq.DEALER),
    zmq.DEALER: (zmq.REP, zmq.DEALER, zmq.ROUTER),
    zmq.ROUTER: (zmq.REQ, zmq.DEALER, zmq.ROUTER),
}
_TRANSPORTS = ["inproc"] * 8 + ["tcp"] + (["ipc"] if zmq.has("ipc") else [])
_MAY_DISCONNECT = (zmq.PAIR, zmq.PUSH, zmq.PULL, zmq.PUB, zmq.XPUB, zmq.DEALER)
_FLAGS = (zmq.POLLIN, zmq.POLLOUT, zmq.POLLIN | zmq.POLLOUT)
_REFUSALS = (zmq.EAGAIN, zmq.EFSM, zmq.EHOSTUNREACH, zmq.ENOTSUP)  # what a socket may say to a send or a recv

_CHOICES = {  # how often, and how many sockets there must be
    "send": (30, 2),
    "recv": (20, 2),
    "answer": (6, 2),
    "events": (4, 2),
    "poll": (20, 0),
    "compare": (5, 0),
    "open": (3, 0),
    "join": (3, 2),
    "rewatch": (4, 1),
    "option": (2, 1),
    "part": (1, 1),
    "close": (1, 1),
    "use_pipe": (1, 0),
}
ACTIONS = tuple(_CHOICES)
"""What can be done in a `World`."""
_WEIGHTS = [often for often, _ in _CHOICES.values()]


class Report(NamedTuple):
    """What `fuzz` found."""

    steps: int
    """The steps made."""
    comparisons: int
    """How often the judge was asked."""
    excused: int
    """In how many of them the poller missed something and was allowed to: see `World.compare`."""
    disagreements: tuple[str, ...]
    """For each world that ended in a disagreement, what it was and how to see it again."""


class Disagreement(AssertionError):
    """The poller and ``zmq.Poller`` answer differently, and go on doing so."""


@checked
def fuzz(make_poller: Callable, *, steps: int, seed: int) -> Report:
    """Compare a poller with ``zmq.Poller`` over *steps* random steps, in world after world.

    :param make_poller: makes a poller, as `pollerlab.Poller` and `pollerlab.EdgePoller` do.
    :param seed: what the random steps are derived from.  The same seed gives the same steps, and over
        inproc nearly the same events; over tcp and ipc the system's threads add chance of their own.
    """
    made = comparisons = excused = 0
    disagreements = []
    while made < steps:
        name = f"{seed}/{made}"
        chance = random.Random(name)
        with held_back(), World(make_poller) as world:  # it is over in about 20 ms
            try:
                for _ in range(min(_LIFETIME, steps - made)):
                    made += 1
                    world.step(chance)
            except Disagreement as disagreement:
                disagreements.append(f"{disagreement} (world {name}, step {made})")
            comparisons += world.comparisons
            excused += world.excused
    return Report(made, comparisons, excused, tuple(disagreements))


@checked
def new_poller(make_poller: Callable):
    """What *make_poller* makes, if it is a poller that can be closed.

    :raises TypeError: if it is not.
    """
    try:
        poller = make_poller()
    except TypeError as reason:
        raise TypeError(
            f"make_poller must make a poller, as pollerlab.Poller does, without arguments: {reason}."
        ) from reason
    if not hasattr(poller, "poll") or not hasattr(poller, "__exit__"):
        raise TypeError(f"make_poller must make a poller, as pollerlab.Poller does, not {poller!r}.")
    return poller


def _known(chance: random.Random) -> random.Random:
    """*chance*, if it is one; not by `checked`, which would take a third of the time of a step."""
    if not isinstance(chance, random.Random):
        raise TypeError(f"chance must be a random.Random, not {chance!r}.")
    return chance


class _End:
    """A socket of a world, and what must be known of it to use it."""

    def __init__(self, socket: zmq.Socket) -> None:
        self.socket = socket
        self.kind: zmq.SocketType = socket.type  # type: ignore[assignment]
        self.bound: list[str] = []
        self.connected: list[str] = []
        self.routes = [b"nobody"]  # where a ROUTER may send to
        self.torn = False  # whether it is in the middle of a message that nobody will get


class World:
    """A few sockets and their traffic, watched by a poller and by its judge.

    A world belongs to one thread.  It is a context manager: its end closes all that it opened.
    """

    @checked
    def __init__(self, make_poller: Callable) -> None:
        self.comparisons = self.excused = 0
        self._ends: list[_End] = []
        self._names = 0
        self._silent: dict[zmq.Socket, float] = {}  # changed without a signal, and when
        self._judge = zmq.Poller()
        self._for_output: set = set()  # what is watched for POLLOUT, too
        self._patient = False
        self._pipe_is_used = False  # before, nothing but sockets is watched
        with ExitStack() as stack:
            with held_back():
                self._folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
                self._context = stack.enter_context(own_context())
                self._poller = stack.enter_context(new_poller(make_poller))
                self._pipe = [stack.enter_context(end) for end in net.socketpair()]
                for end in self._pipe:
                    end.setblocking(False)
            self._stack = stack.pop_all()

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *exception) -> None:
        with held_back():
            self._stack.close()

    def step(self, chance: random.Random) -> None:
        """Do one thing, by *chance*.

        :raises TypeError: if *chance* is not a `random.Random`.
        :raises Disagreement: if the poller is found out.
        """
        self.act(_known(chance).choices(ACTIONS, _WEIGHTS)[0], chance)

    def act(self, action: str, chance: random.Random) -> None:
        """Do the one of `ACTIONS` that is named, or open a socket if there are too few for it.

        :raises Disagreement: if the poller is found out.
        :raises TypeError: if *chance* is not a `random.Random`.
        :raises ValueError: if *action* is none of them.
        """
        if action not in ACTIONS:
            raise ValueError(f"{action!r} is unknown: choose from {', '.join(ACTIONS)}.")
        if len(self._ends) < _CHOICES[action][1]:
            action = "open"
        getattr(self, f"_{action}")(_known(chance))

    def compare(self) -> None:
        """Ask the poller, then its judge, until they agree; what comes between the two is no matter.

        After the calls that `pollerlab.EdgePoller` names, it may miss what is new on that socket, until
        ``modify`` or until `pollerlab.pollers.RECHECK_SECONDS` have passed.

        :raises Disagreement: if they go on answering differently.
        """
        self.comparisons += 1
        timeout = self._timeout()
        always_wrong = True
        for _ in range(_TRIES):
            begin = monotonic()
            answer, verdict = dict(self._poller.poll(timeout)), dict(self._judge.poll(0))
            if answer == verdict:
                return
            wrong = {
                thing
                for thing, _ in answer.items() ^ verdict.items()
                if answer.get(thing, 0) & ~verdict.get(thing, 0)  # more than there is, which nothing excuses
                or begin >= self._silent.get(thing, -math.inf) + RECHECK_SECONDS
            }
            always_wrong &= bool(wrong)
        if always_wrong:
            raise Disagreement(
                "; ".join(
                    f"{thing!r}: {answer.get(thing, 0)!r}, should be {verdict.get(thing, 0)!r}"
                    for thing in wrong
                )
            )
        self.excused += 1

    def _timeout(self) -> int:
        """1 ms every other time, if a PUB is watched that ends every wait, since it has room; else 0."""
        self._patient = not self._patient
        watched = {end.socket for end in self._ends if end.kind == zmq.PUB} & self._for_output
        return 1 if self._patient and watched else 0

    # The actions.  None of them waits.

    def _poll(self, chance: random.Random) -> None:
        self._poller.poll(self._timeout())

    def _compare(self, chance: random.Random) -> None:
        self.compare()

    def _open(self, chance: random.Random) -> None:
        if len(self._ends) == _MOST:
            return self._close(chance)
        # Half of the time one that can talk to one that is there.
        kind = chance.choice(list(_PEERS))
        if self._ends and chance.random() < 0.5:
            kind = chance.choice(_PEERS[chance.choice(self._ends).kind])
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.sndhwm, socket.rcvhwm = chance.randint(1, 3), chance.randint(1, 3)
        if kind == zmq.SUB and chance.random() < 0.8:
            socket.subscribe(b"")
        end = _End(socket)
        self._ends.append(end)
        if chance.random() < 0.5:
            self._watch(socket, chance)
        if chance.random() < 0.8:
            self._join(chance, end)

    def _close(self, chance: random.Random) -> None:
        end = self._ends.pop(chance.randrange(len(self._ends)))
        first = chance.random() < 0.5
        if first:
            end.socket.close()
        if end.socket in self._judge:
            self._leave(end.socket)
        end.socket.close()

    def _join(self, chance: random.Random, end: _End | None = None) -> None:
        """Connect two sockets, in one of the two orders."""
        end = end or chance.choice(self._ends)
        others = [other for other in self._ends if other.kind in _PEERS[end.kind] and other is not end]
        if not others:
            return
        pair = [end, chance.choice(others)]
        chance.shuffle(pair)
        here, there = pair
        if there.bound and chance.random() < 0.5:
            self._connect(here, chance.choice(there.bound), chance)
            return
        address = self._address(chance)
        if address.startswith("inproc") and chance.random() < 0.5:
            self._connect(here, address, chance)
            self._now_and_then(chance)
            self._bind(there, address, chance)
        else:
            self._bind(there, address, chance)
            self._connect(here, there.bound[-1], chance)

    def _part(self, chance: random.Random) -> None:
        end = chance.choice(self._ends)
        if chance.random() < 0.5 and end.bound:
            end.socket.unbind(end.bound.pop())
        # libzmq 4.3.5 aborts in the others, which read ahead, if there was a message of several parts.
        elif end.connected and end.kind in _MAY_DISCONNECT:
            with suppress(zmq.ZMQError):  # the other side has gone
                end.socket.disconnect(end.connected.pop())

    def _send(self, chance: random.Random) -> None:
        end = chance.choice(self._ends)
        frames = [chance.choice([b"", b"a", b"\1", b"\1a", b"\0a"])]
        if chance.random() < 0.3:
            frames += [b"more"] * chance.randint(1, 2)
        if end.kind == zmq.ROUTER:
            frames.insert(0, chance.choice(end.routes))
        elif end.kind == zmq.DEALER and chance.random() < 0.5:
            frames.insert(0, b"")  # what a REP expects
        self._send_parts(end, frames, chance)

    def _recv(self, chance: random.Random) -> None:
        # The whole message: libzmq aborts if a peer leaves while one has half of its message.
        end = chance.choice(self._ends)
        with _refused():
            frame = end.socket.recv(zmq.NOBLOCK)
            if end.kind == zmq.ROUTER:
                end.routes.append(frame)
            while end.socket.get(zmq.RCVMORE):
                self._now_and_then(chance)
                end.socket.recv(zmq.NOBLOCK)

    def _answer(self, chance: random.Random) -> None:
        """Give back what comes, as a server does."""
        end = chance.choice(self._ends)
        with _refused():
            self._send_parts(end, end.socket.recv_multipart(zmq.NOBLOCK), chance)

    def _events(self, chance: random.Random) -> None:
        chance.choice(self._ends).socket.get(zmq.EVENTS)

    def _option(self, chance: random.Random) -> None:
        """Set an option that may change what is ready.

        Not the high-water marks: libzmq 4.3.5 crashes if they are set while a peer is on its way out.
        """
        end = chance.choice(self._ends)
        options: dict[int, list[tuple]] = {
            zmq.SUB: [(zmq.SUBSCRIBE, b"a"), (zmq.UNSUBSCRIBE, b"a")],
            zmq.ROUTER: [(zmq.ROUTER_MANDATORY, 0), (zmq.ROUTER_MANDATORY, 1)],
            zmq.REQ: [(zmq.REQ_RELAXED, 0), (zmq.REQ_RELAXED, 1)],
            zmq.XPUB: [(zmq.XPUB_NODROP, 0), (zmq.XPUB_NODROP, 1)],
        }
        if end.kind in options:
            end.socket.set(*chance.choice(options[end.kind]))
            self._changed_silently(end.socket, chance)

    def _rewatch(self, chance: random.Random) -> None:
        """Register, modify or unregister something."""
        pipe = self._pipe if self._pipe_is_used else []
        thing = chance.choice([*(end.socket for end in self._ends), *pipe])
        if thing in self._judge and chance.random() < 0.3:
            self._leave(thing)
        else:
            self._watch(thing, chance)

    def _use_pipe(self, chance: random.Random) -> None:
        end, self._pipe_is_used = chance.choice(self._pipe), True
        with suppress(BlockingIOError):
            if chance.random() < 0.3:
                while True:  # fill it
                    end.send(bytes(65536))
            elif chance.random() < 0.3:
                end.send(b"a")
            while True:
                end.recv(65536)

    # What the actions are made of.

    def _now_and_then(self, chance: random.Random) -> None:
        """Poll in the middle of an action."""
        if chance.random() < 0.1:
            chance.choice([self._poll, self._compare])(chance)

    def _send_parts(self, end: _End, frames: list[bytes], chance: random.Random) -> None:
        sent = 0
        with _refused():
            for frame in frames:
                sent += 1
                end.socket.send(frame, (zmq.SNDMORE if sent < len(frames) else 0) | zmq.NOBLOCK)
                if end.torn:
                    self._changed_silently(end.socket, chance)
                self._now_and_then(chance)
            end.torn = False
            return
        end.torn = end.torn or sent > 1  # its receiver has left

    def _address(self, chance: random.Random) -> str:
        self._names += 1
        transport = chance.choice(_TRANSPORTS)
        if transport == "tcp":
            return "tcp://127.0.0.1:*"
        place = os.path.join(self._folder, str(self._names)) if transport == "ipc" else str(self._names)
        return f"{transport}://{place}"

    def _bind(self, end: _End, address: str, chance: random.Random) -> None:
        end.socket.bind(address)
        end.bound.append(end.socket.last_endpoint.decode().rstrip("\0"))  # type: ignore[union-attr]
        if address.startswith("inproc"):
            self._changed_silently(end.socket, chance)

    def _connect(self, end: _End, address: str, chance: random.Random) -> None:
        end.socket.connect(address)
        end.connected.append(address)
        if address.startswith("inproc"):
            self._changed_silently(end.socket, chance)

    def _changed_silently(self, socket: zmq.Socket, chance: random.Random) -> None:
        if socket in self._judge:
            self._silent[socket] = monotonic()
            if chance.random() < 0.5:
                self._watch(socket, chance)

    def _watch(self, thing, chance: random.Random) -> None:
        flags = chance.choice(_FLAGS)
        chance.choice([self._poller.register, self._poller.modify])(thing, flags)
        self._judge.register(thing, flags)
        (self._for_output.add if flags & zmq.POLLOUT else self._for_output.discard)(thing)
        self._silent.pop(thing, None)

    def _leave(self, thing) -> None:
        self._poller.unregister(thing)
        self._judge.unregister(thing)
        self._for_output.discard(thing)
        self._silent.pop(thing, None)


@contextmanager
def _refused() -> Iterator[None]:
    """Take a socket's refusal for an answer."""
    try:
        yield
    except zmq.ZMQError as error:
        if error.errno not in _REFUSALS:
            raise
