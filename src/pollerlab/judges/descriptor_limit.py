"""How many sockets a process may open, and raising the limit for a while."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import zmq

from ..arguments import checked
from ..process import own_context

_SPARE = 20  # descriptors for contexts, pollers and event loops


class NoRoom(ValueError):
    """The process may not open enough sockets."""


@checked
@contextmanager
def room_for(sockets: Mapping[int, int]) -> Iterator[list[int]]:
    """Raise the soft limit of descriptors for the time of the block, and yield the counts that fit.

    What does not fit is named on stderr, with the limit that is in the way.

    :param sockets: by count, in rising order, how many sockets are open at the same time.
    :raises NoRoom: if not even the first fits.
    :raises ValueError: if there is no count.
    """
    if not sockets:
        raise ValueError("There must be a count of sockets to make room for.")
    with own_context() as context:
        limits = [("the limit of libzmq (ZMQ_SOCKET_LIMIT)", context.get(zmq.SOCKET_LIMIT), 0)]
    with ExitStack() as stack:
        try:
            import resource
        except ImportError:  # Windows
            pass
        else:
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            others = len(os.listdir("/dev/fd")) + _SPARE  # those that are open now
            needed = max(sockets.values()) + others  # each has a descriptor
            if hard != resource.RLIM_INFINITY:
                name = "the hard limit of open descriptors (RLIMIT_NOFILE, ulimit -Hn)"
                limits.append((name, hard, others))
                needed = min(needed, hard)
            if soft != resource.RLIM_INFINITY and soft < needed:
                stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
                resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        name, limit, others = min(limits, key=lambda limit: limit[1] - limit[2])
        fits = [count for count in sockets if sockets[count] + others <= limit]
        if not fits:
            raise NoRoom(f"{name} is {limit}: too low for even {min(sockets)} of these sockets.")
        if left_out := [str(count) for count in sockets if count not in fits]:
            print(f"bench: {name} is {limit}: left out {', '.join(left_out)} sockets.", file=sys.stderr)
        yield fits
