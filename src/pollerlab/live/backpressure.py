"""The experiment of a sender that waits for room, and a receiver that is as fast as the reader likes.

Both are threads of one process, which is a child (`pollerlab.live.experiment`), joined by ``inproc``, so that
the high-water marks alone say how many messages fit between them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import zmq

from ..arguments import positive
from .experiment import Experiment, Measured, send_reports

__all__ = ["MARK", "Speeds"]

MARK = 10
"""The high-water mark at either end, in messages: 20 fit between the two."""

_AT_ONCE = 0.002  # seconds; who had to wait for less found room


@dataclass(frozen=True)
class Speeds(Experiment):
    """What is tried.

    :param sender: how many messages a second it makes, if it need not wait.
    :param receiver: how many it can take in a second.
    :raises TypeError, ValueError: if one of them is no number above 0.
    """

    scene = __name__

    sender: float = 100
    receiver: float = 40

    def __post_init__(self) -> None:
        positive("sender", self.sender)
        positive("receiver", self.receiver)

    def __str__(self) -> str:
        return f"sender up to {self.sender:g}/s, receiver up to {self.receiver:g}/s"


def send_when_there_is_room(outbox, make):
    """Make a message, sleep until there is room, send it, and so on."""
    poller = zmq.Poller()
    poller.register(outbox, zmq.POLLOUT)
    while True:
        message = make()
        poller.poll()
        outbox.send(message, zmq.NOBLOCK)


def scene(job: dict, send: Callable[[dict], None]) -> None:
    """In the child: run the experiment for ``job["limit"]`` seconds, and send what happens.

    The sockets are closed by the end of the child alone, since their threads do not end before.
    """
    limit = job.pop("limit")
    speeds = Speeds(**job)
    context: zmq.Context = zmq.Context.instance()
    outbox, inbox = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    outbox.hwm = inbox.hwm = MARK
    outbox.bind("inproc://queue")
    inbox.connect("inproc://queue")
    receiver = _Receiver(inbox, speeds.receiver)
    sender = _Sender(outbox, speeds.sender, receiver)
    receiver.start()
    sender.start()
    send_reports(sender, send, limit)


class _Receiver(Measured):
    """Takes a message, works on it, takes the next."""

    def __init__(self, inbox: zmq.Socket, speed: float) -> None:
        super().__init__()
        self._inbox, self._pause = inbox, 1 / speed
        self.received: list[float] = []

    def _work(self) -> None:
        while True:
            self._inbox.recv()
            self.received.append(time.perf_counter())
            time.sleep(self._pause)  # stands for work


class _Sender(Measured):
    """Sends, and notes when each message was made and sent.  It reports for the receiver as well."""

    def __init__(self, outbox: zmq.Socket, speed: float, receiver: _Receiver) -> None:
        super().__init__()
        self._outbox, self._pause, self._receiver = outbox, 1 / speed, receiver
        self._made: list[float] = []
        self._sent: list[float] = []
        self._told_sent = self._told_received = 0
        self._told_until = 0.0  # seconds; up to when it was told whether there was room

    def _work(self) -> None:
        numbers = count()

        def make() -> bytes:
            self.count_round()
            if self._made:
                self._sent.append(time.perf_counter())
            time.sleep(self._pause)
            self._made.append(time.perf_counter())
            return b"%d" % next(numbers)

        send_when_there_is_room(self._outbox, make)

    def report(self) -> dict:
        now = time.perf_counter()
        sent = self._sent[self._told_sent :]
        waits = list(zip(self._made[self._told_sent :], [*sent, now], strict=False))
        received = self._receiver.received[(told := self._told_received) :]
        self._told_sent += len(sent)
        self._told_received += len(received)
        no_room = [(max(made, self._told_until), until) for made, until in waits if until - made > _AT_ONCE]
        self._told_until = now
        return super().report() | {
            "sent": [(t, 0) for t in sent],
            "received": [(t, 0, t - made) for t, made in zip(received, self._made[told:], strict=False)],
            "no_room": no_room,
        }
