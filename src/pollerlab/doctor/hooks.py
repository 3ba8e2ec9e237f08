"""Where the doctor looks: calls of pyzmq, of the system's waits, and of asyncio, noted as they pass.

`Hooks.install` puts a function of ours before each of them, on the class or in the module, so that it is seen
whoever calls it and however it was imported.  The calls work as before: what goes in and comes out, what is
raised and when.  Three rules keep it so:

* a socket is asked whether it is ready only if the asking thread alone uses it, and no one has taken its
  descriptor (`notes.SocketNotes.taken`): a question takes in the news, and would silence the bell for its
  owner;
* a call that would wait is tried first; only if it must wait are the thread's other sockets watched with it;
* what is noted is noted by the thread that calls, and waits for no other.
"""

import asyncio
import math
import select
import selectors
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial, update_wrapper
from time import perf_counter as clock
from time import thread_time
from typing import Any

import zmq
import zmq.asyncio
from zmq import Again, _future
from zmq.sugar import poll as zmq_polls

from ..pollers import EdgePoller, Poller
from .bells import Bells
from .notes import NOTE, SHORT, SLICE, Line, Notes, SocketNotes, Tally, ThreadNotes, harmless, known

__all__ = []  # it is for this wing

LONG_IN_A_LOOP = 0.05
"""Seconds: an event loop that waits for longer than this in a blocking call is held up."""
LONG_FOR_AN_ANSWER = 2.0
"""Seconds: a REQ that waits for longer than this, and without a timeout, may wait for ever."""
MANY = 32
"""With so many sockets in a poller, the CPU time inside poll() is measured."""

_NOBLOCK, _SNDMORE, _POLLIN, _POLLOUT = map(int, (zmq.NOBLOCK, zmq.SNDMORE, zmq.POLLIN, zmq.POLLOUT))
_FD, _EVENTS, _RCVTIMEO, _SNDTIMEO = map(int, (zmq.FD, zmq.EVENTS, zmq.RCVTIMEO, zmq.SNDTIMEO))
_getframe = sys._getframe
_running_loop = asyncio._get_running_loop
_zmq_poll = zmq_polls.zmq_poll
_get = zmq.Socket.get
_MISSING = object()


class Hooks:
    """All of them, for one `Notes`."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.bells = Bells(notes, _get)
        self._undo = ExitStack()
        self._loops: set[type] = set()

    def install(self) -> None:
        """Begin to look."""
        try:
            self._hook_sockets()
            self._hook_pollers()
            self._hook_waits()
            self._hook_asyncio()
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Take all of them away."""
        self.bells.close()
        self._undo.close()

    def _put(self, owner, name: str, make: Callable[[Callable], Callable]) -> None:
        """Put ``make(what was there)`` in the place of an attribute."""
        real, before = getattr(owner, name), vars(owner).get(name, _MISSING)
        new = make(real)
        with suppress(AttributeError, TypeError):
            update_wrapper(new, real)
        setattr(owner, name, new)

        def put_back() -> None:
            if before is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        self._undo.callback(put_back)

    def _me(self) -> ThreadNotes:
        try:
            return self.notes.local.me
        except AttributeError:
            return self.notes.enter()

    def _noted(self, socket: zmq.Socket, me: ThreadNotes, line: Line, frame) -> SocketNotes:
        """The notes of a socket that this object, or this thread, is seen with for the first time."""
        note = known(socket) or self.notes.meet(socket, me, frame)
        if (uvloop := sys.modules.get("uvloop")) and uvloop.Loop not in self._loops:
            self._see_class(uvloop.Loop)  # before anybody asks it to watch this socket
        if note.inherited:
            tally = me.tally("used after fork", line, note)
            tally.add(0.0)
            if tally.count == 1:
                self.notes.inherited_used()
        if note.user is not me:
            self.notes.used_by(note, me, line)
        if line.what != "address":
            self.notes.settle(note, me, line.what)
        return note

    # -- sockets -------------------------------------------------------------------------------------

    def _hook_sockets(self) -> None:
        self._put(zmq.Socket, "recv", self._recv)
        if hasattr(zmq.Socket, "recv_into"):
            self._put(zmq.Socket, "recv_into", self._recv_into)
        self._put(zmq.Socket, "send", self._send)
        for name in ("recv_multipart", "send_multipart"):
            self._put(zmq.Socket, name, self._whole)
        for name in ("get", "getsockopt"):
            self._put(zmq.Socket, name, self._get)
        for name in ("bind", "connect"):
            self._put(zmq.Socket, name, self._address)
        self._put(zmq.Socket, "close", self._close)
        self._put(zmq.Context, "term", self._term)
        self._put(threading.Thread, "start", self._start)
        for module in (zmq, sys.modules["zmq.sugar"], sys.modules["zmq.backend"]):
            for name in ("device", "monitored_queue", "proxy", "proxy_steerable"):
                if hasattr(module, name):
                    self._put(module, name, self._proxy)

    def _recv(self, real: Callable) -> Callable:
        notes, local, special = self.notes, self.notes.local, self._special
        wait = self._waiting(real, _POLLIN, _RCVTIMEO)

        def recv(self, flags=0, copy=True, track=False):
            note = getattr(self, NOTE, None)
            if note is not None and self is note.inner:
                note.asks += 1
                return real(self, flags, copy, track)
            try:
                me = local.me
            except AttributeError:
                me = notes.enter()
            if me.nested:
                if me.nested > 0:
                    return real(self, flags, copy, track)
                me.nested, frame = 1, me.frame
            else:
                frame = _getframe(1)
            if frame.f_code is me.recv_code and frame.f_lasti == me.recv_at:
                line = me.recv_line
            else:
                me.recv_code, me.recv_at = frame.f_code, frame.f_lasti
                line = me.recv_line = me.line(frame, "recv")
                if note is not None and note.plain_for is me:
                    notes.settle(note, me, "recv")
                if me.new_line and note is not None:
                    me.rename(note, self, frame)
            if (note is None or note.plain_for is not me) and not (note := special(self, me, line, frame)):
                return real(self, flags, copy, track)
            at_once = flags and int(flags) & _NOBLOCK  # int: the operators of enumerations are slow
            try:
                if at_once:
                    message = real(self, flags, copy, track)
                else:
                    try:
                        message = real(self, _NOBLOCK, copy, track)
                    except Again:
                        message = wait(self, me, line, note, flags, copy, track)
            except Again:
                if at_once:
                    now = clock()
                    gap = now - me.last
                    if me.in_vain and gap < SHORT and now < me.next_look:
                        line.vain += 1
                        me.spin += gap
                        me.run_rounds += 1
                        me.last = now
                    else:
                        me.vain(line, now)
                raise
            except zmq.ZMQError as error:
                if error.errno == zmq.EFSM:
                    me.tally("out of turn", line, note).add(0.0)
                raise
            line.messages += 1
            me.got, me.used = note, True
            me.in_vain = me.timed_out = False
            if me.thoughtful:
                me.message(note, line)
            if note.taken:
                note.asks += 1
                note.last_take = ("recv", line, clock())
            return message

        return recv

    @harmless()
    def _special(self, socket: zmq.Socket, me: ThreadNotes, line: Line, frame) -> SocketNotes | None:
        """The notes of a socket that is seen for the first time, by this thread or at all."""
        return self._noted(socket, me, line, frame)

    def _recv_into(self, real: Callable) -> Callable:
        def call(socket, flags, buffer, nbytes):
            return real(socket, buffer, nbytes=nbytes, flags=flags)

        recv = self._recv(call)

        def recv_into(self, buffer, /, *, nbytes=0, flags=0):
            return recv(self, flags, buffer, nbytes)

        return recv_into

    def _send(self, real: Callable) -> Callable:
        notes, local, special = self.notes, self.notes.local, self._special

        def call(socket, flags, data, rest):
            return real(socket, data, flags, **rest)

        wait = self._waiting(call, _POLLOUT, _SNDTIMEO)

        def send(self, data, flags=0, copy=True, track=False, **rest):
            note = getattr(self, NOTE, None)
            if note is not None and self is note.inner:
                note.asks += 1
                return real(self, data, flags, copy, track, **rest)
            try:
                me = local.me
            except AttributeError:
                me = notes.enter()
            part = flags and int(flags) & _SNDMORE
            if me.nested:
                if me.nested > 0:
                    return real(self, data, flags, copy, track, **rest)
                me.nested, frame, part = 1, me.frame, 0
            else:
                frame = _getframe(1)
            if frame.f_code is me.send_code and frame.f_lasti == me.send_at:
                line = me.send_line
            else:
                me.send_code, me.send_at = frame.f_code, frame.f_lasti
                line = me.send_line = me.line(frame, "send")
                if me.new_line and note is not None:
                    me.rename(note, self, frame)
            if (note is None or note.plain_for is not me) and not (note := special(self, me, line, frame)):
                return real(self, data, flags, copy, track, **rest)
            at_once = flags and int(flags) & _NOBLOCK
            try:
                if at_once:
                    tracker = real(self, data, flags, copy, track, **rest)
                else:
                    try:
                        tracker = real(self, data, int(flags) | _NOBLOCK, copy, track, **rest)
                    except Again:
                        rest.update(copy=copy, track=track)
                        tracker = wait(self, me, line, note, flags, data, rest)
            except Again:
                if at_once:
                    me.vain(line, clock())
                raise
            except zmq.ZMQError as error:
                if error.errno == zmq.EFSM:
                    me.tally("out of turn", line, note).add(0.0)
                raise
            if note.taken:
                note.last_take = ("send", line, clock())
            if not part:
                line.messages += 1
                me.sent(line, note)
            return tracker

        return send

    def _whole(self, real: Callable) -> Callable:
        """For what calls ``recv`` or ``send`` once for each part: the first stands for all."""
        me_of = self._me

        def whole(self, *args, **kwargs):
            note = getattr(self, NOTE, None)
            if note is not None and self is note.inner:
                return real(self, *args, **kwargs)
            me = me_of()
            if me.nested:
                return real(self, *args, **kwargs)
            me.nested, me.frame = -1, _getframe(1)
            try:
                return real(self, *args, **kwargs)
            finally:
                me.nested, me.frame = 0, None

        return whole

    def _waiting(self, real: Callable, flag: int, option: int) -> Callable:
        """What takes the place of a call that may wait."""
        watch, waited = self._watch, self._waited

        def wait(socket, me, line, note, flags, *args):
            begin = clock()
            line.waits = True
            limit = _get(socket, option)
            me.inside_limit = limit
            others = me.others(note) if len(me.mine) > 1 and not note.taken else ()
            me.inside, me.inside_socket, me.inside_since = line, note, begin
            try:
                if others:
                    if watch(me, line, [(socket, flag)], limit, others, "deaf"):
                        # Ready; or not for us after all, as a REP may find out, and then it waits on.
                        with suppress(Again):
                            return real(socket, int(flags) | _NOBLOCK, *args)
                    else:
                        flags = int(flags) | _NOBLOCK  # its time is up
                return real(socket, flags, *args)
            except Again:
                line.timeouts += 1
                raise
            finally:
                me.inside = me.inside_socket = None
                now = clock()
                waited(me, line, begin, now)
                if note.type == zmq.REQ and limit < 0 and now - begin > LONG_FOR_AN_ANSWER:
                    me.tally("unanswered", line, note).add(now - begin)

        return wait

    def _watch(
        self, me: ThreadNotes, line: Line, items: list, timeout: int, others: list[SocketNotes], ailment: str
    ) -> list:
        """Wait for *items* as ``zmq_poll`` does, and note which of the *others* have a message meanwhile."""
        begin = clock()
        if me.got is not None and me.got.type != zmq.REQ:
            me.works_for = me.got
        if all(flags == _POLLOUT or getattr(it, "type", 0) == zmq.REQ for it, flags in items):
            others = [note for note in others if note is not me.works_for]
        deadline = math.inf if timeout < 0 else begin + timeout / 1000
        rest = {socket: note for note in others if note not in me.unheard and (socket := note.socket)}
        try:
            while True:
                me.watching = frozenset(rest.values())
                rest = {socket: note for socket, note in rest.items() if note.user is me and not note.taken}
                left = deadline - clock()
                if not rest:
                    me.watching = frozenset()
                    return _zmq_poll(items, -1 if left == math.inf else max(0, math.ceil(1000 * left)))
                ms = max(0, math.ceil(1000 * min(left, SLICE)))
                found = _zmq_poll([*items, *((socket, _POLLIN) for socket in rest)], ms)
                mine = [entry for entry in found if entry[0] not in rest]
                now = clock()
                for socket, _ in found:
                    if socket in rest:
                        me.unheard[rest.pop(socket)] = now
                        me.thoughtful = True
                if mine or now >= deadline:
                    return mine
        finally:
            me.watching = frozenset()
            now = clock()
            for note in others:
                since = me.unheard.get(note)
                if note.user is not me:  # another thread's, as it turns out
                    me.unheard.pop(note, None)
                elif since is not None and now - max(since, begin) > 0.001:
                    me.tally(ailment, line, note).add(now - max(since, begin))
                    if me.lanes is not None:
                        me.lanes.unread(note, max(since, begin), now)

    @harmless()
    def _waited(self, me: ThreadNotes, line: Line, begin: float, now: float) -> None:
        """A call that may wait has ended."""
        seconds = now - begin
        if seconds < SHORT:
            return
        if me.in_vain:
            me.ended_a_run(begin)
        me.last = now
        if me.lanes is not None:
            me.lanes.waited(me, begin, now)
            if now > me.next_sample:
                me.sample(now)
        if seconds > LONG_IN_A_LOOP and self.notes.running_loop() is not None:
            me.tally("blocks a loop", line).add(seconds)

    def _get(self, real: Callable) -> Callable:
        notes, local, special, took = self.notes, self.notes.local, self._special, self._took_descriptor

        def get(self, option):
            result = real(self, option)
            if option != _EVENTS and option != _FD:
                return result
            note = getattr(self, NOTE, None)
            if note is not None and (self is note.inner or (note.owner_id == id(self) and note.inner)):
                note.asks += 1
                return result
            try:
                me = local.me
            except AttributeError:
                me = notes.enter()
            if me.nested > 0:
                return result
            frame = _getframe(1)
            if option == _FD:
                took(self, me, result, frame)
                return result
            if frame.f_code is me.get_code and frame.f_lasti == me.get_at:
                line = me.get_line
            else:
                me.get_code, me.get_at = frame.f_code, frame.f_lasti
                line = me.get_line = me.line(frame, "events")
            if (note is None or note.plain_for is not me) and not (note := special(self, me, line, frame)):
                return result
            if note.taken:
                note.asks += 1
                note.last_take = ("EVENTS", line, clock())
            elif not result & _POLLIN:
                me.vain(line, clock())
            return result

        return get

    @harmless()
    def _took_descriptor(self, socket: zmq.Socket, me: ThreadNotes, descriptor: int, frame) -> None:
        note = self._noted(socket, me, me.line(frame, "descriptor"), frame)
        self.notes.took_descriptor(note, descriptor)
        self._see_loop()

    def _address(self, real: Callable) -> Callable:
        me_of, noted = self._me, self._noted

        def bind_or_connect(self, address, *args, **kwargs):
            result = real(self, address, *args, **kwargs)
            me, frame = me_of(), _getframe(1)
            if not me.nested:
                note = known(self) or noted(self, me, me.line(frame, "address"), frame)
                with suppress(Exception):
                    if isinstance(address, bytes):
                        address = address.decode()
                    if address.endswith(("*", ":0")):
                        address = self.last_endpoint.decode().rstrip("\0")
                    if len(note.addresses) < 3:
                        note.addresses.append(address)
            return result

        return bind_or_connect

    def _close(self, real: Callable) -> Callable:
        notes, local = self.notes, self.notes.local

        def close(self, *args, **kwargs):
            note = self.__dict__.get(NOTE)
            try:
                return real(self, *args, **kwargs)
            finally:
                if note is not None and (note.owner_id == id(self) or not self.__dict__.get("_shadow")):
                    notes.closed(note, getattr(local, "me", None))

        return close

    def _term(self, real: Callable) -> Callable:
        me_of = self._me

        def term(self, *args, **kwargs):
            me = me_of()
            if me.nested:
                return real(self, *args, **kwargs)
            frame = _getframe(1)
            line = me.line(frame, "term")
            begin = clock()
            me.inside, me.inside_since = line, begin
            me.term_context = weakref.ref(self)
            try:
                return real(self, *args, **kwargs)
            finally:
                me.inside, me.term_context = None, _nothing
                if clock() - begin > 0.5:
                    me.tally("stuck in term", line).add(clock() - begin)

        return term

    def _start(self, real: Callable) -> Callable:
        local = self.notes.local

        def start(self):
            me = getattr(local, "me", None)
            if me is not None:
                me.alone_from_here()
            return real(self)

        return start

    def _proxy(self, real: Callable) -> Callable:
        """For what uses sockets from C, where no call of theirs can be seen: they are nobody else's now."""
        give_away = self._give_away

        def proxy(*args):
            give_away(args, _getframe(1))
            return real(*args)

        return proxy

    @harmless()
    def _give_away(self, things: tuple, frame) -> None:
        me = self._me()
        for socket in things:
            if isinstance(socket, zmq.Socket):
                note = self._noted(socket, me, me.line(frame, "proxy"), frame)
                note.taken, note.plain_for = True, None
                me.mine.pop(note, None)
                me.version += 1

    # -- pollers -------------------------------------------------------------------------------------

    def _hook_pollers(self) -> None:
        self._put(zmq.Poller, "poll", self._poller_poll)
        self._put(zmq.Socket, "poll", self._socket_poll)
        self._put(zmq.Poller, "register", self._register)
        for kind in (Poller, EdgePoller):
            self._put(kind, "poll", self._our_poll)
        select_ = self._select_of_zmq(zmq_polls.select)
        poll_ = self._bare_poll(zmq_polls.zmq_poll)
        for module in (zmq, sys.modules["zmq.sugar"], zmq_polls):
            if hasattr(module, "select"):
                self._put(module, "select", lambda real: select_)
            if hasattr(module, "zmq_poll") and module is not zmq_polls:  # which its Poller and select use
                self._put(module, "zmq_poll", lambda real: poll_)

    def _poller_poll(self, real: Callable) -> Callable:
        notes, local, poll, study, was_not_used = (
            self.notes,
            self.notes.local,
            self._poll,
            self._study,
            self._was_not_used,
        )
        waited, running_loop = self._waited, self.notes.running_loop

        def poller_poll(self, timeout=None):
            try:
                me = local.me
            except AttributeError:
                me = notes.enter()
            if me.nested:
                return real(self, timeout)
            frame = _getframe(1)
            sockets = self.sockets
            if self is not me.poller or len(sockets) != me.poller_size or me.version != me.poller_version:
                study(self, me, frame)
            if not me.poller_plain or not (timeout is None or (timeout.__class__ is int and timeout > 0)):
                if isinstance(self, _future._AsyncPoller):
                    return real(self, timeout)
                return poll(me, frame, partial(real, self), sockets, timeout, me.poller_others)
            if frame.f_code is me.poll_code and frame.f_lasti == me.poll_at:
                line = me.poll_line
            else:
                me.poll_code, me.poll_at = frame.f_code, frame.f_lasti
                line = me.poll_line = me.line(frame, "poll")
                line.arguments.add(timeout)
            begin = clock()
            if not me.used:
                was_not_used(me, line, begin, False)
            if me.poller_others and not (found := real(self, 0)):  # watch the others as well
                return poll(me, frame, partial(real, self), sockets, timeout, me.poller_others)
            me.inside_since = begin
            if not me.poller_others:
                me.inside = line
                try:
                    found = real(self, timeout)
                finally:
                    me.inside = None
            if me.in_vain or me.lanes is not None or running_loop() is not None:
                waited(me, line, begin, clock())
            me.got = None
            if found:
                line.returned += 1
                me.found, me.used = found, False
                if len(found) > 1 or me.pending:
                    me.reported(found, clock())
            else:
                line.timeouts += 1
                me.timed_out = True
            return found

        return poller_poll

    @harmless()
    def _study(self, poller: zmq.Poller, me: ThreadNotes, frame) -> None:
        """A poller that this thread has not polled last, or that has changed since."""
        sockets = poller.sockets
        line = me.line(frame, "poll")
        notes = set()
        plain = 0 < len(sockets) < MANY and not isinstance(poller, _future._AsyncPoller)
        for socket, _ in sockets:
            if not isinstance(socket, zmq.Socket):
                plain = False
            elif not socket.closed:
                note = known(socket)
                if note is None or note.plain_for is not me:
                    note = self._noted(socket, me, line, frame)
                notes.add(note)
            else:
                plain = False
        me.poller_others = [note for note in me.others() if note not in notes]
        me.poller_plain = plain
        me.poller, me.poller_size, me.poller_version = poller, len(sockets), me.version

    def _socket_poll(self, real: Callable) -> Callable:
        me_of, poll = self._me, self._poll

        def socket_poll(self, timeout=None, flags=_POLLIN):
            me = me_of()
            if me.nested or self.closed:
                return real(self, timeout, flags)
            frame = _getframe(1)
            note = self.__dict__.get(NOTE)
            others = me.others(note) if len(me.mine) > 1 else ()

            def really(timeout):
                mask = real(self, timeout, flags)
                return [(self, mask)] if mask else []

            found = poll(me, frame, really, [(self, flags)], timeout, others, "deaf")
            return found[0][1] if found else 0

        return socket_poll

    def _select_of_zmq(self, real: Callable) -> Callable:
        me_of, poll = self._me, self._poll

        def zmq_select(rlist, wlist, xlist, timeout=None):
            me = me_of()
            if me.nested:
                return real(rlist, wlist, xlist, timeout)
            lists: list = []

            def really(ms):
                lists[:] = real(rlist, wlist, xlist, timeout)
                return [(thing, _POLLIN) for thing in lists[0]] + [(thing, _POLLOUT) for thing in lists[1]]

            sockets = [(thing, _POLLIN) for thing in rlist] + [(thing, _POLLOUT) for thing in wlist]
            ms = None if timeout is None else 1000.0 * timeout
            plain = len(me.mine) > 1 and not xlist and all(isinstance(it, zmq.Socket) for it, _ in sockets)
            others = me.others(registered=rlist) if plain else ()
            found = poll(me, _getframe(1), really, sockets, ms, others, "deaf")
            if not lists:  # they were asked with the others
                lists[:] = [[it for it, mask in found if mask & flag] for flag in (_POLLIN, _POLLOUT)] + [[]]
            return tuple(lists)

        return zmq_select

    def _bare_poll(self, real: Callable) -> Callable:
        me_of, poll = self._me, self._poll

        def zmq_poll(sockets, timeout=-1):
            me = me_of()
            if me.nested:
                return real(sockets, timeout)
            return poll(me, _getframe(1), partial(real, sockets), sockets, timeout, ())

        return zmq_poll

    def _our_poll(self, real: Callable) -> Callable:
        me_of, poll = self._me, self._poll

        def our_poll(self, timeout=None):
            me = me_of()
            if me.nested:
                return real(self, timeout)
            sockets = [(thing, flags) for thing, _, flags in self._registered.values()]
            return poll(me, _getframe(1), partial(real, self), sockets, timeout, (), exact=True)

        return our_poll

    def _register(self, real: Callable) -> Callable:
        def register(self, socket, *args, **kwargs):
            result = real(self, socket, *args, **kwargs)
            if (note := known(socket)) is not None:
                note.registered = True
                note.user.version += 1
            return result

        return register

    def _poll(
        self,
        me: ThreadNotes,
        frame,
        real: Callable,
        sockets,
        timeout,
        others,
        ailment: str = "never registered",
        *,
        exact: bool = False,
    ) -> list:
        """Any poll for ZeroMQ sockets; *exact* if it does not cut fractions of a millisecond."""
        line = me.line(frame, "poll")
        if len(sockets) < 4:
            self._meet_all(sockets, me, line, frame)
        begin = clock()
        at_once = timeout is not None and 0 <= timeout < 1 and not (exact and timeout)
        if not me.used:
            self._was_not_used(me, line, begin, at_once)
        if timeout.__class__ is float and 0 < timeout < 1 and not exact:
            me.tally("fraction", line).add(timeout)
        elif len(line.arguments) < 5:
            line.arguments.add(timeout)
        me.nested = 1
        measured = thread_time() if len(sockets) >= MANY else None
        try:
            if at_once:
                found = real(timeout)
            else:
                me.inside, me.inside_since = line, begin
                if others and sockets:  # or it returns at once, and must not be made to wait
                    ms = -1 if timeout is None or timeout < 0 else int(timeout)
                    found = self._watch(me, line, sockets, ms, others, ailment)
                else:
                    found = real(timeout)
        finally:
            me.nested, me.inside = 0, None
        load = None if measured is None else thread_time() - measured
        self._polled(me, line, sockets, at_once, begin, found, load)
        return found

    @harmless()
    def _polled(
        self,
        me: ThreadNotes,
        line: Line,
        sockets,
        at_once: bool,
        begin: float,
        found: list,
        load: float | None,
    ) -> None:
        """A poll has come back."""
        now = clock()
        if load is not None:
            line.load(load, len(sockets), len(found))
        if not at_once and sockets:
            self._waited(me, line, begin, now)
            me.got = None
        if not found:
            if not at_once and sockets:
                line.timeouts += 1
                me.timed_out = True
                return
            if not sockets and not at_once:
                me.tally("empty poller", line).add(now - begin)
            me.vain(line, now)
            return
        line.returned += 1
        me.found = found
        raw = [thing for thing, _ in found if not isinstance(thing, zmq.Socket)]
        closed = self._closed(sockets) if raw else None
        if closed is not None:  # zmq_poll takes it for descriptor 0
            me.tally("closed", line, known(closed)).add(0.0)
        # What is done with other descriptors cannot be seen: as if all were well.
        me.used = bool(raw) and closed is None and not any(thing in self.notes.descriptors for thing in raw)
        if len(found) > 1 or me.pending:
            me.reported(found, now)

    @harmless()
    def _meet_all(self, sockets, me: ThreadNotes, line: Line, frame) -> None:
        for socket, _ in sockets:
            if isinstance(socket, zmq.Socket):
                note = known(socket)
                if note is None or note.plain_for is not me:
                    self._noted(socket, me, line, frame)

    @staticmethod
    def _closed(sockets) -> zmq.Socket | None:
        """One that is polled although it has been closed."""
        return next((it for it, _ in sockets if isinstance(it, zmq.Socket) and it.closed), None)

    @harmless()
    def _was_not_used(self, me: ThreadNotes, line: Line, now: float, at_once: bool) -> None:
        """Since the last poll said that something was ready, nothing was received or sent."""
        if me.in_vain and me.run_after_message and not at_once:
            me.ended_a_run(now)  # by a message; now it would have waited
        me.vain(line, now)
        found = me.found
        if all(mask == _POLLOUT for _, mask in found):
            me.tally("POLLOUT", line, known(found[0][0])).add(0.0)
        for thing, _ in found:
            if isinstance(thing, int) and thing in self.notes.descriptors:
                self.bells.rang(me, line, [thing])

    # -- the system's waits --------------------------------------------------------------------------

    def _hook_waits(self) -> None:
        self._put(time, "sleep", self._sleep)
        self._put(threading.Event, "wait", self._event_wait)
        self._put(select, "select", self._select)
        if hasattr(select, "poll"):
            self._put(select, "poll", lambda real: partial(_Watched, self, real))
        if hasattr(select, "epoll"):
            self._put(select, "epoll", lambda real: _epoll_class(self, real))
            self._put(selectors.EpollSelector, "_selector_cls", lambda real: select.epoll)
            self._put(selectors.PollSelector, "_selector_cls", lambda real: select.poll)

    def _sleep(self, real: Callable) -> Callable:
        me_of, nap, waited = self._me, self._nap, self._waited
        running_loop = self.notes.running_loop

        def sleep(seconds):
            me = me_of()
            # A nap of 0 s only lets others run, however long that takes: it ends no spin.
            if me.nested or not seconds or not (me.in_vain or me.got or running_loop()):
                return real(seconds)
            line, tally, counts = nap(me, _getframe(1), seconds)
            begin = clock()
            try:
                return real(seconds)
            finally:
                me.got = None
                waited(me, line, begin, clock())
                if tally is not None:
                    tally.slept(seconds, counts)

        return sleep

    def _event_wait(self, real: Callable) -> Callable:
        me_of, nap, waited = self._me, self._nap, self._waited

        def wait(self, timeout=None):
            me = me_of()
            if me.nested or not (me.in_vain or me.got) or timeout is None:
                return real(self, timeout)
            line, tally, counts = nap(me, _getframe(1), timeout)
            begin, is_set = clock(), True
            try:
                is_set = real(self, timeout)
                return is_set
            finally:
                me.got = None
                waited(me, line, begin, clock())
                if tally is not None and not is_set:  # else it waited for the event, and it came
                    tally.slept(timeout, counts)

        return wait

    def _nap(self, me: ThreadNotes, frame, seconds) -> tuple[Line, Tally | None, bool]:
        """It sleeps after a question for nothing, or after a message without having looked for the next.

        :returns: the line, the tally of such sleeps, and whether this one counts.
        """
        line = me.line(frame, "sleep")
        if not isinstance(seconds, (int, float)) or not seconds > 0:
            return line, None, False
        if me.in_vain:
            tally = me.tally("naps", line)
            tally.asked = me.last_line
            return line, tally, not me.has_waited_since(tally)
        if me.got is not None:
            note = me.got
            socket = note.socket
            answered = note is me.sent_to  # what is there may be the answer to what it has just sent
            if socket is not None and note in me.mine and not note.taken and not answered:
                with suppress(zmq.ZMQError):
                    is_there = bool(_get(socket, _EVENTS) & _POLLIN)  # type: ignore[operator]
                    return line, me.tally("one at a time", line, note), is_there
        return line, None, False

    def _select(self, real: Callable) -> Callable:
        hooks = self

        def select(rlist, wlist, xlist, timeout=None):
            me = hooks._me()
            if me.nested or not hooks.notes.descriptors or hooks.notes.running_loop() is not None:
                return real(rlist, wlist, xlist, timeout)
            me.nested = 1
            try:
                numbers = {_number(thing): thing for thing in rlist}
            except Exception:  # select says what is wrong
                return real(rlist, wlist, xlist, timeout)
            finally:
                me.nested = 0
            watched = hooks.bells.among([*numbers])

            def wait(seconds):
                found = real(rlist, wlist, xlist, seconds)
                return found if any(found) else None

            if not watched:
                return real(rlist, wlist, xlist, timeout)
            found, stolen = hooks._sleep_on(me, _getframe(1), wait, timeout, watched)
            if stolen:
                return [numbers[number] for number in stolen], [], []
            if found is None:
                return [], [], []
            hooks.bells.rang(me, me.line(_getframe(1), "select"), [_number(thing) for thing in found[0]])
            return found

        return select

    def _sleep_on(self, me: ThreadNotes, frame, wait: Callable, seconds: float | None, watched: dict):
        """Wait on descriptors of sockets."""
        line = me.line(frame, "select")
        begin = clock()
        stolen: list[int] = []
        me.inside, me.inside_since, me.nested = line, begin, 1
        try:
            if seconds is not None and seconds <= 0:
                found = wait(0)
                if not found:
                    me.vain(line, clock())
            else:
                found, stolen = self.bells.sleep(me, wait, seconds, watched)
        finally:
            me.inside, me.nested = None, 0
            self._waited(me, line, begin, clock())
        me.got = None
        return found, stolen

    # -- asyncio -------------------------------------------------------------------------------------

    def _hook_asyncio(self) -> None:
        from asyncio.selector_events import BaseSelectorEventLoop

        self._see_class(BaseSelectorEventLoop)
        for module in (asyncio, asyncio.tasks):
            self._put(module, "sleep", self._asyncio_sleep)
        self._put(_future._AsyncSocket, "__init__", self._async_init)
        self._put(_future._AsyncSocket, "_add_recv_event", self._async_recv)
        self._put(_future._AsyncSocket, "_add_send_event", self._async_send)

    def _see_class(self, kind: type) -> None:
        self._loops.add(kind)
        for name, make in (
            ("add_reader", self.bells.add_reader),
            ("remove_reader", self.bells.remove_reader),
        ):
            with suppress(TypeError, AttributeError):  # a loop in C
                self._put(kind, name, make)

    def _see_loop(self) -> None:
        loop = _running_loop()
        if loop is not None and not isinstance(loop, tuple(self._loops)):
            kind = type(loop)
            self._see_class(next((base for base in kind.__mro__ if "add_reader" in vars(base)), kind))

    def _asyncio_sleep(self, real: Callable) -> Callable:
        me_of = self._me

        def sleep(delay, *args, **kwargs):
            me = me_of()
            if me.last_task is not None and isinstance(delay, (int, float)) and delay > 0:
                task, asked = me.last_task
                me.last_task = None
                with suppress(RuntimeError):
                    if task == id(asyncio.current_task()):
                        line = me.line(_getframe(1), "sleep")
                        tally = me.tally("naps", line)
                        tally.asked = asked
                        tally.slept(delay, not me.has_waited_since(tally))
            return real(delay, *args, **kwargs)

        return sleep

    def _async_init(self, real: Callable) -> Callable:
        meet = self._meet_async

        def init(self, *args, **kwargs):
            real(self, *args, **kwargs)
            meet(self, _getframe(1))

        return init

    @harmless()
    def _meet_async(self, socket: Any, frame) -> SocketNotes:
        me = self._me()
        note = known(socket) or self.notes.meet(socket, me, frame)
        inner = socket._shadow_sock
        inner.__dict__[NOTE] = note
        note.taken = note.asynchronous = True
        note.plain_for = None
        note.owner_id = id(socket)
        me.mine.pop(note, None)
        me.version += 1
        note.inner = inner
        note.asynchronous_ref = weakref.ref(socket)
        self.notes.descriptors[socket._fd] = note
        return note

    def _async_recv(self, real: Callable) -> Callable:
        me_of, noted = self._me, self._noted_async

        def add_recv_event(self, kind, *, args=None, kwargs=None, future=None):
            found = real(self, kind, args=args, kwargs=kwargs, future=future)
            if kind != "poll":
                noted(self, found, _getframe(2))
            else:
                me_of().inside_since = clock()
            return found

        return add_recv_event

    def _async_send(self, real: Callable) -> Callable:
        noted = self._sent_async

        def add_send_event(self, kind, msg=None, kwargs=None, future=None):
            found = real(self, kind, msg=msg, kwargs=kwargs, future=future)
            if kind != "poll":
                noted(_getframe(2))
            return found

        return add_send_event

    @harmless()
    def _sent_async(self, frame) -> None:
        me = self._me()
        if frame.f_code is not me.send_code or frame.f_lasti != me.send_at:
            me.send_code, me.send_at = frame.f_code, frame.f_lasti
            me.send_line = me.line(frame, "send")
        me.send_line.messages += 1
        me.in_vain, me.used, me.last_task = False, True, None

    @harmless()
    def _noted_async(self, socket: Any, future: asyncio.Future, frame) -> None:
        """A coroutine, or whoever calls, asks for a message."""
        me = self._me()
        if frame.f_code is me.recv_code and frame.f_lasti == me.recv_at:
            line = me.recv_line
        else:
            me.recv_code, me.recv_at = frame.f_code, frame.f_lasti
            line = me.recv_line = me.line(frame, "recv")
        note = known(socket)
        if note is None or note.inner is None:
            note = self._meet_async(socket, frame)
        if note.cancelled:
            note.cancelled.pop().add(0.0)
        if future.done():
            self._came(me, line, note, None, future)
        else:
            me.inside_since = clock()
            task = asyncio.current_task() if _running_loop() is not None else None
            future.add_done_callback(partial(self._came, me, line, note, task))

    @harmless()
    def _came(
        self, me: ThreadNotes, line: Line, note: SocketNotes, task: Any, future: asyncio.Future
    ) -> None:
        """A message for a coroutine has come, or will not."""
        if future.cancelled():
            note.cancelled.append(me.tally("recv cancelled", line, note))  # counts if it asks again
            del note.cancelled[:-100]
        elif future.exception() is None:
            line.messages += 1
            me.last_task = None
            me.in_vain, me.used = False, True
            if me.thoughtful:
                me.message(note, line)
            if task is not None and getattr(task, "_must_cancel", False):
                me.tally("message lost", line, note).add(0.0)
        elif task is None and isinstance(future.exception(), Again):
            me.vain(line, clock())
            with suppress(RuntimeError):
                me.last_task = (id(asyncio.current_task()), line)
        else:
            line.timeouts += 1


def _nothing() -> None:
    return None


def _number(thing) -> int:
    return thing if isinstance(thing, int) else thing.fileno()


class _Watched:
    """In the place of a ``select.poll`` or ``select.epoll`` object."""

    def __init__(self, hooks: Hooks, make: Callable, *args, **kwargs) -> None:
        self._hooks, self._real = hooks, make(*args, **kwargs)
        self._numbers: set[int] = set()

    def __getattr__(self, name: str):
        return getattr(self._real, name)

    def register(self, fd, *args, **kwargs):
        result = self._real.register(fd, *args, **kwargs)
        self._numbers.add(_number(fd))
        return result

    def unregister(self, fd):
        self._numbers.discard(fd if isinstance(fd, int) else _number(fd))
        return self._real.unregister(fd)

    def poll(self, timeout=None, *args, **kwargs):
        return self._wait(timeout, 1000.0, args, kwargs)

    def _wait(self, timeout, in_a_second: float, args: tuple, kwargs: dict):
        hooks, real = self._hooks, self._real.poll
        me = hooks._me()
        if me.nested or hooks.notes.running_loop() is not None:
            return real(timeout, *args, **kwargs)
        watched = hooks.bells.among([*self._numbers]) if hooks.notes.descriptors else {}
        if not watched:
            return real(timeout, *args, **kwargs)

        def wait(seconds):
            return real(seconds * in_a_second, *args, **kwargs)

        seconds = None if timeout is None or timeout < 0 else timeout / in_a_second
        frame = _getframe(2)
        found, stolen = hooks._sleep_on(me, frame, wait, seconds, watched)
        if stolen:
            return [(number, 1) for number in stolen]  # POLLIN and EPOLLIN are 1
        hooks.bells.rang(me, me.line(frame, "select"), [number for number, _ in found])
        return found


def _epoll_class(hooks: Hooks, real: Callable) -> type:
    class epoll(_Watched):
        def __init__(self, *args, **kwargs):
            super().__init__(hooks, real, *args, **kwargs)

        def poll(self, timeout=None, maxevents=-1):
            if hooks.notes.running_loop() is not None:  # it is the loop's
                return self._real.poll(timeout, maxevents)
            return self._wait(timeout, 1.0, (maxevents,), {})

        def __enter__(self):
            self._real.__enter__()
            return self

        def __exit__(self, *args):
            return self._real.__exit__(*args)

        @classmethod
        def fromfd(cls, fd):
            new = cls.__new__(cls)
            new._hooks, new._real, new._numbers = hooks, real.fromfd(fd), set()  # type: ignore[attr-defined]
            return new

    return epoll
