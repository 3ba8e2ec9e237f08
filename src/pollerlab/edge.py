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
import weakref
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, reduce
from operator import or_
from time import monotonic

import zmq
from zmq import zmq_poll

from .descriptors import from_system, to_system
from .poller import Registry

RECHECK_SECONDS = 0.5
"""How often `EdgePoller.poll`, called or asleep, asks all sockets, for what gives no signal."""

_BOTH_EDGES = 0x001 | 0x004 | 1 << 31  # EPOLLIN | EPOLLOUT | EPOLLET
_LOCKSTEP = (zmq.REQ, zmq.REP)
_open_pollers: weakref.WeakSet = weakref.WeakSet()


class EdgePoller(Registry):
    """A poller for many sockets, on Linux, with the interface of `pollerlab.Poller`.

    * What peers do, in whatever thread or process, it reports as ``zmq.Poller`` would, and at once; the same
      holds for what your thread sends, receives or asks between polls, also through a shadow of the socket.
      A socket may be in several pollers.
    * Four kinds of call on a *registered* socket give no signal: ``connect`` and ``bind`` over inproc;
      options that change what is ready, such as ROUTER_MANDATORY; ``send`` of the parts of a message whose
      receiver has left in the middle of it; ``close``.  They are noticed at the next re-check,
      `RECHECK_SECONDS` later at most, or at once if you call `modify` after them.  With 1,000 sockets the
      re-checks take some 0.2 % of a core.
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
        # A question is what zmq_poll takes: (socket, flags).  By socket: all questions, those to ask at the
        # next poll, and by descriptor those to ask when there is an edge (several, if one is a shadow).
        self._questions: dict[zmq.Socket, tuple] = {}
        self._hot: dict[zmq.Socket, tuple] = {}
        self._asked: list[tuple] = []  # the hot questions as a list, or empty if they have changed since
        self._bells: dict[int, dict[zmq.Socket, tuple]] = {}
        self._raw: dict[int, dict] = {}  # by descriptor, the objects that are no sockets, with their flags
        self._files: dict = {}  # regular files, which epoll does not take: what to report, always
        self._special: set = set()  # these, those in _raw, and the sockets that are REQ or REP
        self._next_recheck = monotonic() + RECHECK_SECONDS

    def close(self) -> None:
        """Release the descriptor; the poller is of no use after that.  Closing twice does no harm."""
        self._epoll.close()
        for registered in (self._questions, self._hot, self._bells, self._raw, self._files, self._special):
            registered.clear()
        self._asked = []
        super().close()

    def poll(self, timeout: float | None = None) -> list[tuple]:
        """Wait until something is ready; return it as ``[(socket, mask), ...]``, in any order.

        Everything else is as in `pollerlab.Poller.poll`.

        :raises ValueError: also if the poller is closed.
        """
        if timeout is not None and (type(timeout) is not int or timeout < 0):
            self._seconds(timeout)  # raises if it is wrong
        wait, deadline, most = 0.0, None, len(self._flags) or 1
        try:
            while True:
                edges, asked = (), self._asked
                if wait or len(asked) < most:  # the hot ones must not hide the others
                    edges = self._epoll.poll(wait, most)
                    for descriptor, _ in edges:
                        if descriptor in self._bells:
                            self._hot.update(self._bells[descriptor])
                    now = monotonic()
                    if now >= self._next_recheck:
                        self._hot.update(self._questions)
                        self._next_recheck = now + RECHECK_SECONDS
                    asked = self._asked = [*self._hot.values()]
                for socket, _ in asked:
                    if socket.closed:  # zmq_poll would take it for descriptor 0
                        raise zmq.ZMQError(zmq.ENOTSOCK)
                ready = zmq_poll(asked, 0) if asked else []
                if len(ready) < len(asked):  # the others cool down, until there is an edge
                    self._hot = {socket: self._questions[socket] for socket, _ in ready}
                    self._asked = []
                if self._special:
                    ready = self._wanted(ready) + self._ready_descriptors(edges)
                if ready or timeout == 0:
                    return ready
                now = monotonic()
                if deadline is None:
                    deadline = now + self._seconds(timeout)
                if now >= deadline:
                    return ready
                wait = max(min(deadline, self._next_recheck) - now, 0.001)  # epoll counts whole ms
        except BaseException:
            self._hot = dict(self._questions)  # an edge is reported once, and may have been lost just now
            self._asked = []
            raise

    def _wanted(self, ready: list[tuple]) -> list[tuple]:
        """These answers without what was asked for the sake of lockstep alone."""
        masked = [(socket, mask & self._flags[socket]) for socket, mask in ready]
        return [answer for answer in masked if answer[1]]

    def _ready_descriptors(self, edges: Iterable[tuple[int, int]]) -> list[tuple]:
        """What is ready besides ZeroMQ sockets."""
        ready = list(self._files.values())
        for descriptor, bits in edges:
            for flags in self._raw.get(descriptor, {}).values():
                if mask := from_system(bits) & (flags | zmq.POLLERR):
                    ready.append((descriptor, mask))
        return ready

    def _watch(self, socket, descriptor: int, flags: int) -> None:
        if socket in self:
            self._unwatch(socket, self._descriptors[socket])
        is_zmq = isinstance(socket, zmq.Socket)
        here, elsewhere = (self._bells, self._raw) if is_zmq else (self._raw, self._bells)
        try:
            self._epoll.register(descriptor, _BOTH_EDGES if is_zmq else to_system(flags))
            here.pop(descriptor, None)  # whatever had this number before is closed
            elsewhere.pop(descriptor, None)
        except FileExistsError:  # a shadow, or another object with the same descriptor
            if descriptor in elsewhere:
                raise ValueError(f"{descriptor} belongs to a ZeroMQ socket: register that.") from None
        except PermissionError:
            self._files[socket] = (descriptor, flags & (zmq.POLLIN | zmq.POLLOUT))
            self._special.add(socket)
            return
        sharers = here.setdefault(descriptor, {})
        if not is_zmq:
            sharers[socket] = flags
            self._special.add(socket)
            self._epoll.modify(descriptor, to_system(reduce(or_, sharers.values())))
            return
        # A REQ or REP becomes ready also by its owner's send or recv, without an edge, but only while it can
        # do the other of the two: it is asked for both, and stays hot while it says either.
        if socket.type in _LOCKSTEP:
            self._special.add(socket)
            flags = zmq.POLLIN | zmq.POLLOUT
        self._questions[socket] = self._hot[socket] = sharers[socket] = (socket, flags)
        self._asked = []

    def _unwatch(self, socket, descriptor: int) -> None:
        self._asked = []
        self._questions.pop(socket, None)
        self._hot.pop(socket, None)
        self._special.discard(socket)
        self._files.pop(socket, None)
        here = self._bells if isinstance(socket, zmq.Socket) else self._raw
        sharers = here.get(descriptor, {})
        if sharers.pop(socket, None) and not sharers:
            del here[descriptor]
            with suppress(OSError):  # it is closed, and epoll has forgotten it by itself
                self._epoll.unregister(descriptor)


@cache
def both_edges_are_reported() -> bool:
    """Whether epoll reports both edges of a ZeroMQ descriptor here: tried out once, on a pair of sockets."""
    try:
        with (
            zmq.Context() as context,
            context.socket(zmq.PAIR) as here,
            context.socket(zmq.PAIR) as there,
            select.epoll() as epoll,
        ):
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
