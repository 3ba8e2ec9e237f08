import os
import statistics
import subprocess
import sys
import threading
import time

import psutil
import pytest
from until import until

from pollerlab.scenery import meter, record

pytestmark = pytest.mark.usefixtures("nothing_left")

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's account of a thread is Linux's")


def burn(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def kernels_account():
    """CPU seconds of the calling thread, by the kernel's scheduler."""
    with open(f"/proc/self/task/{threading.get_native_id()}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


# -- right ------------------------------------------------------------------------------------------


@linux
def test_busy_time_agrees_with_the_kernels_account():
    beside = []  # seconds that the account has and the recording has not: to read both takes some
    for _ in range(3):
        before = kernels_account()
        with record() as r:
            burn(0.3)
        beside.append(kernels_account() - before - r.cpu)
        assert r.samples[-1] == (r.stop, r.cpu)
    assert abs(min(beside)) < 0.003


@linux
def test_idle_time_agrees_with_the_kernels_account():
    beside = []  # seconds that the account has and the recording has not: to read both takes some
    for _ in range(3):
        before = kernels_account()
        with record() as r:
            time.sleep(0.3)
        beside.append(kernels_account() - before - r.cpu)
        assert r.cpu < 0.01
    assert abs(min(beside)) < 0.002


def test_another_threads_work_does_not_count():
    other = threading.Thread(target=burn, args=(0.6,))
    other.start()
    with record() as r:
        other.join()
    assert r.wall > 0.5
    assert r.share < 0.02


def test_two_threads_are_recorded_apart():
    shares = {}

    def recorded(name, work):
        with record(name) as r:
            work(0.5)
        shares[name] = r.share

    threads = [
        threading.Thread(target=recorded, args=pair) for pair in [("busy", burn), ("idle", time.sleep)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shares["busy"] > 20 * shares["idle"]


@linux
def test_sampling_costs_little():
    def cost(sampled):
        began, before = time.perf_counter(), time.process_time()
        if sampled:
            with record():
                time.sleep(1)
        else:
            time.sleep(1)
        return (time.process_time() - before) / (time.perf_counter() - began)

    differences = [cost(sampled=True) - cost(sampled=False) for _ in range(3)]
    assert statistics.median(differences) < 0.015


@linux
def test_samples_are_regular_and_their_shares_add_up():
    with record() as r:
        burn(0.3)
        time.sleep(0.3)
    assert 0.5 < len(r.samples) / (meter.SAMPLES_PER_SECOND * r.wall) <= 1.2
    assert r.samples == sorted(r.samples)
    rows = r.shares()
    assert rows[0][0] == 0
    assert sum((to - start) * share for start, to, share in rows) == pytest.approx(r.cpu, rel=0.05)
    early = [share for start, to, share in rows if to < 0.28]
    late = [share for start, to, share in rows if start > 0.4]
    assert statistics.median(early) > 20 * statistics.median(late)


@linux
def test_a_crowded_thread_still_wants_what_it_wants():
    cores = len(psutil.Process().cpu_affinity())
    spin = "import time; end = time.monotonic() + 20\nwhile time.monotonic() < end: pass"
    crowd = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(cores)]
    try:
        burn(0.3)  # until the others have started
        seen = []
        for _ in range(3):
            with record() as r:
                burn(0.5)
            seen.append(r)
    finally:
        for process in crowd:
            process.kill()
            process.wait()
    r = min(seen, key=lambda r: abs(r.wanted - 1))  # but for what neither the kernel nor the host tells
    assert r.waited > 0.02
    assert r.wanted == pytest.approx(1, abs=0.05)
    assert r.wanted > r.share


STOPPED = """
import os, signal, sys, time

time.sleep(0.1)
os.kill(int(sys.argv[1]), signal.SIGSTOP)
time.sleep(0.4)
os.kill(int(sys.argv[1]), signal.SIGCONT)
"""


@linux
@pytest.mark.parametrize("way", ["busy", "asleep"])
def test_a_time_for_which_the_whole_process_stood_still_counts_for_nothing(way):
    """So a virtual machine stands still, too: its clock goes on, and no thread runs, or waits for a core."""
    wait = burn if way == "busy" else time.sleep
    with subprocess.Popen([sys.executable, "-c", STOPPED, str(os.getpid())]) as stopper, record() as r:
        while stopper.poll() is None:
            wait(0.05)
        wait(0.3)
    assert 0.3 < r.stood_still < r.wall - 0.05
    assert r.share < 0.8
    if way == "busy":
        assert r.wanted > 0.9
    else:
        assert r.wanted < 0.2


def test_what_the_host_kept_back_is_wanted_in_proportion(monkeypatch):
    answers = iter([(100.0, 7.0), (101.0, 7.4)])  # seconds: used by all processes, and stolen
    monkeypatch.setattr(meter, "used_and_stolen", lambda: next(answers))
    monkeypatch.setattr(meter, "waited_for_a_core", lambda: 0.0)
    with record() as r:
        burn(0.5)
    assert r.waited == pytest.approx(0.4 * r.cpu)


@linux
def test_what_all_processes_use_is_seen():
    used, stolen = meter.used_and_stolen()
    burn(0.3)
    used_after, stolen_after = meter.used_and_stolen()
    assert used_after - used + stolen_after - stolen > 0.25
    assert stolen_after >= stolen >= 0


# -- marks ------------------------------------------------------------------------------------------


def test_marks_from_any_thread():
    with record() as r:
        r.mark("woke", "here", 7)
        other = threading.Thread(target=r.mark, args=("ticked", "there"))
        other.start()
        other.join()
    assert [(m.kind, m.lane, m.number) for m in r.marks] == [("woke", "here", 7), ("ticked", "there", None)]
    (t,) = r.times("ticked", "there")
    assert 0 <= t <= r.wall


def test_times_leaves_out_what_happened_outside():
    early = time.perf_counter()
    with record() as r:
        inside = time.perf_counter()
    r.add("sent", "A", [early, inside, r.stop + 1])
    assert r.times("sent", "A") == [inside - r.start]


def test_delays_pair_messages_by_number():
    with record() as r:
        start = time.perf_counter()
        for number in (0, 2, 9):  # 1 was lost, and of 9 nobody knows when it was sent
            r.mark("received", "A", number)
    r.add("sent", "A", [start - 1, start - 2, start - 3])
    r.add("sent", "B", [start])
    r.mark("received", "A", 1)  # after the end
    r.mark("sent", "A")  # without a number
    assert [delay for _, delay in r.delays("A")] == pytest.approx([1, 3], abs=0.1)
    assert r.typical_delay("A") == pytest.approx(2, abs=0.1)
    assert r.delays("B") == []


def test_waits_know_of_messages_that_nobody_received():
    with record() as r:
        start = time.perf_counter()
        r.mark("received", "A", 0)
    r.add("sent", "A", [start, start, start - 9, r.stop + 9])
    r.mark("received", "A", 1)  # after the end
    (first, heard), (second, until_the_end) = r.waits("A")
    assert first == second == pytest.approx(start - r.start)
    assert heard == r.times("received", "A")[0]
    assert until_the_end == r.wall
    assert r.waits("B") == []


def test_a_typical_delay_of_nothing_is_an_error():
    with record("quiet") as r:
        pass
    with pytest.raises(ValueError, match="'A' is marked both as sent and as received in 'quiet'"):
        r.typical_delay("A")


# -- whatever happens -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_block_that_raises_is_recorded(error):
    with pytest.raises(error), record() as r:
        burn(0.1)
        raise error
    assert r.wall >= 0.1
    assert r.cpu > 0


@linux
def test_an_interrupt_while_the_sampler_starts_ends_it(interrupted_start):
    with pytest.raises(KeyboardInterrupt), record():
        pytest.fail("the block ran")


@linux
def test_a_sample_that_comes_late_is_dropped(monkeypatch):
    ask = meter.waited_for_a_core

    def slowly():
        burn(0.05)
        return ask()

    monkeypatch.setattr(meter, "waited_for_a_core", slowly)
    with record() as r:
        burn(0.1)
    assert r.samples == sorted(r.samples)
    assert r.samples[-1] == (r.stop, r.cpu)


@linux
def test_a_thread_that_ends_inside_its_block_ends_the_sampler():
    def abandoned():
        with record():
            yield

    generator = abandoned()
    thread = threading.Thread(target=next, args=(generator,))
    thread.start()
    thread.join()
    until(lambda: not any(t.name == "pollerlab meter" for t in threading.enumerate()))


def test_an_unfinished_recording_has_no_figures():
    with record() as r:
        for ask in (
            lambda: r.wall,
            lambda: r.share,
            lambda: r.wanted,
            lambda: r.times("sent", "A"),
            lambda: r.delays("A"),
            lambda: r.shares(),
        ):
            with pytest.raises(ValueError, match="has not ended"):
                ask()


def test_without_a_clock_to_lend_a_thread_reads_its_own_at_its_marks(monkeypatch):
    monkeypatch.setattr(meter, "clock_of_this_thread", lambda: None)
    threads = threading.active_count()
    with record() as r:
        assert threading.active_count() == threads
        burn(0.2)
        r.mark("woke", "here")
        other = threading.Thread(target=r.mark, args=("ticked", "there"))  # not the recorded thread's clock
        other.start()
        other.join()
        time.sleep(0.2)
        r.mark("woke", "here")
    r.mark("woke", "too late to be measured")
    assert len(r.samples) == 4
    busy, idle = (share for start, to, share in r.shares())
    assert busy > 10 * idle


def test_a_system_that_lends_no_clocks_is_recognised(monkeypatch):
    monkeypatch.delattr(time, "pthread_getcpuclockid", raising=False)
    assert meter.clock_of_this_thread() is None


@pytest.mark.parametrize("readable", ["never", "at the start", "at the end"])
def test_without_scheduler_statistics_nothing_is_known_of_waiting(monkeypatch, readable):
    get_native_id = threading.get_native_id
    monkeypatch.setattr(
        threading, "get_native_id", get_native_id if readable == "at the start" else lambda: -1
    )
    with record() as r:
        burn(0.05)
        monkeypatch.setattr(
            threading, "get_native_id", get_native_id if readable == "at the end" else lambda: -1
        )
    assert r.waited == 0
    assert r.wanted == r.cpu / (r.wall - r.stood_still)


@linux
def test_each_thread_is_asked_how_long_it_waited_for_a_core():
    burn(0.01)
    waited = meter.threads_waited()
    assert waited.keys() == {thread.id for thread in psutil.Process().threads()}
    assert waited[threading.get_native_id()] <= meter.waited_for_a_core()
    assert min(waited.values()) >= 0


def test_where_nobody_says_how_long_threads_waited_there_are_none(monkeypatch):
    monkeypatch.setattr(meter, "waited_for_a_core", lambda thread: None)
    assert meter.threads_waited() == {}


@linux
def test_a_thread_that_sleeps_more_often_has_slept_more_often():
    before = meter.times_asleep()
    for _ in range(20):
        time.sleep(0.001)
    slept = meter.times_asleep() - before
    assert slept >= 20
    before = meter.times_asleep()
    burn(0.02)
    assert meter.times_asleep() - before < slept


@linux
def test_nobody_says_how_often_a_thread_that_is_not_there_slept():
    assert meter.times_asleep(2**22 + 1) is None
