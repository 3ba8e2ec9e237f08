"""The lines in docs/other_loops.md, run as they stand under their loops: no message is lost, and none lies
there while its loop sleeps."""

import asyncio
import os
import random
import re
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
import zmq
from isolated import isolated
from until import until

PAGE = Path(__file__).parents[2] / "docs" / "other_loops.md"
MESSAGES = 2_000
PATIENCE = 20  # seconds, for all of them

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module", autouse=True)
def some_have_been_there():
    """Qt, and what `isolated` forks from: they keep descriptors until the process ends."""
    isolated(int)
    with suppress(ImportError):
        from PySide6.QtCore import QCoreApplication

        QCoreApplication([]).shutdown()


def lines_of(title):
    """The code under a heading."""
    (section,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    (code,) = re.findall(r"```python\n(.*?)```", section, re.S)
    return code


def defined_in(code):
    namespace = {}
    exec(compile(code, str(PAGE), "exec"), namespace)  # noqa: S102 (our own page)
    return namespace


def under_trio(code, inbox, received, number, seconds):
    trio = pytest.importorskip("trio")
    receive = defined_in(code)["receive"]

    async def main():
        with trio.move_on_after(seconds):
            while len(received) < number:
                received.append(await receive(inbox))

    trio.run(main)


def under_anyio(backend):
    def run(code, inbox, received, number, seconds):
        anyio = pytest.importorskip("anyio")
        pytest.importorskip(backend)
        receive = defined_in(code)["receive"]

        async def main():
            with anyio.move_on_after(seconds):
                while len(received) < number:
                    received.append(await receive(inbox))

        anyio.run(main, backend=backend)

    return run


def under_tornado(code, inbox, received, number, seconds):
    gen = pytest.importorskip("tornado.gen")
    from tornado.ioloop import IOLoop

    receive = defined_in(code)["receive"]

    async def take():
        while len(received) < number:
            received.append(await receive(inbox))

    async def main():
        with suppress(gen.TimeoutError):
            await gen.with_timeout(IOLoop.current().time() + seconds, take())

    asyncio.run(main())


def under_gevent(code, inbox, received, number, seconds):
    import gevent  # in a process of its own: once it is there, the doctor finds it at work

    receive = defined_in(code)["receive"]
    try:
        with gevent.Timeout(seconds, False):
            while len(received) < number:
                received.append(receive(inbox))
    finally:
        gevent.get_hub().destroy(destroy_loop=True)


def under_qt(code, inbox, received, number, seconds):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    core = pytest.importorskip("PySide6.QtCore")
    app = core.QCoreApplication([])

    def handle(message):
        received.append(message)
        if len(received) == number:
            app.quit()

    bell = defined_in(code)["on_message"](inbox, handle)
    core.QTimer.singleShot(int(1000 * seconds), app.quit)
    app.exec()
    bell.setEnabled(False)
    app.shutdown()


LOOPS = {
    "trio": ("trio", under_trio),
    "anyio, asyncio": ("anyio", under_anyio("asyncio")),
    "anyio, trio": ("anyio", under_anyio("trio")),
    "tornado": ("tornado", under_tornado),
    "gevent": ("gevent", under_gevent),
    "Qt": ("Qt", under_qt),
}
each_loop = pytest.mark.parametrize(("title", "run"), LOOPS.values(), ids=LOOPS)


def run_beside(send, code, run, number, seconds=PATIENCE):
    """What a loop has received by the end, while *send* sends from another thread."""
    received, over = [], threading.Event()
    with zmq.Context() as context, context.socket(zmq.PULL) as inbox, context.socket(zmq.PUSH) as outbox:
        inbox.rcvhwm = outbox.sndhwm = 0
        outbox.linger = 0
        inbox.connect(f"tcp://127.0.0.1:{outbox.bind_to_random_port('tcp://127.0.0.1')}")
        sender = threading.Thread(target=send, args=(outbox, received, number, over))
        sender.start()
        try:
            run(code, inbox, received, number, seconds)
        finally:
            over.set()
            sender.join()
    return received


def at_random(outbox, received, number, over):
    pause = random.Random(1)
    for n in range(number):
        outbox.send(b"%d" % n)
        if n % 4 == 0:
            time.sleep(pause.expovariate(1 / 0.0005))


def in_bursts(outbox, received, number, over):
    """The next one when the last has arrived: a message that lies there while the loop sleeps ends it."""
    size, sent = random.Random(2), 0
    while sent < number and not over.is_set():
        burst = min(size.randrange(1, 60), number - sent)
        for n in range(sent, sent + burst):
            outbox.send(b"%d" % n)
        sent += burst
        until(lambda sent=sent: over.is_set() or len(received) >= sent, PATIENCE + 5)


def received_beside(send, code, run, number, seconds=PATIENCE):
    """The same, in a process of its own where that is needed."""
    if run is not under_gevent:
        return run_beside(send, code, run, number, seconds)
    if find_spec("gevent") is None:
        pytest.skip("needs gevent")
    return isolated(run_beside, send, code, run, number, seconds).returned


@each_loop
@pytest.mark.parametrize("send", [at_random, in_bursts])
def test_no_message_is_lost_and_none_waits_for_the_next(title, run, send):
    received = received_beside(send, lines_of(title), run, MESSAGES)
    assert received == [b"%d" % n for n in range(MESSAGES)]


@each_loop
def test_who_sleeps_without_asking_is_found_out(title, run):
    """Rings are no messages: a burst needs a question after each."""
    code = lines_of(title)
    asks = "while not inbox.events & zmq.POLLIN:"
    broken = code.replace(asks, "for _ in range(1):") if asks in code else code.replace("range(most)", "[1]")
    broken = broken.replace("QTimer.singleShot(0, take)  # there may be more", "pass")
    broken = broken.replace("inbox.recv(zmq.NOBLOCK)", "(inbox.events and inbox.recv(zmq.NOBLOCK))")
    assert broken != code
    received = received_beside(in_bursts, broken, run, MESSAGES, seconds=1)
    assert len(received) < MESSAGES
