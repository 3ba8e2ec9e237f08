"""What a process and those that it has started do on the network, by the kernel's tables."""

import ipaddress
import threading
import time
from contextlib import suppress

import psutil

_SECONDS = 0.5  # between two looks at least; sockets of a cell are there for longer, and again
_REST = 50  # times what a look took, or the looks of some kernels at once would want a tenth of the machine


class Watch:
    """Looks, for the time of a block, at all sockets of a process and of its descendants.

    At the end it is an AssertionError if one of them was bound to, or connected with, another machine's
    address, or to all.
    """

    def __init__(self, pid):
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seen = set()
        """All addresses, here and there, as texts."""

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._done.set()
        self._thread.join()
        if kind is None:
            assert not (beyond := sorted(filter(is_beyond, self.seen))), f"beyond this machine: {beyond}"

    def _run(self):
        while True:
            begin = time.monotonic()
            self._look()
            if self._done.wait(max(_SECONDS, _REST * (time.monotonic() - begin))):
                return

    def _look(self):
        with suppress(psutil.Error):
            for process in [self._process, *self._process.children(recursive=True)]:
                with suppress(psutil.Error):  # it has just ended
                    for connection in process.net_connections():
                        self.seen |= {
                            address.ip for address in (connection.laddr, connection.raddr) if address
                        }


def is_beyond(address):
    """Whether an IP address is another one than those by which a machine reaches itself."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return not (getattr(ip, "ipv4_mapped", None) or ip).is_loopback
