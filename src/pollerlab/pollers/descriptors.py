"""Descriptors: finding them, waiting on raw ones with ZeroMQ's flags, and what ZeroMQ's own tell."""

import errno
import select
import time
from collections.abc import Iterable
from functools import cache

import zmq

from ..process import own_context

__all__ = ["LONGEST_SLEEP"]

LONGEST_SLEEP = 86_400.0  # seconds; the system counts ms in a C int, so a longer wait is made of several

# What poll(2) and epoll_ctl(2), whose numbers are the same, call ZeroMQ's flags.  What else they report
# (an error, a hang-up, a closed descriptor) is POLLERR to zmq_poll(3).  Plain numbers, since `zmq.POLLIN`
# and the like are members of an enumeration, which is slow.
_SYSTEM = {int(zmq.POLLIN): 0x001, int(zmq.POLLPRI): 0x002, int(zmq.POLLOUT): 0x004}
_POLLERR = int(zmq.POLLERR)
_SELECTED = (int(zmq.POLLIN), int(zmq.POLLOUT), _POLLERR)  # by select(2)'s three answers
_MOST = 2**31 - 1  # a C int
BOTH_EDGES = 0x001 | 0x004 | 1 << 31  # EPOLLIN | EPOLLOUT | EPOLLET


def descriptor_of(socket) -> int:
    """The descriptor on which to wait for *socket*; raises what `Registry.register` says."""
    if isinstance(socket, zmq.Socket):
        return socket.get(zmq.FD)  # type: ignore[return-value]
    if not isinstance(socket, int) and not hasattr(socket, "fileno"):
        raise TypeError(f"{socket!r} cannot be polled: register a ZeroMQ socket, or what has a descriptor.")
    number = socket if isinstance(socket, int) else socket.fileno()
    if not isinstance(number, int):
        raise TypeError(f"fileno() of {socket!r} must return a whole number, not {number!r}.")
    if not 0 <= number <= _MOST:
        raise ValueError(f"{socket!r} has no open descriptor: register before you close.")
    return int(number)


def to_system(flags: int) -> int:
    """ZeroMQ's *flags* as poll(2) and epoll_ctl(2) write them."""
    return sum(bit for flag, bit in _SYSTEM.items() if flags & flag)


def from_system(events: int) -> int:
    """What poll(2) or epoll_wait(2) reported, in ZeroMQ's flags; errors and hang-ups are POLLERR."""
    mask = sum(flag for flag, bit in _SYSTEM.items() if events & bit)
    return mask | _POLLERR if events & ~0x007 else mask


def wait(watched: Iterable[tuple[int, int]], seconds: float) -> dict[int, int]:
    """Sleep until one of the descriptors is ready, *seconds* at the longest; return ``{descriptor: mask}``.

    Without poll(2), as on Windows, there is select(2): sockets only, about 500 of them at most.

    :param watched: ``(descriptor, flags)``; one may come several times.
    :raises OSError, ValueError: without poll(2), if a descriptor is closed, or there are too many.
    """
    wanted: dict[int, int] = {}
    for descriptor, flags in watched:
        wanted[descriptor] = wanted.get(descriptor, 0) | flags
    seconds = min(seconds, LONGEST_SLEEP)
    if hasattr(select, "poll"):
        poll = select.poll()
        for descriptor, flags in wanted.items():
            poll.register(descriptor, to_system(flags))
        return {descriptor: from_system(events) for descriptor, events in poll.poll(seconds * 1000)}
    if not wanted:  # Windows' select refuses to wait for nothing
        time.sleep(seconds)
        return {}
    for_input = [descriptor for descriptor, flags in wanted.items() if flags & zmq.POLLIN]
    for_output = [descriptor for descriptor, flags in wanted.items() if flags & zmq.POLLOUT]
    masks = dict.fromkeys(wanted, 0)
    # Errors are asked for of all: poll(2) would report them unasked.
    for found, flag in zip(select.select(for_input, for_output, wanted, seconds), _SELECTED, strict=True):
        for descriptor in found:
            masks[descriptor] |= flag
    return {descriptor: mask for descriptor, mask in masks.items() if mask}


@cache
def both_edges_are_reported() -> bool:
    """Whether epoll reports both edges of a ZeroMQ descriptor here: tried out once, on a pair of sockets."""
    try:
        with own_context() as context, select.epoll() as epoll:
            here, there = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
            here.bind("inproc://edges")
            there.connect("inproc://edges")
            here.get(zmq.EVENTS)
            epoll.register(here.get(zmq.FD), BOTH_EDGES)  # type: ignore[arg-type]
            epoll.poll(0)
            there.send(b"")
            news = epoll.poll(0)
            here.get(zmq.EVENTS)
            return bool(news and epoll.poll(0))
    except AttributeError:  # no epoll
        return False
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise  # too many open files, perhaps: the next time it may be none
        return False
