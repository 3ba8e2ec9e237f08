"""The examples as processes: ended by signals, and with a boss who is killed and comes back.

Here each is tried a few times.  ``python tests/test_examples.py 100 50`` ends the worker 100 times by each
signal, kills its boss 50 times, and prints the longest times.
"""

import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
import zmq
from until import until

from pollerlab.examples.lasting_loop import BEAT

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM from another process"),
]

LOST = "The boss is lost."
WORKER = ("-m", "pollerlab.examples.lasting_loop")


class Process:
    """Python as another process, killed at the end of the `with`; ``lines`` is what it has printed so far.

    A line is ``(moment, text)``.
    """

    def __init__(self, *arguments):
        self._command = [sys.executable, *arguments]
        self.lines = []

    def __enter__(self):
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def _read(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.rstrip()))

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
        self.process.stdout.close()

    def texts(self):
        return [text for _, text in self.lines]


class Boss(threading.Thread):
    """Sends whoever beats numbered tasks, about one a millisecond, and notes what was acknowledged."""

    def __init__(self):
        super().__init__()
        self.acknowledged = []
        self._stop_now = threading.Event()

    def __enter__(self):
        self._context = zmq.Context()
        self._workers = self._context.socket(zmq.ROUTER)
        self._workers.bind("tcp://127.0.0.1:*")
        self.address = self._workers.last_endpoint.decode()
        self.start()
        return self

    def run(self):
        worker, number, next_beat = None, 0, 0.0
        while not self._stop_now.is_set():
            if self._workers.poll(1):
                worker, kind, *frames = self._workers.recv_multipart()
                if kind == b"done":
                    self.acknowledged += map(str, frames)
            if worker is not None:
                self._workers.send_multipart([worker, b"task", b"%d" % number])
                number += 1
                if time.monotonic() >= next_beat:
                    self._workers.send_multipart([worker, b"beat"])
                    next_beat = time.monotonic() + BEAT

    def __exit__(self, *error):
        self._stop_now.set()
        self.join()
        self._context.destroy(linger=0)


def end_by(number):
    """End a busy worker by this signal at a random moment, and return how many seconds that took."""
    with Boss() as boss:
        with Process(*WORKER, boss.address) as worker:
            until(lambda: boss.acknowledged)
            time.sleep(random.uniform(0, 2 * BEAT))
            told = time.monotonic()
            worker.process.send_signal(number)
            status = worker.process.wait(10)
            took = time.monotonic() - told
        done = [text for text in worker.texts() if text != LOST]  # as it seems if others have its core
        if number == signal.SIGKILL:
            time.sleep(0.05)  # for what may still be under way to the boss
        else:
            with suppress(TimeoutError):  # what is there is compared below
                until(lambda: len(boss.acknowledged) >= len(done))
    assert set(boss.acknowledged) <= set(done), "lost"
    if number != signal.SIGKILL:
        assert status == 0, done[-20:]
        assert boss.acknowledged == done == [f"b'{number}'" for number in range(len(done))]
    return took


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_the_worker_within_a_second_and_nothing_acknowledged_is_lost(number):
    took = [end_by(number) for _ in range(4)]
    assert statistics.median_low(took) < 1, took  # on a crowded machine, some may be held up


def test_nothing_acknowledged_is_lost_even_if_the_worker_is_killed():
    for _ in range(3):
        end_by(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_a_worker_whose_boss_has_gone(number):
    with Process(*WORKER, (address := free_address())) as worker:
        with Process("-c", BOSS, address, "0"):
            until(lambda: worker.lines)
        until(lambda: len(worker.lines) == 2)
        told = time.monotonic()
        worker.process.send_signal(number)
        assert worker.process.wait(10) == 0
        assert time.monotonic() - told < 1
    assert worker.texts() == ["b'0'", LOST]


# Beats, and has one task for whoever comes first.
BOSS = """
import sys, time, zmq
from pollerlab.examples.lasting_loop import BEAT
workers = zmq.Context().socket(zmq.ROUTER)
workers.bind(sys.argv[1])
print("bound", flush=True)
worker, *_ = workers.recv_multipart()
workers.send_multipart([worker, b"task", sys.argv[2].encode()])
while True:
    workers.send_multipart([worker, b"beat"])
    time.sleep(BEAT)
"""


def free_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


def kill_the_boss(times):
    """Kill a worker's boss so often, and start the next at the same address.

    Return the seconds from each death to when it was noticed, and from each new boss to its first task done.
    """
    noticed, recovered = [], []
    expected = []
    with Process(*WORKER, address := free_address()) as worker:
        for number in range(times):
            with Process("-c", BOSS, address, str(number)) as boss:
                expected.append(f"b'{number}'")
                until(lambda: len(worker.lines) >= len(expected) and boss.lines)
                recovered.append(worker.lines[-1][0] - boss.lines[0][0])
                time.sleep(random.uniform(0, 2 * BEAT))
                assert worker.texts() == expected
                killed = time.monotonic()
                boss.process.kill()
                expected.append(LOST)
                until(lambda: len(worker.lines) >= len(expected))
                noticed.append(worker.lines[-1][0] - killed)
        assert worker.texts() == expected
    return noticed, recovered


def test_a_boss_that_is_killed_is_noticed_within_two_beats_and_the_next_one_is_served():
    noticed, _ = kill_the_boss(3)
    assert max(noticed) < 2 * BEAT


if __name__ == "__main__":
    ends, kills = map(int, sys.argv[1:])
    for number in (signal.SIGTERM, signal.SIGINT):
        longest = max(end_by(number) for _ in range(ends))
        print(f"{ends} ends by {number.name}: {longest:.3f} s at most, and nothing lost")
    noticed, recovered = kill_the_boss(kills)
    print(f"{kills} deaths: noticed after {min(noticed) / BEAT:.2f} to {max(noticed) / BEAT:.2f} beats,")
    print(f"and the next boss was served {max(recovered):.3f} s after it was there, at most")
