"""Counts what a test or a notebook may leave behind: threads, sockets, descriptors, processes."""

import os
import threading
import time
from contextlib import suppress

import psutil

SECONDS = 5.0


def experiments(process):
    """The processes that *process* and its descendants have started to run an experiment or an exercise."""
    found = []
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "pollerlab.process.scene_runner" in child.cmdline():
                found.append(child)
    return found


def _open_descriptors():
    """What each is, by its number, as far as Linux tells."""
    kinds = {}
    with suppress(FileNotFoundError):  # another system
        for number in os.listdir("/proc/self/fd"):
            with suppress(FileNotFoundError):  # the one that listdir had
                kinds[int(number)] = os.readlink(f"/proc/self/fd/{number}")
    return kinds


def _named(kinds):
    """With the addresses of those that are sockets of the internet."""
    for connection in psutil.Process().net_connections():
        if connection.fd in kinds:
            kinds[connection.fd] += f" {connection.laddr} {connection.raddr} {connection.status}"
    return kinds


class Census:
    """The count at the time it is made; `check` compares a later one with it.

    Every ZeroMQ socket, inproc ones included, has a descriptor of its own, so counting descriptors
    counts sockets.  libzmq closes them in a thread of its own: hence the deadline.
    """

    def __init__(self):
        self.threads = set(threading.enumerate())
        self.children = set(psutil.Process().children())
        self.native_threads, self.descriptors = self._counts()
        self.open = _open_descriptors()

    @staticmethod
    def _counts():
        process = psutil.Process()
        count = process.num_fds if hasattr(process, "num_fds") else process.num_handles
        return process.num_threads(), count()

    def check(self):
        """Raise AssertionError if, after some seconds, more is there than before."""
        deadline = time.monotonic() + SECONDS
        while True:
            new = set(threading.enumerate()) - self.threads
            children = set(psutil.Process().children()) - self.children
            native_threads, descriptors = self._counts()
            more_threads = native_threads - self.native_threads
            more_descriptors = descriptors - self.descriptors
            if not new and not children and more_threads <= 0 and more_descriptors <= 0:
                return
            if time.monotonic() > deadline:
                kinds = _named(dict(_open_descriptors().items() - self.open.items()))
                raise AssertionError(
                    f"left behind: threads {sorted(t.name for t in new)}, "
                    f"{more_threads} native threads, {more_descriptors} descriptors or sockets, "
                    f"{len(children)} processes; {kinds}"
                )
            time.sleep(0.01)
