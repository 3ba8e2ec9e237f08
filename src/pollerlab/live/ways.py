"""The ways to wait, as functions: the waiting room runs these very lines, and shows them.

Each is called with ``(sockets, timeout_ms, handle, work)`` in the thread that waits, and never returns:

*sockets*
    PULL sockets, connected.
*timeout_ms*
    how long a wait may take, or a nap, or the window of a spin, in ms.  Some take no notice of it.
*handle*
    is called as ``handle(socket, message)`` with each message.
*work*
    is called once a round: here the thread would do what else it has to do.
"""

import asyncio
import inspect
import select
import time
from contextlib import suppress

import zmq
import zmq.asyncio

from ..arguments import checked
from ..pollers import EdgePoller, Poller

__all__ = ["MEANING", "NO_TIMEOUT", "WAYS", "source"]


def blocking(sockets, timeout_ms, handle, work):
    """Wait for each socket in turn."""
    while True:
        for sock in sockets:
            handle(sock, sock.recv())
            work()


def busy(sockets, timeout_ms, handle, work):
    """Ask all the time."""
    while True:
        for sock in sockets:
            with suppress(zmq.Again):
                handle(sock, sock.recv(zmq.NOBLOCK))
        work()


def nap(sockets, timeout_ms, handle, work):
    """Ask, take all that is there, nap, ask again."""
    while True:
        for sock in sockets:
            with suppress(zmq.Again):
                while True:
                    handle(sock, sock.recv(zmq.NOBLOCK))
        work()
        time.sleep(timeout_ms / 1000)


def socket_poll(sockets, timeout_ms, handle, work):
    """Poll each socket in turn."""
    while True:
        for sock in sockets:
            if sock.poll(timeout_ms):
                handle(sock, sock.recv())
            work()


def zmq_poller(sockets, timeout_ms, handle, work):
    """Wait for all of them at once."""
    poller = zmq.Poller()
    for sock in sockets:
        poller.register(sock, zmq.POLLIN)
    while True:
        for sock, _ in poller.poll(timeout_ms):
            handle(sock, sock.recv())
        work()


def spin_then_poll(sockets, timeout_ms, handle, work):
    """Ask all the time for a while after each message, and only then sleep."""
    poller = zmq.Poller()
    for sock in sockets:
        poller.register(sock, zmq.POLLIN)
    awake_until = 0.0
    while True:
        spins = time.monotonic() < awake_until
        for sock, _ in poller.poll(0 if spins else None):
            handle(sock, sock.recv())
            awake_until = time.monotonic() + timeout_ms / 1000
        work()


def our_poller(sockets, timeout_ms, handle, work):
    """The same with the poller of notebook 07."""
    poller = Poller()
    for sock in sockets:
        poller.register(sock, zmq.POLLIN)
    while True:
        for sock, _ in poller.poll(timeout_ms):
            handle(sock, sock.recv())
        work()


def edge_poller(sockets, timeout_ms, handle, work):
    """The same with the poller of notebook 08."""
    with EdgePoller() as poller:
        for sock in sockets:
            poller.register(sock, zmq.POLLIN)
        while True:
            for sock, _ in poller.poll(timeout_ms):
                handle(sock, sock.recv())
            work()


def asyncio_tasks(sockets, timeout_ms, handle, work):
    """A task for each socket: asyncio waits for all of them at once."""

    async def serve(sock):
        inbox = zmq.asyncio.Socket(shadow=sock)
        while True:
            message = await inbox.recv()
            handle(sock, message)
            work()

    async def serve_all():
        await asyncio.gather(*map(serve, sockets))

    asyncio.run(serve_all())


WAYS = {
    "blocking recv": blocking,
    "busy": busy,
    "nap": nap,
    "socket.poll": socket_poll,
    "zmq.Poller": zmq_poller,
    "spin, then poll": spin_then_poll,
    "Poller": our_poller,
    "EdgePoller": edge_poller,
    "asyncio": asyncio_tasks,
}
"""By name, those that run on this system."""

if not hasattr(select, "epoll"):
    del WAYS["EdgePoller"]

MEANING = {"nap": "nap", "spin, then poll": "window"}
"""What the timeout is the length of, where it is not the limit of a wait."""

NO_TIMEOUT = ("blocking recv", "busy", "asyncio")
"""Those that take no notice of the timeout."""


@checked
def source(name: str) -> str:
    """The lines of a way, as they run.

    :raises KeyError: if there is no such way here.
    """
    if name not in WAYS:
        raise KeyError(f"There is no way {name!r} here: choose from {', '.join(WAYS)}.")
    return inspect.getsource(WAYS[name])
