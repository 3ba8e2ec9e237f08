"""Answers to 10, right and wrong."""

from ._variants import but

RIGHT = {
    "the solution": """
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
}

WRONG = {
    "no await": (
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
    "no async": (
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
    "a generator": (
        """
async def serve_both_async(tasks, control, on_task):
    while not await control.poll(0):
        on_task(await tasks.recv())
        yield 1
""",
        "without yield",
    ),
    "runs a loop in the loop": (
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
    "awaits on_task": (
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
    "in turn": (
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
    "milliseconds for seconds": (
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
    "short timeouts": (
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
    "all the time": (
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
    "time.sleep": (
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
    "busy, without await": (
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
    "never lets go": (
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
    "leaves a task running": (
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
    "an error that nobody hears": (
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
    "not awaited at all": (
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
    "goes on after STOP": (
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
    "returns nothing": (
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
}

_SOLUTION = RIGHT["the solution"]
_WORKER = """
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
    worker.cancel()
    await asyncio.wait([worker])
    return done
"""

RIGHT |= {
    "a worker": _WORKER,
    "a Poller": """
import zmq, zmq.asyncio
async def serve_both_async(tasks, control, on_task):
    poller = zmq.asyncio.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(await poller.poll())
        if control in ready:
            await control.recv()
            return done
        on_task(await tasks.recv())
        done += 1
""",
    "STOP first": """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done, stop, task = 0, asyncio.ensure_future(control.recv()), asyncio.ensure_future(tasks.recv())
    try:
        while True:
            await asyncio.wait([stop, task], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                on_task(task.result())
                done += 1
            if stop.done():
                return done
            task = task if not task.done() else asyncio.ensure_future(tasks.recv())
    finally:
        task.cancel()
""",
    "suppress CancelledError": but(
        _WORKER,
        ("import asyncio", "import asyncio, contextlib"),
        (
            "    await asyncio.wait([worker])",
            "    with contextlib.suppress(asyncio.CancelledError):\n        await worker",
        ),
    ),
    "gather": but(
        _WORKER, ("await asyncio.wait([worker])", "await asyncio.gather(worker, return_exceptions=True)")
    ),
    "an Event": """
import asyncio
async def serve_both_async(tasks, control, on_task):
    stopped, done = asyncio.Event(), 0
    async def listen():
        await control.recv()
        stopped.set()
        worker.cancel()
    async def work():
        nonlocal done
        while not stopped.is_set():
            on_task(await tasks.recv())
            done += 1
            await asyncio.sleep(0)
    worker, listener = asyncio.create_task(work()), asyncio.create_task(listen())
    await asyncio.wait([worker, listener])
    return done
""",
    "recv_multipart": but(
        _SOLUTION,
        ("control.recv()", "control.recv_multipart()"),
        ("tasks.recv()", "tasks.recv_multipart()"),
        ("task.result()", "task.result()[0]"),
    ),
    "copy=False": but(_SOLUTION, ("tasks.recv()", "tasks.recv(copy=False)")),
    "a bounded drain": """
import asyncio, zmq
async def serve_both_async(tasks, control, on_task):
    done, stop = 0, asyncio.ensure_future(control.recv())
    while not stop.done():
        news = asyncio.ensure_future(tasks.poll())
        await asyncio.wait([stop, news], return_when=asyncio.FIRST_COMPLETED)
        if not news.done():
            news.cancel()
            continue
        for _ in range(10):
            if await tasks.poll(0):
                on_task(await tasks.recv())
                done += 1
        await asyncio.sleep(0)
    return done
""",
    "a class": """
import asyncio
async def serve_both_async(tasks, control, on_task):
    class Server:
        done = 0
        async def work(self):
            while True:
                on_task(await tasks.recv())
                self.done += 1
                await asyncio.sleep(0)
    server = Server()
    worker = asyncio.create_task(server.work())
    try:
        await control.recv()
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    return server.done
""",
    "helpers": """
import asyncio
async def first_of(*futures):
    done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    return done
async def serve_both_async(tasks, control, on_task):
    count, stop = 0, control.recv()
    while stop not in await first_of(stop, task := tasks.recv()):
        on_task(task.result())
        count += 1
    if task.done():
        on_task(task.result())
        count += 1
    task.cancel()
    return count
""",
    "a thread for the work": """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done, stop = 0, control.recv()
    while True:
        task = tasks.recv()
        await asyncio.wait([stop, task], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await asyncio.to_thread(on_task, task.result())
            done += 1
        if stop.done():
            task.cancel()
            return done
""",
}

WRONG |= {
    "counts STOP too": (but(_SOLUTION, ("return done", "return done + 1")), "Return the number"),
    "short waits": (
        """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done, stop = 0, control.recv()
    while not stop.done():
        try:
            on_task(await asyncio.wait_for(asyncio.ensure_future(tasks.recv()), 0.002))
            done += 1
        except asyncio.TimeoutError:
            pass
        await asyncio.sleep(0)
    return done
""",
        "It asks again and again",
    ),
    "drains without a turn": (
        """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done, stop = 0, control.recv()
    while True:
        news = asyncio.ensure_future(tasks.poll())
        await asyncio.wait([stop, news], return_when=asyncio.FIRST_COMPLETED)
        if stop.done():
            news.cancel()
            return done
        while await tasks.poll(0):
            on_task(await tasks.recv())
            done += 1
""",
        "give them their turn",
    ),
    "counts a task before it has come": (
        but(
            _WORKER,
            (
                "            on_task(await tasks.recv())\n            done += 1\n",
                "            done += 1\n            on_task(await tasks.recv())\n",
            ),
        ),
        "Return the number",
    ),
    "not cancelled": (but(_SOLUTION, ("            task.cancel()\n", "")), "End what you start"),
    "waits for both": (but(_SOLUTION, ("FIRST_COMPLETED", "ALL_COMPLETED")), "in turn"),
    "polls in turn": (
        """
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not await control.poll(5):
        if await tasks.poll(5):
            on_task(await tasks.recv())
            done += 1
    return done
""",
        "It asks again and again",
    ),
    "a long nap": (
        """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    while not await control.poll(0):
        while await tasks.poll(0):
            on_task(await tasks.recv())
            done += 1
        await asyncio.sleep(0.2)
    return done
""",
        "Tasks waited while it slept",
    ),
    "ends at once": (
        "async def serve_both_async(tasks, control, on_task):\n    return 0\n",
        "Is everything awaited",
    ),
    "hands on the future": (but(_SOLUTION, ("on_task(task.result())", "on_task(task)")), "Await it"),
}

_BLOCKING = """
import select, zmq
async def serve_both_async(tasks, control, on_task):
    poller = zmq.Poller()
    poller.register(tasks, zmq.POLLIN)
    poller.register(control, zmq.POLLIN)
    done = 0
    while True:
        ready = dict(poller.poll())
        if control in ready:
            await control.recv()
            return done
        if tasks in ready:
            on_task(await tasks.recv())
            done += 1
"""

WRONG |= {
    "a Poller that blocks": (_BLOCKING, "It blocks the loop"),
    "a Poller that blocks, with a timeout": (
        but(_BLOCKING, (".poll()", ".poll(1000)")),
        "It blocks the loop",
    ),
    "a Poller that blocks, and gives a turn": (
        but(
            _BLOCKING,
            ("import select", "import asyncio"),
            ("ready = dict(poller.poll())", "ready = dict(poller.poll(100))\n        await asyncio.sleep(0)"),
        ),
        "It blocks the loop",
    ),
    "select that blocks": (
        """
import select, zmq
async def serve_both_async(tasks, control, on_task):
    done = 0
    while True:
        if control.events & zmq.POLLIN:
            await control.recv()
            return done
        if tasks.events & zmq.POLLIN:
            on_task(await tasks.recv())
            done += 1
        else:
            select.select([tasks.fd, control.fd], [], [], 1)
""",
        "It blocks the loop",
    ),
    "loses the task at STOP": (
        """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done, stop = 0, asyncio.ensure_future(control.recv())
    while True:
        task = asyncio.ensure_future(tasks.recv())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if stop.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return done
        on_task(task.result())
        done += 1
""",
        "do that one first",
    ),
    "one task a nap": (
        but(WRONG["all the time"][0], ("asyncio.sleep(0)", "asyncio.sleep(0.05)")),
        "Tasks waited while it",
    ),
    "waits for each in turn": (
        """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    while True:
        if await tasks.poll(50):
            on_task(await tasks.recv())
            done += 1
        try:
            await asyncio.wait_for(control.recv(), 0.05)
            return done
        except asyncio.TimeoutError:
            pass
""",
        "Tasks waited while it",
    ),
    "new futures each round": (
        """
import asyncio
async def serve_both_async(tasks, control, on_task):
    done = 0
    while True:
        task = asyncio.ensure_future(tasks.recv())
        stop = asyncio.ensure_future(control.recv())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            on_task(task.result())
            done += 1
        if stop.done():
            task.cancel()
            return done
""",
        "keep one future for each socket",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "a worker",
    "a Poller",
    "not cancelled",
    "no await",
    "awaits on_task",
    "in turn",
    "short timeouts",
    "time.sleep",
    "never lets go",
    "leaves a task running",
    "an error that nobody hears",
    "a Poller that blocks",
    "loses the task at STOP",
]
