"""Neighbours of right answers that are as good, with the reason; see tools/mutants.py."""

_ORDER = "The two lines do not depend on each other."
_WITHIN = "Another figure, and still within what the exercise asks for."
_BOUND = "Another bound, and still within what the exercise asks for."
_PULL = "The default flags have POLLOUT, too, for which a PULL socket is never ready."
_PUSH = "The default flags have POLLIN, too, for which a PUSH socket is never ready."
_EQUAL = "It differs only if two readings of the clock are equal."
_LOOKS_FIRST = "It looks first and sleeps then: one more look is all it costs."
_COUNTED = "The count is complete before anybody reads it."

_ROWS = {
    "beat_on_time": {
        _ORDER: [
            "beat() -> due = time.monotonic() + every_ms / 1000",
        ],
        "It beats first and polls then: one more look is all it costs.": [
            "if sock.poll(max(0, math.ceil(left))): -> if time.monotonic() >= due:",
            "sock.poll(max(0, math.ceil(1000 * (due - time.monotonic())))) -> for _ in range(10):",
            "for _ in range(10): -> if time.monotonic() >= due:",
        ],
        _EQUAL: ["if time.monotonic() >= due: -> if time.monotonic() > due:"],
        "A thousandth more or less.": [
            "left = 1000 * (due - time.monotonic()) -> left = 1001 * (due - time.monotonic())",
            "due = time.monotonic() + every_ms / 1000 -> due = time.monotonic() + every_ms / 1001",
            "sock.poll(max(0, math.ceil(1000 * (due - time.monotonic())))) -> "
            "sock.poll(max(0, math.ceil(1001 * (due - time.monotonic()))))",
        ],
        "A beat may be a millisecond late.": [
            "if sock.poll(max(0, math.ceil(left))): -> if sock.poll(max(1, math.ceil(left))):",
            "sock.poll(max(0, math.ceil(1000 * (due - time.monotonic())))) -> "
            "sock.poll(max(1, math.ceil(1000 * (due - time.monotonic()))))",
        ],
        "20 messages of 3 ms: at worst 10 ms too late, at the edge of what a run can tell.": [
            "for _ in range(10): -> for _ in range(20):",
        ],
        _BOUND: [
            "for _ in range(10): -> for _ in range(5):",
            "for _ in range(10): -> for _ in range(1):",
            "for _ in range(10): -> for _ in range(11):",
        ],
        "It asks an empty socket up to ten times, without waiting.": ["break -> continue"],
    },
    "collect_until_quiet": {
        _ORDER: ["messages = [] -> sock.rcvtimeo = quiet_ms"],
    },
    "keep_up": {
        _WITHIN: [
            "time.sleep(0.01) -> time.sleep(0.02)",
            "time.sleep(0.01) -> time.sleep(0.005)",
            "time.sleep(0.01) -> time.sleep(0.001)",
            "end = time.monotonic() + 0.02 -> end = time.monotonic() + 0.04",
            "end = time.monotonic() + 0.02 -> end = time.monotonic() + 0.01",
            "end = time.monotonic() + 0.02 -> end = time.monotonic() + 0.2",
            "end = time.monotonic() + 0.02 -> end = time.monotonic() + 0.002",
        ],
        _EQUAL: ["while time.monotonic() < end: -> while time.monotonic() <= end:"],
    },
    "pass_on": {
        _ORDER: [
            "poller.register(source, zmq.POLLIN) -> message = None",
            "message = source.recv() -> poller.unregister(source)",
            "poller.unregister(source) -> poller.register(sink, zmq.POLLOUT)",
            "message = None -> poller.unregister(sink)",
            "poller.unregister(sink) -> poller.register(source, zmq.POLLIN)",
        ],
        _PULL: [
            "poller.register(source, zmq.POLLIN) -> poller.register(source)",
            "poller.register(source, zmq.POLLIN) -> poller.register(source) (2)",
        ],
        _PUSH: ["poller.register(sink, zmq.POLLOUT) -> poller.register(sink)"],
        _WITHIN: [
            "if not poller.poll(100): -> if not poller.poll(200):",
            "if not poller.poll(100): -> if not poller.poll(50):",
            "if not poller.poll(100): -> if not poller.poll(101):",
            "if source.poll(100): -> if source.poll(200):",
            "if source.poll(100): -> if source.poll(50):",
            "if source.poll(100): -> if source.poll(101):",
            "elif sink.poll(100, zmq.POLLOUT): -> elif sink.poll(200, zmq.POLLOUT):",
            "elif sink.poll(100, zmq.POLLOUT): -> elif sink.poll(50, zmq.POLLOUT):",
            "elif sink.poll(100, zmq.POLLOUT): -> elif sink.poll(101, zmq.POLLOUT):",
        ],
    },
    "poll_both": {
        "It sleeps for half of the time that is left, and asks again: eight wake-ups in all, and on time.": [
            "left = math.ceil(1000 * (deadline - time.monotonic())) -> "
            "left = math.ceil(500 * (deadline - time.monotonic()))",
        ],
        "It may be a millisecond early or late.": [
            "if left <= 0: -> if left < 0:",
            "if left <= 0: -> if left <= 1:",
            "left = math.ceil(1000 * (deadline - time.monotonic())) -> "
            "left = math.floor(1000 * (deadline - time.monotonic()))",
            "left = math.ceil(1000 * (deadline - time.monotonic())) -> "
            "left = math.ceil(1001 * (deadline - time.monotonic()))",
        ],
        _ORDER: [
            "ready = [sock for sock in (a, b) if sock.events & zmq.POLLIN] -> "
            "left = deadline - time.monotonic()",
            "bells.register(a.fd, select.POLLIN) -> bells.register(b.fd, select.POLLIN)",
        ],
        _EQUAL: [
            "if ready or left <= 0: -> if ready or left < 0:",
        ],
    },
    "serve_both": {
        "When control is not ready, tasks is: there is nothing to block on.": [
            "on_task(tasks.recv(zmq.NOBLOCK)) -> on_task(tasks.recv())",
        ],
        "It looks at the tasks first, and takes one before it hears STOP.": [
            "control.recv(zmq.NOBLOCK) -> on_task(tasks.recv(zmq.NOBLOCK))",
        ],
        "The poll stands elsewhere in the round, and is still there in each.": [
            "poller.poll() -> try:",
        ],
        _ORDER: [
            "poller.register(tasks, zmq.POLLIN) -> poller.register(control, zmq.POLLIN)",
            "poller.register(control, zmq.POLLIN) -> done = 0",
        ],
        _PULL: [
            "poller.register(tasks, zmq.POLLIN) -> poller.register(tasks)",
            "poller.register(control, zmq.POLLIN) -> poller.register(control)",
        ],
        "It does one more task before it hears STOP.": ["if control in ready: -> if tasks in ready:"],
        "When control is not ready, tasks is: poll() had no timeout.": ["if tasks in ready: -> if True:"],
        "It knows of STOP without taking it: the exercise does not ask for that.": [
            "control.recv() -> pass",
            "control.recv() -> return done",
        ],
        _COUNTED: [
            "on_task(tasks.recv()) -> done += 1",
            "on_task(tasks.recv(zmq.NOBLOCK)) -> done += 1",
        ],
    },
    "serve_both_async": {
        "The loop acts upon cancel() in its next round, which is before it ends.": [
            "await asyncio.wait([worker]) -> pass",
            "await asyncio.wait([worker]) -> return done",
        ],
        _ORDER: ["done = 0 -> ", "done = 0 -> stop = control.recv()"],
        _COUNTED: ["on_task(task.result()) -> done += 1"],
    },
    "serve_edges": {
        "Another timeout, and still within what the exercise asks for.": [
            "ringing |= {number for number, _ in epoll.poll(0 if ringing else 0.1)} -> "
            "ringing |= {number for number, _ in epoll.poll(0 if ringing else 0.2)}",
            "ringing |= {number for number, _ in epoll.poll(0 if ringing else 0.1)} -> "
            "ringing |= {number for number, _ in epoll.poll(0 if ringing else 0.05)}",
        ],
        _ORDER: [
            "for number in sorted(ringing): -> "
            "ringing |= {number for number, _ in epoll.poll(0 if ringing else 0.1)}",
            "for number in list(ringing): -> "
            "ringing.update((number for number, _ in epoll.poll(0 if ringing else 0.1)))",
        ],
        _BOUND: [f"for _ in range(20): -> for _ in range({bound}):" for bound in (40, 10, 1, 21)],
        "200 messages take 100 ms of the 150 that another may wait; under load it may be refused.": [
            "for _ in range(20): -> for _ in range(200):",
        ],
        _WITHIN: [
            "ringing.update((number for number, _ in epoll.poll(0 if ringing else 0.1))) -> "
            f"ringing.update((number for number, _ in epoll.poll(0 if ringing else {seconds})))"
            for seconds in (0.2, 0.05)
        ],
    },
    "timeout_for": {
        _ORDER: ["if ms <= 0: -> whole = int(ms)"],
        "What is 0 is 0 either way.": ["if ms <= 0: -> if ms < 0:"],
        "Whatever is below 0 means for ever.": ["return -1 -> return -2", "return -1 -> return -10"],
    },
    "work_and_listen": {
        "Another timeout, and still within what the exercise asks for.": [
            "sock.poll(100) -> sock.poll(200)",
            "sock.poll(100) -> sock.poll(50)",
            "sock.poll(100) -> sock.poll(101)",
        ],
        "It works first and looks then.": [
            "try: -> if more:",
            "if sock.poll(0 if more else 100): -> if more:",
        ],
        "It calls work() once more in each round, which says that nothing is left.": ["if more: -> if True:"],
        "A millisecond for each of sixty pieces of 5 ms.": [
            "if sock.poll(0 if more else 100): -> if sock.poll(1 if more else 100):",
        ],
        _WITHIN: [
            f"if sock.poll(0 if more else 100): -> if sock.poll(0 if more else {timeout}):"
            for timeout in (200, 50, 101)
        ],
    },
    "cure_the_server": {
        _ORDER: ["poller.register(users, zmq.POLLIN) -> poller.register(boss, zmq.POLLIN)"],
        _PULL: [
            "poller.register(users, zmq.POLLIN) -> poller.register(users)",
            "poller.register(boss, zmq.POLLIN) -> poller.register(boss)",
        ],
        _LOOKS_FIRST: ["poller.poll() -> for inbox in (users, boss):"],
    },
    "cure_the_sleeper": {
        _LOOKS_FIRST: ["select.select([server.fd], [], [], 0.2) -> while server.events & zmq.POLLIN:"],
        _WITHIN: ["select.select([server.fd], [], [], 0.2) -> select.select([server.fd], [], [], 0.1)"],
        "The events have said that a message is there, and nobody else takes it.": [
            "server.send(answer(server.recv(zmq.NOBLOCK))) -> server.send(answer(server.recv()))"
        ],
    },
    "cure_the_worker": {
        _ORDER: ["boss.send(b'alive') -> due = time.monotonic() + 0.06"],
        "It signs first and polls then: one more look is all it costs.": [
            "if tasks.poll(max(0, math.ceil(1000 * left))): -> if time.monotonic() >= due:"
        ],
        _EQUAL: ["if time.monotonic() >= due: -> if time.monotonic() > due:"],
        "A sign may be a millisecond late.": [
            "if tasks.poll(max(0, math.ceil(1000 * left))): -> if tasks.poll(max(1, math.ceil(1000 * left))):"
        ],
        "A thousandth more.": [
            "if tasks.poll(max(0, math.ceil(1000 * left))): -> if tasks.poll(max(0, math.ceil(1001 * left))):"
        ],
        "Another pace, and never silent for longer than the 150 ms that the text asks for.": [
            "due = time.monotonic() + 0.06 -> due = time.monotonic() + 0.12",
            "due = time.monotonic() + 0.06 -> due = time.monotonic() + 0.03",
            "if tasks.poll(max(0, math.ceil(1000 * left))): -> "
            "if tasks.poll(max(0, math.ceil(2000 * left))):",
        ],
        "It asks again and again for less than a millisecond in 60: a cost that the text allows here.": [
            "if tasks.poll(max(0, math.ceil(1000 * left))): -> "
            "if tasks.poll(max(0, math.floor(1000 * left))):"
        ],
    },
    "finish_in_hand": {
        _ORDER: ["poller.register(told, zmq.POLLIN) -> poller.register(tasks, zmq.POLLIN)"],
        _PULL: ["poller.register(tasks, zmq.POLLIN) -> poller.register(tasks)"],
    },
}
AS_GOOD = {
    (exercise, change): reason
    for exercise, rows in _ROWS.items()
    for reason, changes in rows.items()
    for change in changes
}
"""The reason by ``(exercise, "the line as it was -> as it is")``; see `name_of` in tools/mutants.py."""
