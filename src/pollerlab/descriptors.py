"""Raw descriptors: finding them, and waiting on them with the flags of ZeroMQ's pollers."""

import operator
import select
import time

import zmq

LONGEST_SLEEP = 86_400.0  # seconds; the system counts ms in a C int, so a longer wait is made of several

# What poll(2) and epoll_ctl(2), whose numbers are the same, call ZeroMQ's flags.  What else they report
# (an error, a hang-up, a closed descriptor) is POLLERR to zmq_poll(3).
_SYSTEM = {zmq.POLLIN: 0x001, zmq.POLLPRI: 0x002, zmq.POLLOUT: 0x004}


def descriptor_of(socket) -> int:
    """The descriptor on which to wait for *socket*; raises what `pollerlab.poller.Registry.register` says."""
    if isinstance(socket, zmq.Socket):
        return socket.get(zmq.FD)
    if not isinstance(socket, int) and not hasattr(socket, "fileno"):
        raise TypeError(f"{socket!r} cannot be polled: register a ZeroMQ socket, or what has a descriptor.")
    descriptor = operator.index(socket if isinstance(socket, int) else socket.fileno())
    if descriptor < 0:
        raise ValueError(f"{socket!r} has no open descriptor: register before you close.")
    return descriptor


def to_system(flags: int) -> int:
    """ZeroMQ's *flags* as poll(2) and epoll_ctl(2) write them."""
    return sum(bit for flag, bit in _SYSTEM.items() if flags & flag)


def from_system(events: int) -> int:
    """What poll(2) or epoll_wait(2) reported, in ZeroMQ's flags; errors and hang-ups are POLLERR."""
    mask = sum(flag for flag, bit in _SYSTEM.items() if events & bit)
    return mask | zmq.POLLERR if events & ~sum(_SYSTEM.values()) else mask


def wait(wanted: dict[int, int], seconds: float) -> dict[int, int]:
    """Sleep until one of the descriptors is ready, *seconds* at the longest; return ``{descriptor: mask}``.

    :param wanted: what to wait for, ``{descriptor: flags}``.
    """
    seconds = min(seconds, LONGEST_SLEEP)
    if hasattr(select, "poll"):
        poll = select.poll()
        for descriptor, flags in wanted.items():
            poll.register(descriptor, to_system(flags))
        return {descriptor: from_system(events) for descriptor, events in poll.poll(seconds * 1000)}
    if not wanted:  # Windows' select refuses to wait for nothing
        time.sleep(seconds)
        return {}
    masks = dict.fromkeys(wanted, 0)
    kinds = (zmq.POLLIN, zmq.POLLOUT, zmq.POLLERR)
    asked = [[descriptor for descriptor, flags in wanted.items() if flags & kind] for kind in kinds]
    for found, kind in zip(select.select(*asked, seconds), kinds, strict=True):
        for descriptor in found:
            masks[descriptor] |= kind
    return {descriptor: mask for descriptor, mask in masks.items() if mask}
