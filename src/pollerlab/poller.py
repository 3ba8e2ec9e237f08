"""`Poller`: what ``zmq.Poller`` does, built from a socket's descriptor and its events, short enough to read.

A ZeroMQ socket has a descriptor (``zmq.FD``) that becomes readable when there is *news* for the socket, which
is not the same as the socket being ready.  Asking the socket (``zmq.EVENTS``) takes in the news and silences
the descriptor.  So a poller asks first, and sleeps on the descriptors only when every socket has just said
no: whatever news comes after that wakes it, and it asks again.  See ``zmq_getsockopt(3)``, ZMQ_FD.
"""

import math
import operator
import time

import zmq

from .descriptors import descriptor_of, wait


class Registry:
    """What is watched, and for what: the part that `Poller` and `pollerlab.EdgePoller` share.

    A poller and the sockets in it belong to one thread at a time.
    """

    def __init__(self) -> None:
        self._flags: dict = {}  # in order of registration
        self._descriptors: dict = {}

    @property
    def sockets(self) -> list[tuple]:
        """All that is registered, as ``(object, flags)``, in order of registration."""
        return list(self._flags.items())

    def __contains__(self, socket) -> bool:
        return socket in self._flags

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Forget all that is registered."""
        self._flags.clear()
        self._descriptors.clear()

    def register(self, socket, flags: int = zmq.POLLIN | zmq.POLLOUT) -> None:
        """Watch *socket*; one that is watched already gets the new flags and keeps its place.

        :param socket: a ``zmq.Socket``, a descriptor, or an object with ``fileno()``, which is asked for its
            descriptor now and not again: unregister before you close.
        :param flags: POLLIN, POLLOUT, POLLERR and POLLPRI, joined by ``|``; 0 unregisters.
        :raises TypeError: if *socket* is none of these, or *flags* is not a whole number.
        :raises ValueError: if the object with ``fileno()`` is closed, or the descriptor is below 0.
        :raises zmq.ZMQError: ENOTSOCK, if the ZeroMQ socket is closed.
        """
        flags, descriptor = operator.index(flags), descriptor_of(socket)
        if flags:
            self._watch(socket, descriptor, flags)
            self._flags[socket] = flags
            self._descriptors[socket] = descriptor
        elif socket in self:
            self.unregister(socket)

    def modify(self, socket, flags: int = zmq.POLLIN | zmq.POLLOUT) -> None:
        """The same as `register`, as in ``zmq.Poller``."""
        self.register(socket, flags)

    def unregister(self, socket) -> None:
        """Watch *socket* no more; it may be closed by now.

        :raises KeyError: if it is not registered.
        """
        del self._flags[socket]
        self._unwatch(socket, self._descriptors.pop(socket))

    def _watch(self, socket, descriptor: int, flags: int) -> None:
        """For a subclass that keeps more; also called when the flags change."""

    def _unwatch(self, socket, descriptor: int) -> None:
        """For a subclass that keeps more."""

    def _seconds(self, timeout: float | None) -> float:
        """A *timeout* as `Poller.poll` takes it, in seconds."""
        if timeout is None:
            timeout = math.inf
        try:
            seconds = timeout / 1000 if timeout >= 0 else math.inf
        except TypeError:
            raise TypeError(f"timeout must be a number of ms, or None for no end, not {timeout!r}.") from None
        if seconds == math.inf:
            if timeout != timeout:  # only nan is not equal to itself
                raise ValueError("timeout must be a number of ms, or None for no end; nan is neither.")
            if not self._flags:
                raise RuntimeError("Nothing is registered to end this wait: register, or give a timeout.")
        return seconds


class Poller(Registry):
    """A poller for ZeroMQ sockets and raw descriptors, with the interface of ``zmq.Poller``.

    Where it differs on purpose, `pollerlab.differences` has the list.  Each `poll` asks every socket.
    """

    def poll(self, timeout: float | None = None) -> list[tuple]:
        """Wait until something is ready; return it as ``[(socket, mask), ...]``, in order of registration.

        A descriptor comes back as its number, also if an object was registered; POLLERR among its events
        is reported also to those who did not ask for it.

        :param timeout: the longest wait, in ms; a fraction counts.  None, ``inf`` and all below 0: for ever.
        :raises zmq.ZMQError: ENOTSOCK, if a registered socket is closed; ETERM, if its context has ended.
        :raises RuntimeError: if nothing is registered and there is no timeout.
        :raises ValueError: if *timeout* is nan.
        """
        deadline = time.monotonic() + self._seconds(timeout)
        while True:
            ready = self._ask()
            left = deadline - time.monotonic()
            if ready or left <= 0:
                return ready
            wait(self._wanted(zmq_sockets=True), left)  # until there is news, or a descriptor is ready

    def _ask(self) -> list[tuple]:
        """Ask each socket what it is ready for; this takes in the news and silences its descriptor."""
        raw = self._wanted(zmq_sockets=False)
        events = wait(raw, 0) if raw else {}
        ready = []
        for socket, flags in self._flags.items():
            if isinstance(socket, zmq.Socket):
                mask = socket.get(zmq.EVENTS) & flags
            else:
                socket = self._descriptors[socket]
                mask = events.get(socket, 0) & (flags | zmq.POLLERR)
            if mask:
                ready.append((socket, mask))
        return ready

    def _wanted(self, *, zmq_sockets: bool) -> dict[int, int]:
        """What to wait for, by descriptor; several objects may share one."""
        wanted: dict[int, int] = {}
        for socket, flags in self._flags.items():
            if isinstance(socket, zmq.Socket):
                if not zmq_sockets:
                    continue
                flags = zmq.POLLIN  # whatever the news is about
            descriptor = self._descriptors[socket]
            wanted[descriptor] = wanted.get(descriptor, 0) | flags
        return wanted
