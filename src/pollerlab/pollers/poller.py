"""`Poller`: what ``zmq.Poller`` does, built from a socket's descriptor and its events, short enough to read.

A ZeroMQ socket has a descriptor (``zmq.FD``) that becomes readable when there is *news* for the socket, which
is not the same as the socket being ready.  Asking the socket (``zmq.EVENTS``) takes in the news and silences
the descriptor.  So a poller asks first, and sleeps on the descriptors only when every socket has just said
no: whatever news comes after that wakes it, and it asks again.  See ``zmq_getsockopt(3)``, ZMQ_FD.
"""

import time

import zmq

from .descriptors import wait
from .registry import Registry

_POLLIN, _POLLERR = int(zmq.POLLIN), int(zmq.POLLERR)  # plain numbers: those of an enumeration are slow


class Poller(Registry):
    """A poller for ZeroMQ sockets and raw descriptors, as ``zmq.Poller`` is.

    Where it differs on purpose, `pollerlab.pollers.differences` has the list.
    Each `poll` asks every socket.
    """

    def poll(self, timeout: float | None = None) -> list[tuple]:
        """Wait until something is ready; return ``[(socket, mask), ...]``.

        The order is that of registration.  A descriptor comes back as its
        number, also if an object was registered; POLLERR among its events is
        reported also to those who did not ask for it.

        :param timeout: the longest wait, in ms; a fraction counts.  None,
            ``inf`` and all below 0: for ever.
        :raises zmq.ZMQError: ENOTSOCK, if a registered socket is closed; ETERM,
            if its context has ended.
        :raises RuntimeError: if nothing is registered and there is no timeout;
            in a forked child, if sockets of its parent are registered.
        :raises TypeError: if *timeout* is no number.
        :raises ValueError: if it is nan.
        """
        self._check_process()
        deadline = time.monotonic() + self._seconds(timeout)
        while True:
            ready = self._ask()
            left = deadline - time.monotonic()
            if ready or left <= 0:
                return ready
            wait(self._bells(), left)

    def _bells(self) -> list[tuple]:
        """What to sleep on.

        A ZeroMQ descriptor can be *read* when there is news, whatever it is
        about.
        """
        return [
            (descriptor, _POLLIN if isinstance(socket, zmq.Socket) else flags)
            for socket, descriptor, flags in self._registered.values()
        ]

    def _ask(self) -> list[tuple]:
        """Ask each socket what it is ready for.

        This takes in the news and silences its descriptor.
        """
        answers: dict[int, int] = {}
        entries, events, ready = self._registered.values(), {}, []
        if raw := [e[1:] for e in entries if not isinstance(e[0], zmq.Socket)]:
            events = wait(raw, 0)
        for socket, descriptor, flags in entries:
            if isinstance(socket, zmq.Socket):
                # Once for all its shadows: a second question would take in what
                # is news to the first.
                if descriptor not in answers:
                    answers[descriptor] = socket.get(zmq.EVENTS)
                mask = answers[descriptor] & flags
            else:
                socket = descriptor
                mask = events.get(descriptor, 0) & (flags | _POLLERR)
            if mask:
                ready.append((socket, mask))
        return ready
