"""`EdgePoller`: a poller whose cost grows with the sockets that are ready, not with those registered.

``zmq.Poller`` asks every socket on every call, because a ZeroMQ descriptor (see `pollerlab.poller`) tells of
news only, and only once: whoever takes in the news, by a send, a recv or by reading EVENTS, silences it.
Linux offers more.  The descriptor is an eventfd there, and the *read* that silences it is itself an event
to whoever watches it for EPOLLOUT: see ``eventfd_read`` in ``fs/eventfd.c``.  So epoll reports both edges,
"there is news" and "somebody took it in".  A socket for which it reports neither is as it was when it last
said that it is not ready, and need not be asked.
"""

import errno
import os
import select
import time
import weakref
from contextlib import suppress
from functools import cache, reduce
from operator import attrgetter, or_

import zmq

from .descriptors import from_system, to_system
from .poller import Registry

RECHECK_SECONDS = 0.5
"""How often `EdgePoller.poll`, called or asleep, asks all sockets, for what gives no signal."""

_BOTH_EDGES = 0x001 | 0x004 | 1 << 31  # EPOLLIN | EPOLLOUT | EPOLLET
_closed = attrgetter("closed")
_open_pollers: weakref.WeakSet = weakref.WeakSet()


class EdgePoller(Registry):
    """A poller for many sockets, on Linux, with the interface of `pollerlab.Poller`.

    * What peers do, in whatever thread or process, it reports as ``zmq.Poller`` would, and at once; the same
      holds for what your thread sends, receives or asks between polls, also through a shadow of the socket.
      A socket may be in several pollers.
    * Three kinds of call on a *registered* socket give no signal: ``connect`` and ``bind`` over inproc;
      options that change what is ready, such as ROUTER_MANDATORY; ``close``.  They are noticed at the next
      re-check, `RECHECK_SECONDS` later at most, or at once if you call `modify` after them.  With 1,000
      sockets the re-checks take some 0.2 % of a core.
    * A result holds all that is ready, so nothing waits behind something else; its order is arbitrary.
    * A socket that is closed while registered is an ENOTSOCK once noticed, until it is unregistered.  Its
      descriptor's number may serve another socket or file by then.
    * Raw descriptors are level-triggered, as in poll(2); regular files are always ready.  One that is closed
      while registered is no longer reported, as with ``epoll(7)``.
    * It holds one descriptor, until `close`, the end of its ``with`` block, or its collection as garbage.  In
      a forked child it is closed.

    :raises OSError: ENOSYS, where the two edges cannot be had: elsewhere than on Linux, or in a sandbox
        whose kernel does not report the second.
    """

    def __init__(self) -> None:
        super().__init__()
        if not both_edges_are_reported():
            raise OSError(errno.ENOSYS, "This system does not report both edges: use pollerlab.Poller")
        self._epoll = select.epoll()
        _open_pollers.add(self)
        self._questions: dict[zmq.Socket, tuple] = {}  # each ZeroMQ socket, and what zmq_poll is to ask it
        self._hot: dict[zmq.Socket, tuple] = {}  # those of them that may be ready: the only ones asked
        self._lockstep: set[zmq.Socket] = set()  # those that are REQ or REP
        self._sharers: dict[int, dict] = {}  # by descriptor, what is registered with it (mostly one): its flags
        self._files: dict = {}  # regular files, which epoll does not take: (descriptor, mask)
        self._next_recheck = time.monotonic() + RECHECK_SECONDS

    def close(self) -> None:
        """Release the descriptor; `poll` and `register` then raise ValueError.  Closing twice does no harm."""
        self._epoll.close()
        super().close()

    def poll(self, timeout: float | None = None) -> list[tuple]:
        """Wait until something is ready; return it as ``[(socket, mask), ...]``, in any order.

        Everything else is as in `pollerlab.Poller.poll`.

        :raises ValueError: also if the poller is closed.
        """
        deadline = self._deadline(timeout)
        most = len(self._sharers) or 1
        try:
            events = self._epoll.poll(0, most)  # also when some are hot already: they must not hide others
            while True:
                if time.monotonic() >= self._next_recheck:
                    self._hot = dict(self._questions)
                    self._next_recheck = time.monotonic() + RECHECK_SECONDS
                ready = self._ready(events)
                now = time.monotonic()
                if ready or now >= deadline:
                    return ready
                events = self._epoll.poll(max(0, min(deadline, self._next_recheck) - now), most)
        except BaseException:
            self._hot = dict(self._questions)  # an edge is reported once, and may just have been lost
            raise

    def _ready(self, events: list[tuple[int, int]]) -> list[tuple]:
        """What is ready, after *events* of epoll: asks the sockets in them, and those that are hot."""
        ready = list(self._files.values())
        for descriptor, bits in events:
            for socket, flags in self._sharers.get(descriptor, {}).items():
                if socket in self._questions:
                    self._hot[socket] = self._questions[socket]
                elif mask := from_system(bits) & (flags | zmq.POLLERR):
                    ready.append((descriptor, mask))
        if self._hot:
            ready += self._ask()
        return ready

    def _ask(self) -> list[tuple]:
        """Ask the hot sockets; those that are not ready cool down, until there is an edge."""
        if any(map(_closed, self._hot)):  # zmq_poll would take it for descriptor 0
            raise zmq.ZMQError(zmq.ENOTSOCK)
        answers = zmq.zmq_poll(list(self._hot.values()), 0)
        if len(answers) < len(self._hot):
            self._hot = {socket: self._questions[socket] for socket, _ in answers}
        if self._lockstep:
            answers = [(socket, mask & self._flags[socket]) for socket, mask in answers]
            answers = [answer for answer in answers if answer[1]]
        return answers

    def _watch(self, socket, descriptor: int, flags: int) -> None:
        if socket in self:
            self._unwatch(socket, self._descriptors[socket])
        is_zmq = isinstance(socket, zmq.Socket)
        sharers = self._sharers.get(descriptor, {})
        try:
            self._epoll.register(descriptor, _BOTH_EDGES if is_zmq else to_system(flags))
            sharers = {}  # whatever had this number before is closed
        except FileExistsError:  # a shadow, or another object with the same descriptor
            if is_zmq != any(other in self._questions for other in sharers):
                raise ValueError(f"{descriptor} belongs to a ZeroMQ socket: register that, and only that.") from None
        except PermissionError:
            self._files[socket] = (descriptor, flags & (zmq.POLLIN | zmq.POLLOUT))
            return
        self._sharers[descriptor] = sharers | {socket: flags}
        if is_zmq:
            # A REQ or REP becomes ready also by its owner's send or recv, without an edge, but only while it
            # can do the other of the two: it is asked for both, and stays hot while it says either.
            if socket.type in (zmq.REQ, zmq.REP):
                self._lockstep.add(socket)
                flags = zmq.POLLIN | zmq.POLLOUT
            self._hot[socket] = self._questions[socket] = (socket, flags)
        elif sharers:
            self._epoll.modify(descriptor, to_system(reduce(or_, self._sharers[descriptor].values())))

    def _unwatch(self, socket, descriptor: int) -> None:
        self._questions.pop(socket, None)
        self._hot.pop(socket, None)
        self._lockstep.discard(socket)
        self._files.pop(socket, None)
        sharers = self._sharers.get(descriptor, {})
        if socket not in sharers:  # a regular file, or closed, and the number has gone to another
            return
        del sharers[socket]
        if not sharers:
            del self._sharers[descriptor]
            with suppress(OSError):  # closed: epoll has forgotten it by itself
                self._epoll.unregister(descriptor)


@cache
def both_edges_are_reported() -> bool:
    """Whether epoll reports both edges of a ZeroMQ descriptor here: tried out once, on a pair of sockets."""
    try:
        with zmq.Context() as context, context.socket(zmq.PAIR) as here, context.socket(zmq.PAIR) as there:
            with select.epoll() as epoll:
                here.bind("inproc://edges")
                there.connect("inproc://edges")
                here.get(zmq.EVENTS)
                epoll.register(here.get(zmq.FD), _BOTH_EDGES)
                epoll.poll(0)
                there.send(b"")
                news = epoll.poll(0)
                here.get(zmq.EVENTS)
                return bool(news and epoll.poll(0))
    except (AttributeError, OSError):  # no epoll
        return False


def _close_in_a_forked_child() -> None:
    for poller in list(_open_pollers):
        poller.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_a_forked_child)
