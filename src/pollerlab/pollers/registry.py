"""What is registered with a poller: the book-keeping that `Poller` and `EdgePoller` share."""

import math
import os
import weakref
from decimal import Decimal
from numbers import Integral, Real

import zmq

from .descriptors import descriptor_of

_FLAGS = int(zmq.POLLIN | zmq.POLLOUT | zmq.POLLERR | zmq.POLLPRI)
_all_registries: weakref.WeakSet = weakref.WeakSet()


class Registry:
    """What is watched, and for what: the part that `Poller` and `pollerlab.EdgePoller` share.

    A poller and the sockets in it belong to one thread at a time, and to the process that made them: in a
    forked child, libzmq refuses every call on them, and pyzmq would try again for ever (pyzmq issue 1091).
    """

    def __init__(self) -> None:
        self._inherited = False  # whether this is a forked child's copy, with sockets of the parent in it
        _all_registries.add(self)
        # By what was registered, in that order: the same once more, its descriptor, its flags.  One store is
        # all that a change takes, so an exception from a signal's handler leaves it made or not made.
        self._registered: dict = {}

    @property
    def sockets(self) -> list[tuple]:
        """All that is registered, as ``(object, flags)``, in order of registration."""
        return [(socket, flags) for socket, _, flags in self._registered.values()]

    def __contains__(self, socket) -> bool:
        return socket in self._registered

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Forget all that is registered."""
        self._registered.clear()

    def register(self, socket, flags: int = zmq.POLLIN | zmq.POLLOUT) -> None:
        """Watch *socket*; one that is watched already gets the new flags and keeps its place.

        :param socket: a ``zmq.Socket``, a descriptor, or an object with ``fileno()``, which is asked for its
            descriptor now and not again: unregister before you close.
        :param flags: POLLIN, POLLOUT, POLLERR and POLLPRI, joined by ``|``; 0 unregisters.
        :raises TypeError: if *socket* is none of these, or *flags* is not a whole number.
        :raises ValueError: for other flags, a closed object with ``fileno()``, and what is no descriptor.
        :raises zmq.ZMQError: ENOTSOCK, if the ZeroMQ socket is closed.
        :raises RuntimeError: in a forked child, if ZeroMQ sockets of its parent are registered.
        """
        self._check_process()
        if not isinstance(flags, Integral):
            raise TypeError(f"flags must be a whole number, not {flags!r}.")
        flags = int(flags)
        if flags & ~_FLAGS:
            raise ValueError(f"flags must be made of POLLIN, POLLOUT, POLLERR and POLLPRI, not {flags}.")
        if flags:
            descriptor = descriptor_of(_hashable(socket))
            self._watch(socket, descriptor, flags)
            self._registered[socket] = (socket, descriptor, flags)
        elif _hashable(socket) in self:
            self._remove(socket)

    def modify(self, socket, flags: int = zmq.POLLIN | zmq.POLLOUT) -> None:
        """The same as `register`, as in ``zmq.Poller``.

        :raises TypeError, ValueError, zmq.ZMQError, RuntimeError: as there.
        """
        self.register(socket, flags)

    def unregister(self, socket) -> None:
        """Watch *socket* no more; it may be closed by now.

        :raises KeyError: if it is not registered.
        :raises TypeError: if it is nothing that could be.
        """
        if _hashable(socket) not in self:
            raise KeyError(f"{socket!r} is not registered.")
        self._remove(socket)

    def _remove(self, socket) -> None:
        self._unwatch(*self._registered.pop(socket))

    def _watch(self, socket, descriptor: int, flags: int) -> None:
        """For a subclass that keeps more; also called when the flags change."""

    def _unwatch(self, socket, descriptor: int, flags: int) -> None:
        """For a subclass that keeps more."""

    def _enter_child(self) -> None:
        """Called in a forked child."""
        self._inherited = any(isinstance(thing, zmq.Socket) for thing in self._registered)

    def _check_process(self) -> None:
        if self._inherited:
            raise RuntimeError(
                "This poller was made before the fork: make context, sockets and poller in the child."
            )

    def _seconds(self, timeout: float | None) -> float:
        """A *timeout* as `Poller.poll` takes it, in seconds."""
        if timeout is None:
            timeout = math.inf
        elif not isinstance(timeout, (Real, Decimal)):
            raise TypeError(f"timeout must be a number of ms, or None for no end, not {timeout!r}.")
        try:
            seconds = float(timeout) / 1000
        except OverflowError:  # a whole number beyond all floats
            seconds = math.inf if timeout > 0 else -math.inf
        if math.isnan(seconds):
            raise ValueError("timeout must be a number of ms, or None for no end; nan is neither.")
        if 0 <= seconds < math.inf:
            return seconds
        if not self._registered:
            raise RuntimeError("Nothing is registered to end this wait: register, or give a timeout.")
        return math.inf


def _hashable(socket):
    """*socket*, if it can be a key."""
    try:
        hash(socket)
    except TypeError:
        raise TypeError(f"{socket!r} cannot be polled: it has no hash to be found by.") from None
    return socket


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [each._enter_child() for each in list(_all_registries)])
