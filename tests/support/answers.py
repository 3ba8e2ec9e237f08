"""For each exercise a right answer, and wrong ones of beginners, with the hint that each must get."""

import linecache
from itertools import count
from typing import NamedTuple

_numbers = count()


class Answer(NamedTuple):
    """*source* defines the function *exercise*; *hint* is a part of the hint, None if it is right."""

    exercise: str
    name: str
    source: str
    hint: str | None


def define(source: str, name: str):
    """The function *name* that *source* defines, as if in a cell of a notebook."""
    file = f"<cell {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), namespace)  # noqa: S102
    return namespace[name]


def _answers(exercise, *rows):
    return [Answer(exercise, *row) for row in rows]


ANSWERS = [
    *_answers(
        "collect_until_quiet",
        (
            "right",
            """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = quiet_ms
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            return messages
""",
            None,
        ),
        (
            "no timeout",
            """
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while True:
        messages.append(sock.recv())
""",
            "what makes that give up?",
        ),
        (
            "seconds",
            """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = quiet_ms / 1000
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            return messages
""",
            "whole number of milliseconds",
        ),
        (
            "carries on after Again",
            """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    sock.rcvtimeo = quiet_ms
    while True:
        try:
            messages.append(sock.recv())
        except zmq.Again:
            pass
    return messages
""",
            "which line ends the function",
        ),
        (
            "NOBLOCK",
            """
import zmq
def collect_until_quiet(sock, quiet_ms):
    messages = []
    while True:
        try:
            messages.append(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            return messages
""",
            "NOBLOCK does not wait",
        ),
        (
            "Again not caught",
            """
def collect_until_quiet(sock, quiet_ms):
    sock.rcvtimeo = quiet_ms
    messages = []
    while True:
        messages.append(sock.recv())
""",
            "catch it, and return",
        ),
        (
            "a clock and NOBLOCK",
            """
import time, zmq
def collect_until_quiet(sock, quiet_ms):
    messages, last = [], time.monotonic()
    while time.monotonic() - last < quiet_ms / 1000:
        try:
            messages.append(sock.recv(zmq.NOBLOCK))
            last = time.monotonic()
        except zmq.Again:
            pass
    return messages
""",
            "Let recv() do the waiting",
        ),
        (
            "a deadline for all",
            """
import time, zmq
def collect_until_quiet(sock, quiet_ms):
    messages, end = [], time.monotonic() + quiet_ms / 1000
    while (left := end - time.monotonic()) > 0:
        sock.rcvtimeo = max(1, int(1000 * left))
        try:
            messages.append(sock.recv())
        except zmq.Again:
            break
    return messages
""",
            "It must go on until recv() gives up",
        ),
        (
            "the first five",
            """
def collect_until_quiet(sock: 'zmq.Socket', quiet_ms: int) -> list[bytes]:
    return [sock.recv() for _ in range(5)]
""",
            "How does it know that it is quiet?",
        ),
        (
            "text",
            """
import zmq
def collect_until_quiet(sock: zmq.Socket, quiet_ms: int = 100) -> list[str]:
    messages = []
    sock.rcvtimeo = quiet_ms
    try:
        while True:
            messages.append(sock.recv_string())
    except zmq.Again:
        return messages
""",
            "as recv() returns it",
        ),
    ),
    *_answers(
        "keep_up",
        (
            "right",
            """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.01)
""",
            None,
        ),
        (
            "no nap",
            """
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
""",
            "Where does it rest?",
        ),
        (
            "sleep(10)",
            """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(10)
""",
            "sleep takes seconds",
        ),
        (
            "long naps",
            """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            time.sleep(0.15)
""",
            "The naps are too long",
        ),
        (
            "a nap after each message",
            """
import time
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
        time.sleep(0.01)
""",
            "A nap after each message falls behind",
        ),
        (
            "stop ignored",
            """
from time import sleep
import zmq
def keep_up(sock, stop, on_message):
    while True:
        try:
            while True:
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            sleep(0.01)
""",
            "Where does it look at stop?",
        ),
        (
            "blocks",
            """
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        on_message(sock.recv())
""",
            "without zmq.NOBLOCK",
        ),
        (
            "polls",
            """
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        if sock.poll(10):
            on_message(sock.recv())
""",
            "polling comes in 03",
        ),
        (
            "twice",
            """
import time, zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            while True:
                message = sock.recv(zmq.NOBLOCK)
                on_message(message)
                on_message(message)
        except zmq.Again:
            time.sleep(0.01)
""",
            "once for each",
        ),
        (
            "a broad except",
            """
import time, zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        try:
            on_message(sock.receive(zmq.NOBLOCK))
        except Exception:
            time.sleep(0.01)
""",
            "swallowed by a broad except",
        ),
        (
            "a typo",
            """
import zmq
def keep_up(sock, stop, on_message):
    while not stop.is_set():
        on_message(sock.receive(zmq.NOBLOCK))
""",
            "Mend the error in this line",
        ),
    ),
    *_answers(
        "work_and_listen",
        (
            "right",
            """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 100):
            on_message(sock.recv())
        if more:
            more = work()
""",
            None,
        ),
        (
            "always 100",
            """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
        if more:
            more = work()
""",
            "poll with timeout 0",
        ),
        (
            "always 0",
            """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
        if more:
            more = work()
""",
            "When none is, wait",
        ),
        (
            "0.1",
            """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 0.1):
            on_message(sock.recv())
        if more:
            more = work()
""",
            "under 1 became 0",
        ),
        (
            "all work first",
            """
def work_and_listen(sock, work, on_message, stop):
    while work():
        pass
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
""",
            "after each piece",
        ),
        (
            "ends with the work",
            """
def work_and_listen(sock, work, on_message, stop):
    while work() and not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
""",
            "messages still come",
        ),
        (
            "no timeout",
            """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else None):
            on_message(sock.recv())
        if more:
            more = work()
""",
            "cannot see stop",
        ),
        (
            "one piece",
            """
def work_and_listen(sock, work, on_message, stop):
    work()
    while not stop.is_set():
        if sock.poll(100):
            on_message(sock.recv())
""",
            "call it again",
        ),
        (
            "not handed on",
            """
def work_and_listen(sock, work, on_message, stop):
    more = True
    while not stop.is_set():
        if sock.poll(0 if more else 100):
            sock.recv()
        if more:
            more = work()
""",
            "call on_message for each",
        ),
    ),
    *_answers(
        "serve_both",
        (
            "right",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            control.recv()
            return done
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
""",
            None,
        ),
        (
            "recv in turn",
            """
def serve_both(tasks, control, on_task):
    done = 0
    while True:
        on_task(tasks.recv())
        done += 1
        if control.recv():
            return done
""",
            "A silent control held the tasks up",
        ),
        (
            "elif",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
        elif control in ready:
            control.recv()
            return done
""",
            "with elif, tasks come first",
        ),
        (
            "unbounded drain",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            control.recv()
            return done
        try:
            while True:
                on_task(tasks.recv(zmq.NOBLOCK))
                done += 1
        except zmq.Again:
            pass
""",
            "drain with a bound",
        ),
        (
            "control not registered",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            return done
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
""",
            "never asked about control",
        ),
        (
            "poll(0)",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll(0))
        if control in ready:
            control.recv()
            return done
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
""",
            "let poll() wait",
        ),
        (
            "no count",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if control in ready:
            control.recv()
            return
        if tasks in ready:
            on_task(tasks.recv())
""",
            "Return the number of tasks",
        ),
        (
            "the mask for the message",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            control.recv()
            return done
        if tasks in ready:
            on_task(ready[tasks])
            done += 1
""",
            "never received anything from tasks",
        ),
        (
            "blocks on one",
            """
def serve_both(tasks, control, on_task):
    done = 0
    while not control.poll(0):
        on_task(tasks.recv())
        done += 1
    control.recv()
    return done
""",
            "receive only what poll() has reported",
        ),
        (
            "finishes the rest",
            """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            control.recv()
            while tasks.poll(0):
                on_task(tasks.recv())
                done += 1
            return done
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
""",
            "After STOP, return",
        ),
    ),
    *_answers(
        "pass_on",
        (
            "right",
            """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    message = None
    while not stop.is_set():
        if not poller.poll(100):
            continue
        if message is None:
            message = source.recv()
            poller.unregister(source)
            poller.register(sink, zmq.POLLOUT)
        else:
            sink.send(message)
            message = None
            poller.unregister(sink)
            poller.register(source, zmq.POLLIN)
""",
            None,
        ),
        (
            "blocking send",
            """
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            sink.send(source.recv())
""",
            "deaf to stop",
        ),
        (
            "Again ignored",
            """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            message = source.recv()
            try:
                sink.send(message, zmq.NOBLOCK)
            except zmq.Again:
                pass
""",
            "it has not taken the message",
        ),
        (
            "a list as buffer",
            """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(sink, zmq.POLLOUT)
    queue = []
    while not stop.is_set():
        ready = dict(poller.poll(100))
        if source in ready:
            queue.append(source.recv())
        if sink in ready and queue:
            sink.send(queue.pop(0))
""",
            "let the source wait",
        ),
        (
            "both flags always",
            """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(sink, zmq.POLLOUT)
    while not stop.is_set():
        ready = dict(poller.poll(100))
        if source in ready and sink in ready:
            sink.send(source.recv())
""",
            "You ask for what you cannot use yet",
        ),
        (
            "gives up on a message",
            """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100):
            message = source.recv()
            if sink.poll(10, zmq.POLLOUT):
                sink.send(message)
""",
            "Keep the message until there is room",
        ),
        (
            "an event is no socket",
            """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    poller.register(stop, zmq.POLLIN)
    while stop not in dict(poller.poll()):
        sink.send(source.recv())
""",
            "stop is a threading.Event here",
        ),
        (
            "no timeout",
            """
import zmq
def pass_on(source, sink, stop):
    poller = zmq.Poller()
    poller.register(source, zmq.POLLIN)
    message = None
    while not stop.is_set():
        poller.poll()
        if message is None:
            message = source.recv()
            poller.register(source, 0)
            poller.register(sink, zmq.POLLOUT)
        else:
            sink.send(message)
            message = None
            poller.register(sink, 0)
            poller.register(source, zmq.POLLIN)
""",
            "without a timeout",
        ),
        (
            "sends something else",
            """
import zmq
def pass_on(source, sink, stop):
    while not stop.is_set():
        if source.poll(100) and sink.poll(100, zmq.POLLOUT):
            sink.send(b"got " + source.recv())
""",
            "as it was received",
        ),
    ),
    *_answers(
        "timeout_for",
        (
            "right",
            """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, math.ceil(1000 * (deadline - now)))
""",
            None,
        ),
        (
            "int",
            """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, int(1000 * (deadline - now)))
""",
            "round up",
        ),
        (
            "round",
            """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, round(1000 * (deadline - now)))
""",
            "round up",
        ),
        (
            "seconds",
            """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, math.ceil(deadline - now))
""",
            "poll() takes milliseconds",
        ),
        (
            "not clamped",
            """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return math.ceil(1000 * (deadline - now))
""",
            "below 0 for ever",
        ),
        (
            "inf passed on",
            """
import math
def timeout_for(deadline, now):
    if deadline is None:
        return None
    return max(0, math.ceil(1000 * (deadline - now)))
""",
            "which timeout means for ever",
        ),
        (
            "None not thought of",
            """
import math
def timeout_for(deadline, now):
    return max(0, math.ceil(1000 * (deadline - now)))
""",
            "deadline is None where there is none",
        ),
    ),
    *_answers(
        "serve_edges",
        (
            "right",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
            None,
        ),
        (
            "one recv an edge",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
            "drain the socket until Again",
        ),
        (
            "sleeps first",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for number, _ in epoll.poll(0.1):
            try:
                while True:
                    on_message(inboxes[number].recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
""",
            "look at all of them once",
        ),
        (
            "asks all",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for inbox in inboxes.values():
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        epoll.poll(0.1)
""",
            "ask only those",
        ),
        (
            "does not sleep",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(0)]
""",
            "let epoll sleep",
        ),
        (
            "milliseconds",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            try:
                while True:
                    on_message(inbox.recv(zmq.NOBLOCK))
            except zmq.Again:
                pass
        ringing = [inboxes[number] for number, _ in epoll.poll(100)]
""",
            "epoll takes seconds",
        ),
        (
            "blocking recv",
            """
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    while not stop.is_set():
        for inbox in ringing:
            on_message(inbox.recv())
        ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
            "recv(zmq.NOBLOCK)",
        ),
        (
            "asks events of all",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    while not stop.is_set():
        for inbox in inboxes.values():
            while inbox.events & zmq.POLLIN:
                on_message(inbox.recv())
        epoll.poll(0.1)
""",
            "ask only those",
        ),
        (
            "closes the epoll",
            """
import zmq
def serve_edges(epoll, inboxes, on_message, stop):
    ringing = list(inboxes.values())
    with epoll:
        while not stop.is_set():
            for inbox in ringing:
                try:
                    while True:
                        on_message(inbox.recv(zmq.NOBLOCK))
                except zmq.Again:
                    pass
            ringing = [inboxes[number] for number, _ in epoll.poll(0.1)]
""",
            "leave it open",
        ),
    ),
    *_answers(
        "poll_both",
        (
            "right",
            """
import select, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        left = deadline - time.monotonic()
        if ready or left <= 0:
            return ready
        select.select([a.fd, b.fd], [], [], left)
""",
            None,
        ),
        (
            "the bell alone",
            """
import select
import zmq
def poll_both(a, b, seconds):
    select.select([a.fd, b.fd], [], [], seconds)
    return [sock for sock in (a, b) if sock.events & zmq.POLLIN]
""",
            "ask for events first",
        ),
        (
            "no deadline",
            """
import select
import zmq
def poll_both(a, b, seconds):
    ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
    if not ready:
        select.select([a.fd, b.fd], [], [], seconds)
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
    return ready
""",
            "if time is left, sleep again",
        ),
        (
            "the whole time anew",
            """
import select
import zmq
def poll_both(a, b, seconds):
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready or not select.select([a.fd, b.fd], [], [], seconds)[0]:
            return ready
""",
            "compute the deadline once",
        ),
        (
            "asks all the time",
            """
import time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready:
            return ready
    return []
""",
            "sleep in select()",
        ),
        (
            "zmq.Poller",
            """
import zmq
def poll_both(a, b, seconds):
    poller = zmq.Poller()
    poller.register(a, zmq.POLLIN)
    poller.register(b, zmq.POLLIN)
    return [sock for sock, _ in poller.poll(1000 * seconds)]
""",
            "are what it replaces",
        ),
        (
            "milliseconds",
            """
import select, time
import zmq
def poll_both(a, b, seconds):
    while True:
        ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN]
        if ready or not select.select([a.fd, b.fd], [], [], 1000 * seconds)[0]:
            return ready
""",
            "select() takes seconds",
        ),
        (
            "the first only",
            """
import select, time
import zmq
def poll_both(a, b, seconds):
    deadline = time.monotonic() + seconds
    while True:
        for sock in (a, b):
            if sock.events & zmq.POLLIN:
                return [sock]
        left = deadline - time.monotonic()
        if left <= 0:
            return []
        select.select([a.fd, b.fd], [], [], left)
""",
            "return all that are ready",
        ),
    ),
    *_answers(
        "beat_on_time",
        (
            "right",
            """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        left = 1000 * (due - time.monotonic())
        if sock.poll(max(0, math.ceil(left))):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            None,
        ),
        (
            "on timeout only",
            """
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.is_set():
        if sock.poll(every_ms):
            on_message(sock.recv())
        else:
            beat()
""",
            "write down when the next heartbeat is due",
        ),
        (
            "after each message",
            """
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.is_set():
        if sock.poll(every_ms):
            on_message(sock.recv())
        beat()
""",
            "for each message is too many",
        ),
        (
            "seconds",
            """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(max(0, due - time.monotonic())):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "poll() takes whole milliseconds",
        ),
        (
            "asks all the time",
            """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(0):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "It asks all the time",
        ),
        (
            "not clamped",
            """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(math.ceil(1000 * (due - time.monotonic()))):
            on_message(sock.recv())
        else:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "a negative timeout means for ever",
        ),
        (
            "rounded down",
            """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic() + every_ms / 1000
    while not stop.is_set():
        if sock.poll(max(0, 1000 * (due - time.monotonic()))):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due += every_ms / 1000
""",
            "round up",
        ),
        (
            "no timeout",
            """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll():
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "Until the next heartbeat is due",
        ),
        (
            "a timeout of its own",
            """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll(1000):
            on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "what ends poll() when none comes?",
        ),
        (
            "drains all",
            """
import math, time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        if sock.poll(max(0, math.ceil(1000 * (due - time.monotonic())))):
            while sock.poll(0):
                on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "after each message",
        ),
        (
            "naps",
            """
import time
import zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.is_set():
        try:
            while not stop.is_set():
                on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
        beat()
        time.sleep(every_ms / 1000)
""",
            "It naps",
        ),
        (
            "waits on stop",
            """
import zmq
def beat_on_time(sock, beat, every_ms, on_message, stop):
    while not stop.wait(every_ms / 1000):
        beat()
        try:
            on_message(sock.recv(zmq.NOBLOCK))
        except zmq.Again:
            pass
""",
            "wait in poll() alone",
        ),
        (
            "recv",
            """
import time
def beat_on_time(sock, beat, every_ms, on_message, stop):
    due = time.monotonic()
    while not stop.is_set():
        on_message(sock.recv())
        if time.monotonic() >= due:
            beat()
            due = time.monotonic() + every_ms / 1000
""",
            "Receive only what poll() has found",
        ),
    ),
    *_answers(
        "serve_both_async",
        (
            "right",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    stop = control.recv()
    while True:
        task = tasks.recv()
        await asyncio.wait({stop, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            on_task(task.result())
            done += 1
        if stop.done():
            task.cancel()
            return done
""",
            None,
        ),
        (
            "no await",
            """
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not await control.poll(0):
        on_task(tasks.recv())
        done += 1
    return done
""",
            "Await it",
        ),
        (
            "no async",
            """
def serve_both_async(tasks, control, on_task):
    done = 0
    while not control.poll(0):
        on_task(tasks.recv())
        done += 1
    return done
""",
            "It must begin with async def",
        ),
        (
            "a generator",
            """
async def serve_both_async(tasks, control, on_task):
    while not await control.poll(0):
        on_task(await tasks.recv())
        yield 1
""",
            "without yield",
        ),
        (
            "runs a loop in the loop",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    async def work():
        while True:
            on_task(await tasks.recv())
    asyncio.run(work())
""",
            "It runs in a loop already",
        ),
        (
            "awaits on_task",
            """
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not await control.poll(0):
        await on_task(await tasks.recv())
        done += 1
    return done
""",
            "on_task is a plain function",
        ),
        (
            "in turn",
            """
async def serve_both_async(tasks, control, on_task):
    done = 0
    while True:
        on_task(await tasks.recv())
        done += 1
        if await control.recv():
            return done
""",
            "A silent control held the tasks up",
        ),
        (
            "milliseconds for seconds",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    while True:
        try:
            await asyncio.wait_for(control.recv(), 100)
            return done
        except asyncio.TimeoutError:
            on_task(await tasks.recv())
            done += 1
""",
            "wait_for takes seconds",
        ),
        (
            "short timeouts",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    while True:
        if await control.poll(1):
            return done
        if await tasks.poll(1):
            on_task(await tasks.recv())
            done += 1
""",
            "It asks again and again",
        ),
        (
            "all the time",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not await control.poll(0):
        if await tasks.poll(0):
            on_task(await tasks.recv())
            done += 1
        await asyncio.sleep(0)
    return done
""",
            "It asks again and again",
        ),
        (
            "time.sleep",
            """
import time
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not await control.poll(0):
        if await tasks.poll(0):
            on_task(await tasks.recv())
            done += 1
        time.sleep(0.005)
    return done
""",
            "time.sleep() stops the loop",
        ),
        (
            "busy, without await",
            """
import zmq
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not control.events & zmq.POLLIN:
        if tasks.events & zmq.POLLIN:
            on_task(await tasks.recv())
            done += 1
    return done
""",
            "It asks again and again",
        ),
        (
            "never lets go",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    async def work():
        nonlocal done
        while True:
            on_task(await tasks.recv())
            done += 1
    worker = asyncio.create_task(work())
    await control.recv()
    worker.cancel()
    await asyncio.wait({worker})
    return done
""",
            "give them their turn",
        ),
        (
            "leaves a task running",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    async def work():
        nonlocal done
        while True:
            on_task(await tasks.recv())
            done += 1
            await asyncio.sleep(0)
    worker = asyncio.create_task(work())
    await control.recv()
    return done
""",
            "End what you start",
        ),
        (
            "an error that nobody hears",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    async def work():
        while True:
            on_task(await tasks.recv())
            done += 1
    asyncio.create_task(work())
    await control.recv()
    return done
""",
            "Nobody is told of that",
        ),
        (
            "not awaited at all",
            """
async def serve_both_async(tasks, control, on_task):
    async def work():
        while True:
            on_task(await tasks.recv())
    work()
    return 0
""",
            "Is everything awaited",
        ),
        (
            "goes on after STOP",
            """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    stop, task = control.recv(), tasks.recv()
    while True:
        await asyncio.wait({stop, task}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            on_task(task.result())
            done += 1
            task = tasks.recv()
""",
            "After STOP, return",
        ),
        (
            "returns nothing",
            """
import asyncio, zmq, zmq.asyncio
async def serve_both_async(tasks, control, on_task):
    poller = zmq.asyncio.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    while True:
        ready = dict(await poller.poll())
        if control in ready:
            return
        if tasks in ready:
            on_task(await tasks.recv())
""",
            "Return the number",
        ),
    ),
]
