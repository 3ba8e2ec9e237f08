"""`EdgePoller`: a poller whose cost grows with the sockets that are ready, not with those registered.

``zmq.Poller`` asks every socket on every call, because a ZeroMQ descriptor (see `pollerlab.pollers.poller`)
tells of news only, and only once: taking in the news, by a send, a recv or by reading EVENTS, silences it.
Linux offers more.  The descriptor is an eventfd there, and the *read* that silences it is itself an event
for a program that watches it for EPOLLOUT: see ``eventfd_read`` in ``fs/eventfd.c``.  So epoll reports both
edges, "there is news" and "the news was taken in".  A socket for which it reports neither is as it was when
it last said that it is not ready, and need not be asked.
"""

import errno
import select
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

import zmq
from zmq import zmq_poll

from .descriptors import BOTH_EDGES, both_edges_are_reported, wait
from .registry import Registry

RECHECK_SECONDS = 0.5
"""How often `EdgePoller.poll`, called or asleep, asks all sockets, for what gives no signal."""

_FEW = 8  # sockets: to sleep in zmq_poll, which asks them all, costs less than to be told whom to ask
_VERY_FEW = 2  # of them it asks all without a sleep, too
_LONG = 1000  # ms: a zmq_poll that signals interrupt may take so much longer
_POLLIN, _POLLERR = int(zmq.POLLIN), int(zmq.POLLERR)
_NO_EPOLL = "There is no select.epoll (only Linux has it, and gevent's monkey.patch_all() takes it away)"
_LOCKSTEP = (zmq.REQ, zmq.REP)


class EdgePoller(Registry):
    """A poller for many sockets, on Linux, with the interface of `pollerlab.Poller`.

    * What peers do, in whatever thread or process, it reports as ``zmq.Poller`` would, and at once; the same
      holds for what your thread sends, receives or asks between polls, also through a shadow of the socket.
      A socket may be in several pollers.
    * Four kinds of call on a *registered* socket give no signal: ``connect`` and ``bind`` over inproc;
      options that change what is ready, such as ROUTER_MANDATORY; ``send`` of the parts of a message whose
      receiver has left in the middle of it; ``close``.  They are noticed at the next re-check,
      `RECHECK_SECONDS` later at most, or at once if you call `modify` after them.  With 1,000 sockets the
      re-checks take about 0.3 % of a core.
    * A result holds all that is ready, so nothing waits behind something else; its order is arbitrary.
    * A socket that is closed while registered is an ENOTSOCK once noticed, until it is unregistered.
    * Raw descriptors are watched by poll(2), all of them on each call: level-triggered, and regular files are
      always ready.
    * It holds one descriptor, until `close`, the end of its ``with`` block, or its collection as garbage.  In
      a forked child it is closed, and says so by a RuntimeError.

    :raises OSError: ENOSYS, where the two edges cannot be had: elsewhere than on Linux, in a sandbox whose
        kernel does not report the second, or where gevent has taken ``select.epoll`` away.
    """

    def __init__(self) -> None:
        if not both_edges_are_reported():
            reason = "This system does not report both edges" if hasattr(select, "epoll") else _NO_EPOLL
            raise OSError(errno.ENOSYS, f"{reason}: use pollerlab.Poller")
        self._epoll = select.epoll()
        super().__init__()
        self._next_recheck = monotonic() + RECHECK_SECONDS
        self._build()

    def _build(self) -> None:
        """Make all that follows from what is registered."""
        self._check_process()
        if self._epoll.closed:
            raise ValueError("This EdgePoller is closed: make a new one.")
        # A question is what zmq_poll takes: (socket, flags).  By socket: all questions, those to ask at the
        # next poll, and by descriptor those to ask when there is an edge (several, if one is a shadow).
        self._questions: dict[zmq.Socket, tuple] = {}
        self._hot: dict[zmq.Socket, tuple] = {}
        self._asked: list[tuple] = []  # the hot questions as a list, or empty if they have changed since
        self._bells: dict[int, dict[zmq.Socket, tuple]] = {}
        self._lockstep: set[zmq.Socket] = set()  # those that are REQ or REP
        self._raw: dict = {}  # the objects that are no sockets, with their descriptors and flags
        for registered in self._registered.values():
            self._watch(*registered)
        self._end_change()

    def close(self) -> None:
        """Release the descriptor; the poller is of no use after that.  Closing twice does no harm."""
        self._epoll.close()
        super().close()
        self._unsure = True

    def _enter_child(self) -> None:
        self._inherited = True  # the epoll is shared with the parent: what changes here would change there
        self.close()

    def register(self, socket, flags: int = zmq.POLLIN | zmq.POLLOUT) -> None:
        """As in `pollerlab.Poller`; ValueError also if the poller is closed."""
        self._begin_change()
        super().register(socket, flags)
        self._end_change()

    def unregister(self, socket) -> None:
        """As in `pollerlab.Poller`; ValueError also if the poller is closed."""
        self._begin_change()
        super().unregister(socket)
        self._end_change()

    def _begin_change(self) -> None:
        if self._unsure:
            self._build()
        self._unsure = True  # whether an exception may have cut a change short: then all is made anew

    def _end_change(self) -> None:
        few = len(self._registered) <= _FEW and not self._raw
        self._few = [] if not few or any(socket.closed for socket in self._registered) else self.sockets
        self._very_few = 0 < len(self._few) <= _VERY_FEW
        self._asks_all = self._very_few  # or it has had to sleep lately
        self._unsure = False

    def poll(self, timeout: float | None = None) -> list[tuple]:
        """Wait until something is ready; return it as ``[(socket, mask), ...]``, in any order.

        Everything else is as in `pollerlab.Poller.poll`.

        :raises ValueError: also if the poller is closed.
        :raises zmq.ZMQError, RuntimeError, TypeError: as there.
        """
        if self._unsure:
            self._build()
        if timeout is not None and (type(timeout) is not int or timeout < 0):
            self._seconds(timeout)  # raises if it is wrong
        deadline = None
        try:
            if self._asks_all and (timeout is None or timeout > _LONG):
                now = monotonic()
                if now < self._next_recheck:
                    for socket, _ in (ready := zmq_poll(self._few, 500)):
                        if type(socket) is int:  # 0: zmq_poll takes a closed one for that descriptor
                            raise zmq.ZMQError(zmq.ENOTSOCK)
                    if ready:
                        return ready  # the edges stay in epoll, until that is asked again
                    deadline = now + self._seconds(timeout)
            raw: Sequence[tuple]
            sleep, most = 0.0, len(self._registered) or 1
            while True:
                raw, asked = (), self._asked
                if sleep or len(asked) < most:  # the hot ones must not hide the others
                    if self._raw:
                        raw, sleep = self._wait_with_raw(sleep), 0
                    for descriptor, _ in self._epoll.poll(sleep, most):
                        if descriptor in self._bells:
                            self._hot.update(self._bells[descriptor])
                    now = monotonic()
                    if now >= self._next_recheck:
                        self._hot.update(self._questions)
                        self._next_recheck = now + RECHECK_SECONDS
                        self._asks_all = self._very_few
                    asked = self._asked = [*self._hot.values()]
                for socket, _ in asked:
                    if socket.closed:  # zmq_poll would take it for descriptor 0
                        raise zmq.ZMQError(zmq.ENOTSOCK)
                ready = zmq_poll(asked, 0) if asked else []
                if len(ready) < len(asked):  # the others cool down, until there is an edge
                    self._hot = {socket: self._questions[socket] for socket, _ in ready}
                    self._asked = []
                if self._lockstep:  # without what they were asked for beyond their flags
                    ready = [(s, wanted) for s, mask in ready if (wanted := mask & self._registered[s][2])]
                ready += raw
                if ready or timeout == 0:
                    return ready
                now = monotonic()
                if deadline is None:
                    deadline = now + self._seconds(timeout)
                if now >= deadline:
                    return ready
                # Some time in any case: a re-check may be overdue, and to epoll below 0 is for ever.
                sleep = max(min(deadline, self._next_recheck) - now, 0.001)
                self._asks_all = bool(self._few)
        except BaseException:
            self._hot = dict(self._questions)  # an edge is reported once, and may have been lost just now
            self._asked = []
            raise

    def _wait_with_raw(self, seconds: float) -> list[tuple]:
        """Sleep until there is an edge, or a raw descriptor is ready; return those that are."""
        raw = self._raw.values()
        events = wait([(self._epoll.fileno(), _POLLIN), *raw], seconds)
        return [(fd, mask) for fd, flags in raw if (mask := events.get(fd, 0) & (flags | _POLLERR))]

    def _watch(self, socket, descriptor: int, flags: int) -> None:
        if socket in self:
            self._unwatch(*self._registered[socket])
        if not isinstance(socket, zmq.Socket):
            self._raw[socket] = (descriptor, flags)
            return
        if not socket.closed:  # one that is, when all is made anew, is asked and has no bell
            # A REQ or REP becomes ready also by its owner's send or recv, without an edge, but only while it
            # can do the other of the two: it is asked for both, and stays hot while it says either.
            if socket.type in _LOCKSTEP:
                self._lockstep.add(socket)
                flags = zmq.POLLIN | zmq.POLLOUT
            with suppress(FileExistsError):  # by a shadow of it
                self._epoll.register(descriptor, BOTH_EDGES)
                self._bells.pop(descriptor, None)  # whatever had this number before is closed
            self._bells.setdefault(descriptor, {})[socket] = (socket, flags)
        self._questions[socket] = self._hot[socket] = (socket, flags)
        self._asked = []

    def _unwatch(self, socket, descriptor: int, flags: int) -> None:
        self._asked = []
        for kept in (self._questions, self._hot, self._raw):
            kept.pop(socket, None)
        self._lockstep.discard(socket)
        sharers = self._bells.get(descriptor, {})
        if sharers.pop(socket, None) and not sharers:
            del self._bells[descriptor]
            with suppress(OSError):  # it is closed, and epoll has forgotten it by itself
                self._epoll.unregister(descriptor)
