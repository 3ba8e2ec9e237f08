"""Answers to 04, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
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
}

WRONG = {
    "recv in turn": (
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
    "elif": (
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
    "unbounded drain": (
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
    "control not registered": (
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
    "poll(0)": (
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
    "no count": (
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
    "the mask for the message": (
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
    "blocks on one": (
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
    "finishes the rest": (
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
}

_SOLUTION = RIGHT["the solution"]
_REGISTERED = """
import zmq
def serve_both(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
"""
_BOUNDED = (
    _REGISTERED
    + """
    while True:
        if control in dict(poller.poll()):
            return done
        for _ in range(1000):
            if not tasks.poll(0):
                break
            on_task(tasks.recv())
            done += 1
"""
)

RIGHT |= {
    "elif, control first": but(_SOLUTION, ("        if tasks in ready", "        elif tasks in ready")),
    "zmq.select": """
import zmq
def serve_both(tasks, control, on_task):
    done = 0
    while True:
        ready, _, _ = zmq.select([tasks, control], [], [])
        if control in ready:
            return done
        on_task(tasks.recv())
        done += 1
""",
    "the list of events": _REGISTERED
    + """
    while True:
        for sock, event in poller.poll():
            message = sock.recv()
            if sock is control:
                return done
            on_task(message)
            done += 1
""",
    "a timeout": but(_SOLUTION, ("poller.poll()", "poller.poll(1000)")),
    "NOBLOCK and Again": _REGISTERED
    + """
    while True:
        poller.poll()
        try:
            control.recv(zmq.NOBLOCK)
            return done
        except zmq.Again:
            pass
        try:
            on_task(tasks.recv(zmq.NOBLOCK))
            done += 1
        except zmq.Again:
            pass
""",
    "a bounded drain": _REGISTERED
    + """
    while True:
        if control in dict(poller.poll()):
            return done
        for _ in range(20):
            if not tasks.poll(0):
                break
            on_task(tasks.recv())
            done += 1
""",
    "a drain by the clock": "import time"
    + _REGISTERED
    + """
    while True:
        ready = dict(poller.poll())
        if ready.get(control, 0) & zmq.POLLIN:
            control.recv()
            break
        end = time.monotonic() + 0.02
        while time.monotonic() < end and tasks.poll(0):
            on_task(tasks.recv())
            done += 1
    return done
""",
    "recv_multipart": but(_SOLUTION, ("tasks.recv()", "tasks.recv_multipart()[0]")),
    "copy=False": but(_SOLUTION, ("tasks.recv()", "tasks.recv(copy=False)")),
    "walrus": _REGISTERED
    + """
    while control not in (ready := dict(poller.poll())):
        if ready[tasks] & zmq.POLLIN:
            on_task(tasks.recv())
            done += 1
    return done
""",
    "helpers": """
import zmq
def watch(*socks):
    poller = zmq.Poller()
    for sock in socks:
        poller.register(sock, zmq.POLLIN)
    return poller
def serve_both(tasks, control, on_task):
    poller, done = watch(control, tasks), 0
    while poller.poll()[0][0] is tasks:
        on_task(tasks.recv())
        done += 1
    return done
""",
    "selectors": """
import selectors
import zmq
def serve_both(tasks, control, on_task):
    done = 0
    with selectors.DefaultSelector() as selector:
        selector.register(tasks.fd, selectors.EVENT_READ)
        selector.register(control.fd, selectors.EVENT_READ)
        while True:
            if control.events & zmq.POLLIN:
                return done
            if tasks.events & zmq.POLLIN:
                on_task(tasks.recv())
                done += 1
            else:
                selector.select()
""",
    "control ten times a second": """
def serve_both(tasks, control, on_task):
    done = 0
    while not control.poll(0):
        if tasks.poll(100):
            on_task(tasks.recv())
            done += 1
    return done
""",
    "a class": """
import zmq
def serve_both(tasks, control, on_task):
    class Server:
        done = 0
        def do_task(self):
            on_task(tasks.recv())
            self.done += 1
            return True
        def do_control(self):
            control.recv()
            return False
    server = Server()
    handlers = {control: server.do_control, tasks: server.do_task}
    poller = zmq.Poller()
    for sock in handlers:
        poller.register(sock, zmq.POLLIN)
    while all(handlers[sock]() for sock, _ in poller.poll()):
        pass
    return server.done
""",
}

WRONG |= {
    "short polls": (but(_SOLUTION, ("poller.poll()", "poller.poll(1)")), "It asks again and again"),
    "asks each in turn": (
        """
def serve_both(tasks, control, on_task):
    done = 0
    while not control.poll(5):
        if tasks.poll(5):
            on_task(tasks.recv())
            done += 1
    return done
""",
        "It asks again and again",
    ),
    "naps": (
        """
import time, zmq
def serve_both(tasks, control, on_task):
    done = 0
    while True:
        try:
            control.recv(zmq.NOBLOCK)
            return done
        except zmq.Again:
            pass
        try:
            on_task(tasks.recv(zmq.NOBLOCK))
            done += 1
        except zmq.Again:
            time.sleep(0.001)
""",
        "It asks again and again",
    ),
    "a long nap": (
        """
import time, zmq
def serve_both(tasks, control, on_task):
    done = 0
    while True:
        try:
            control.recv(zmq.NOBLOCK)
            return done
        except zmq.Again:
            pass
        try:
            on_task(tasks.recv(zmq.NOBLOCK))
            done += 1
        except zmq.Again:
            time.sleep(0.3)
""",
        "Tasks waited while it slept",
    ),
    "counts STOP too": (but(_SOLUTION, ("return done", "return done + 1")), "Return the number of tasks"),
    "counts before": (but(_SOLUTION, ("done = 0", "done = 1")), "Return the number of tasks"),
    "a bound of a thousand": (
        _BOUNDED,
        "drain with a bound",
    ),
    "polls once": (
        _REGISTERED
        + """
    ready = dict(poller.poll())
    while True:
        if control in ready:
            return done
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
""",
        "ask the poller in each round",
    ),
    "both at once": (
        _REGISTERED
        + """
    while True:
        ready = dict(poller.poll())
        if len(ready) == 2:
            return done
        if tasks in ready:
            on_task(tasks.recv())
            done += 1
""",
        "STOP may come alone",
    ),
    "registers one twice": (
        but(_SOLUTION, ("poller.register(control, zmq.POLLIN)", "poller.register(tasks, zmq.POLLIN)")),
        "never asked about control",
    ),
    "control for POLLOUT": (
        but(_SOLUTION, ("poller.register(control, zmq.POLLIN)", "poller.register(control, zmq.POLLOUT)")),
        "register it",
    ),
    "receives both": (
        _REGISTERED
        + """
    while True:
        ready = dict(poller.poll())
        if tasks in ready or control in ready:
            on_task(tasks.recv())
            done += 1
            if control in ready:
                return done
""",
        "STOP may come alone",
    ),
    "ends at the first silence": (
        but(
            _SOLUTION,
            ("dict(poller.poll())", "dict(poller.poll(100)) or {control: 1}"),
            ("            control.recv()\n", ""),
        ),
        "Go on until control is ready",
    ),
    "STOP ends nothing": (
        but(_SOLUTION, ("            control.recv()\n            return done", "            control.recv()")),
        "After STOP, return",
    ),
    "hands on the socket": (
        but(_SOLUTION, ("on_task(tasks.recv())", "tasks.recv()\n            on_task(tasks)")),
        "called with something else",
    ),
    "a thread for the tasks": (
        """
import threading
def serve_both(tasks, control, on_task):
    done = []
    def work():
        while True:
            on_task(tasks.recv())
            done.append(1)
    threading.Thread(target=work, daemon=True).start()
    control.recv()
    return len(done)
""",
        "End what you start",
    ),
    "loses the task at STOP": (
        but(
            _SOLUTION,
            (
                "        if control in ready",
                "        task = tasks.recv() if tasks in ready else None\n        if control in ready",
            ),
            (
                "        if tasks in ready:\n            on_task(tasks.recv())",
                "        if task is not None:\n            on_task(task)",
            ),
        ),
        "do that one first",
    ),
    "waits for each in turn": (
        """
def serve_both(tasks, control, on_task):
    done = 0
    while True:
        if tasks.poll(50):
            on_task(tasks.recv())
            done += 1
        if control.poll(50):
            control.recv()
            return done
""",
        "Tasks waited while it slept",
    ),
    "a nap after each": (
        but(
            _SOLUTION,
            ("import zmq", "import time, zmq"),
            ("            done += 1", "            done += 1\n            time.sleep(0.04)"),
        ),
        "Tasks waited while it slept",
    ),
    "a bound of 500": (
        but(_BOUNDED, ("range(1000)", "range(500)")),
        "tasks before it looked at control: a smaller bound",
    ),
    "the first task alone": (
        but(_SOLUTION, ("            done += 1", "            return 1")),
        "Go on until control is ready",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "control ten times a second",
    "zmq.select",
    "receives both",
    "elif",
    "unbounded drain",
    "control not registered",
    "no count",
    "finishes the rest",
    "loses the task at STOP",
    "waits for each in turn",
]
