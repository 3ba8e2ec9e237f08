"""Lost wake-ups, seen without making any: who sleeps on a socket's descriptor while a message lies there.

The descriptor of a ZeroMQ socket rings once for news, and asking EVENTS takes the news in.  A doctor that
asks between a program's last look and its sleep takes news that was meant for the program, and the program
sleeps on. So `look` watches the descriptor through an epoll of its own while it asks: an edge meanwhile
means that the question took something in, and the owner gets the wake-up that it would have had.  No edge,
and a message is there: the bell had been silent before, and nobody would ever have woken the owner.

In an event loop, `look` is called by a timer of that loop; a plain select, poll or epoll is cut into slices.
"""

import asyncio
import select
import weakref
from _thread import get_ident
from collections.abc import Callable, Sequence
from contextlib import suppress
from sys import _getframe
from time import perf_counter as clock
from typing import Any

import zmq

from .notes import Line, Notes, SocketNotes, ThreadNotes

__all__ = []  # it is for this wing

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
"""Seconds between two looks: it grows as long as nothing happens."""
CERTAIN = 0.3
"""Seconds: a socket on which a loop sleeps is lost when it has not been asked for so long."""
FOR_EVER = 100
"""A descriptor that is reported so often in turn, without a question to its socket, rings for ever."""
FINE, STOLEN, LOST = "fine", "stolen", "lost"
_epoll = getattr(select, "epoll", None)
_POLLIN, _EVENTS = int(zmq.POLLIN), int(zmq.EVENTS)


class Bells:
    """The descriptors of a program's sockets, on which it sleeps.

    :param get: ``zmq.Socket.get`` as it is without the doctor.
    """

    def __init__(self, notes: Notes, get: Callable) -> None:
        self._notes, self._get = notes, get
        self._watches: dict[tuple[int, int], Watch] = {}
        self.closed = False

    def close(self) -> None:
        """Look no more."""
        self.closed = True
        self._watches.clear()

    def look(self, note: SocketNotes, descriptor: int) -> str:
        """Whether its owner, who sleeps on it, would be woken for a message that is there.

        To be called in the thread that sleeps, and only if no other thread uses the socket.

        :returns: `FINE`; `STOLEN`, if the question took in news, so that the owner must be woken; or `LOST`.
        """
        socket = note.socket
        if socket is None or _epoll is None:
            return FINE
        with _epoll() as own:
            own.register(descriptor, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
            if any(event & select.EPOLLIN for _, event in own.poll(0)):  # it rings: all is well
                return FINE
            events = self._get(socket, _EVENTS)
            if own.poll(0):  # of either kind: its mask tells what is true now, not what happened
                return STOLEN
        return LOST if events & _POLLIN else FINE

    def lost(self, note: SocketNotes, seconds: float) -> None:
        """A wake-up has been lost, for certain."""
        what, line, _ = note.last_take or ("", None, 0.0)
        tally = note.user.tally("lost wake-up", line, note)
        if not tally.count:
            self._notes.urgent.set()
        tally.add(seconds)
        tally.what = what
        now = clock()
        self._lies(note, now - seconds, now)

    def _lies(self, note: SocketNotes, since: float, until: float) -> None:
        """For the picture: a message lay there all that time."""
        if self._notes.lanes is not None:
            self._notes.lanes.unread(note, since, until)

    # -- event loops ---------------------------------------------------------------------------------

    def add_reader(self, real: Callable) -> Callable:
        """In the place of an event loop's method of this name."""

        def add_reader(loop, fd, callback, *args):
            watch = None if self.closed else self._watch(loop, fd, callback, args)
            if watch is None:
                return real(loop, fd, callback, *args)
            result = real(loop, fd, watch.ring)
            watch.line = (getattr(self._notes.local, "me", None) or self._notes.enter()).line(
                _getframe(1), "reader"
            )
            watch.begin()
            return result

        return add_reader

    def remove_reader(self, real: Callable) -> Callable:
        """In the place of an event loop's method of this name."""

        def remove_reader(loop, fd):
            with suppress(Exception):
                number = fd if isinstance(fd, int) else fd.fileno()
                if watch := self._watches.pop((id(loop), number), None):
                    watch.ended = True
            return real(loop, fd)

        return remove_reader

    def _watch(self, loop, fd, callback: Callable, args: tuple) -> "Watch | None":
        with suppress(Exception):  # whatever is wrong with these, it is the loop that says so
            number = fd if isinstance(fd, int) else fd.fileno()
            note = self._notes.descriptors.get(number)
            if note is not None and not note.closed:
                watch = self._watches[id(loop), number] = Watch(self, loop, number, note, callback, args)
                return watch
        return None

    # -- plain waits ---------------------------------------------------------------------------------

    def among(self, descriptors: Sequence[int]) -> dict[int, SocketNotes]:
        """Those that are of sockets which the calling thread alone uses."""
        if not self._notes.descriptors or self.closed:
            return {}
        here = get_ident()
        return {
            number: note
            for number in descriptors
            if (note := self._notes.descriptors.get(number)) is not None and note.is_for(here)
        }

    def sleep(
        self, me: ThreadNotes, wait: Callable[[float | None], Any], seconds: float | None, watched: dict
    ) -> tuple[Any, list[int]]:
        """Wait in slices, and look after each that was silent.

        :param wait: waits so many seconds, or for ever, and returns what there is.
        :returns: what it returned, and the descriptors that must be reported besides.
        """
        deadline = None if seconds is None else clock() + seconds
        pause = FIRST_PAUSE
        told: dict[int, float] = {}
        while True:
            left = pause if deadline is None else max(0.0, min(pause, deadline - clock()))
            if found := wait(left):
                return found, []
            if deadline is not None and clock() >= deadline:
                return found, []
            stolen = []
            for number, note in watched.items():
                seen = self.look(note, number)
                if seen is STOLEN:
                    stolen.append(number)
                elif seen is LOST:
                    now = clock()
                    since = told.get(number)
                    told[number] = now
                    if since is None:
                        self.lost(note, pause)
                    else:
                        self._tally_of(note).total += now - since
                        self._lies(note, since, now)
            if stolen:
                return found, stolen
            pause = min(LONGEST_PAUSE, 1.5 * pause)

    @staticmethod
    def _tally_of(note: SocketNotes):
        line = note.last_take[1] if note.last_take else None
        return note.user.tally("lost wake-up", line, note)

    def rang(self, me: ThreadNotes, line: Line, numbers: Sequence[int]) -> None:
        """A plain wait has reported these: note it of those whose socket was not asked since the last time.

        If not, nobody has taken in the news, and the wait will report it again at once.
        """
        for number in numbers:
            note = self._notes.descriptors.get(number)
            if note is None or note.closed:
                continue
            if note.rings[0] == note.asks:
                note.rings[1] += 1
                if note.rings[1] >= FOR_EVER:
                    me.tally("rings for ever", line, note).add(0.0)
                me.vain(line, clock())
            else:
                note.rings = [note.asks, 0]
                me.used = True


class Watch:
    """A socket whose descriptor an event loop watches: looked at by a timer of that loop."""

    def __init__(
        self, bells: Bells, loop: Any, descriptor: int, note: SocketNotes, callback: Callable, args: tuple
    ) -> None:
        self._bells, self._loop, self._descriptor, self._note = bells, weakref.ref(loop), descriptor, note
        self._callback, self._args = callback, args
        self.line: Line | None = None
        """Where it was asked for."""
        self.ended = False
        self._rung = True
        self._pause = FIRST_PAUSE
        self._suspect: tuple[int, float] | None = None
        self._told: float | None = None  # when it was told, the last time
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look for the first time, soon."""
        loop = self._loop()
        if loop is not None:
            self._timer = loop.call_later(self._pause, self._look)

    def ring(self) -> None:
        """What the loop calls in the place of the reader."""
        self._rung = True
        note = self._note
        if not self._bells.closed:
            if note.rings[0] == note.asks:
                note.rings[1] += 1
                if note.rings[1] >= FOR_EVER:
                    note.user.tally("rings for ever", self.line, note).add(0.0)
            else:
                note.rings = [note.asks, 0]
        self._callback(*self._args)

    def _look(self) -> None:
        loop, note = self._loop(), self._note
        if self.ended or note.closed or self._bells.closed or loop is None or loop.is_closed():
            return
        if self._rung:
            self._rung, self._suspect, self._told = False, None, None
            self._pause = FIRST_PAUSE
        elif note.is_for(get_ident()) and self._wants():
            seen = self._bells.look(note, self._descriptor)
            if seen is STOLEN:
                loop.call_soon(self.ring)
            elif seen is LOST:
                self._suspected()
            else:
                self._suspect = None
        self._pause = FIRST_PAUSE if self._suspect else min(LONGEST_PAUSE, 1.5 * self._pause)
        self._timer = loop.call_later(max(self._pause, 0.0 if self._told is None else 0.1), self._look)

    def _suspected(self) -> None:
        """A message is there, and the bell silent: certain, once it has been so for a while.

        Unless its owner has asked meanwhile: a loop may have looked, and have its next step planned.
        """
        now, note = clock(), self._note
        if self._suspect is None or self._suspect[0] != note.asks:
            self._suspect, self._told = (note.asks, now), None
            return
        seconds = now - self._suspect[1]
        if seconds >= CERTAIN:
            if self._told is None:
                self._bells.lost(note, seconds)
            else:
                tally = self._bells._tally_of(note)
                tally.worst = tally.total = max(tally.total, seconds)
                self._bells._lies(note, self._told, now)
            self._told = now

    def _wants(self) -> bool:
        """Whether whoever watches wants messages now."""
        owner = self._note.asynchronous_socket
        if owner is not None:
            return bool(owner._recv_futures)
        with suppress(Exception):  # tornado: the loop's table of handlers has a method of the stream
            handlers = self._callback.__self__.handlers  # type: ignore[attr-defined]
            stream = handlers[self._descriptor][1].__self__
            return stream.receiving()
        return True
