"""The figures of a run, of events that are made up; and the harness that notes them."""

import threading

import pytest
from until import until

from pollerlab.exercises import beat_on_time
from pollerlab.exercises.harness import Harness
from pollerlab.exercises.run import Run, percent
from pollerlab.process import Ended


def snapshot(t, *, cpu=0.0, waited=0.0, kept=0.0, stolen=0.0, asleep=0, **counts):
    return {
        "t": t,
        "cpu": cpu,
        "waited": waited,
        "kept": kept,
        "stolen": stolen,
        "asleep": asleep,
        "counts": counts,
        "inside": [],
    }


def run_of(*events):
    return Run(Ended(list(events), "", False, 0))


def test_what_a_crowded_machine_does_is_not_held_against_a_loop():
    """Ready and without a core for 0.1 of 0.3 seconds: a third of a core is half of what it could have."""
    run = run_of(
        *(snapshot(0.03 * n, cpu=max(0.0, 0.03 * n - 0.2), waited=min(0.1, 0.03 * n)) for n in range(11))
    )
    assert run.share(0.0, 0.3) == pytest.approx(0.5)
    assert run.between(0.0, 0.3) == pytest.approx(0.2)


def test_when_the_whole_process_stood_still_the_loop_was_not_late():
    run = run_of(*(snapshot(0.02 * n + (0.1 if n > 5 else 0.0)) for n in range(11)))
    assert run.between(0.0, 0.3) == pytest.approx(0.3 - 0.12 + 0.04)
    assert run.between(0.0, 0.1) == pytest.approx(0.1)
    assert run.between(0.15, 0.2) == pytest.approx(0.0)


def test_a_run_is_disturbed_if_one_of_its_threads_was_kept_from_a_core_or_all_stood_still():
    quiet = [snapshot(0.02 * n, kept=0.01) for n in range(10)]
    assert not run_of(*quiet).disturbed
    assert not run_of(*quiet, {"again": True}, *quiet).disturbed
    for disturbed in (snapshot(0.2, kept=0.05), snapshot(0.25)):
        assert run_of(*quiet, disturbed).disturbed
        assert run_of(*quiet, {"again": True}, *quiet, disturbed).disturbed


def test_what_the_machine_s_host_keeps_back_is_no_delay_of_the_loop():
    run = run_of(*(snapshot(0.03 * n, waited=0.005 * n, stolen=0.01 * n) for n in range(11)))
    assert run.between(0.0, 0.3) == pytest.approx(0.15)
    assert run.share(0.0, 0.3) == 0


def test_a_loop_that_leaves_no_time_for_snapshots_was_not_idle():
    run = run_of(*(snapshot(t, cpu=t) for t in (0.0, 0.25, 0.6)))  # and none between 0.3 and 0.55
    assert run.share(0.3, 0.55) == pytest.approx(1)


def test_nothing_used_is_no_less_than_nothing():
    """The clocks of the process and of a thread are not read at the same moment."""
    assert percent(run_of(snapshot(0.0, cpu=1e-6), snapshot(0.1)).share(0.0, 0.1)) == "~0 %"


def test_who_hardly_had_a_core_is_not_taken_for_one_who_wanted_it_all_the_time():
    starved = run_of(*(snapshot(0.03 * n, cpu=0.0005 * n, waited=0.029 * n) for n in range(11)))
    assert starved.share(0.0, 0.3) == pytest.approx(0.0005 / 0.03 * 5)
    spins = run_of(*(snapshot(0.03 * n, cpu=0.007 * n, waited=0.023 * n) for n in range(11)))
    assert spins.share(0.0, 0.3) == pytest.approx(1)


def test_what_other_threads_did_for_the_function_counts_as_done():
    marks = ({"t": t, "kind": "helped", "lane": "tasks", "n": 2000} for t in (0.1, 0.2, 0.3))
    assert run_of(*marks).helped_with("tasks", 0.15, 0.35) == pytest.approx(0.004)


def test_a_wait_that_another_message_could_not_end_counts_whole():
    marks = ({"t": t, "kind": "slept", "lane": lane, "n": 90} for t, lane in ((0.2, ""), (0.4, "boss tasks")))
    run = run_of(*marks)
    assert run.longest_sleep_without("boss", 0.15, 0.5) == pytest.approx(0.09)
    assert run.longest_sleep_without("boss", 0.2, 0.5) == 0


def test_what_came_right_after_an_idle_time_is_not_of_it():
    idle = (snapshot(0.02 * n) for n in range(18))
    run = run_of(*idle, snapshot(0.5, cpu=0.1, asleep=90))  # and none at 0.35, when it was over
    assert run.share(0.0, 0.35) == 0
    assert run.wakes(0.0, 0.35) == 0


def test_wake_ups_are_those_that_the_system_counted():
    run = run_of(snapshot(0.0), snapshot(1.0, asleep=100, waits=3), snapshot(2.0, asleep=120, waits=4))
    assert run.wakes(0.0, 1.0) == pytest.approx(100)
    assert run.wakes(1.0, 2.0) == pytest.approx(20)
    facts = []
    assert not run.resting(facts, "Then", 0.0, 1.0)
    assert run.resting(facts, "Then", 1.0, 2.0)
    assert "woke up ~100 times a second (at most 50)" in facts[0]


def test_where_the_system_does_not_count_them_calls_that_wait_are():
    run = run_of(snapshot(0.0, asleep=None), snapshot(0.5, asleep=None, waits=4))
    assert run.wakes(0.0, 0.5) == pytest.approx(8)


def test_a_crowded_machine_makes_who_wakes_up_often_no_rarer_sleeper():
    run = run_of(*(snapshot(0.02 * n, waited=0.005 * n, asleep=n) for n in range(11)))
    assert run.wakes(0.0, 0.2) == pytest.approx(10 / 0.15)
    starved = run_of(*(snapshot(0.02 * n, waited=0.019 * n, asleep=n) for n in range(11)))
    assert starved.wakes(0.0, 0.2) == pytest.approx(10 / 0.1)


def test_the_most_at_once_is_between_two_snapshots():
    run = run_of(snapshot(0.0), snapshot(0.02, waits=1), snapshot(0.04, waits=90), snapshot(0.06, waits=91))
    assert run.most_at_once("waits", 0.0, 0.06) == 89
    assert run.most_at_once("waits", 0.03, 0.06) == 1


def test_each_run_has_its_own_events():
    run = run_of(
        *({"called": True}, {"returned": "1", "t": 1.0}, {"again": True}),
        *({"called": True}, {"raised": "ValueError: no", "line": "", "t": 2.0}, {"again": True}),
        {"called": True},
    )
    assert (run.took, run.raised) == (1.0, None)
    assert (run.again.took, run.again.raised) == (2.0, "ValueError: no")
    assert run.again.again.running


def test_what_is_noted_late_of_the_run_before_is_left_out():
    late, own = ({"kind": "sent", "lane": "control", "n": 0, "t": t} for t in (-0.2, 0.15))
    run = run_of({"called": True}, {"returned": "", "t": 1.0}, {"again": True}, late, own)
    assert run.again.times("sent", "control") == [0.15]


def flooded(*, told, took, handled):
    marks = [{"kind": "handled", "lane": "sock", "n": n, "t": t} for n, t in enumerate(handled)]
    return run_of(
        *({"called": True}, {"returned": "", "t": 1.0}, {"again": True}, {"called": True}),
        *({"kind": "told", "lane": "stop", "n": None, "t": told}, *marks),
        *([] if took is None else [{"returned": "", "t": took}]),
    ).stopping_in_a_flood([], "sock")


def test_a_drain_without_a_bound_is_named():
    assert flooded(told=0.1, took=0.12, handled=[0.05, 0.11]).hint is None
    assert "a drain without a bound" in flooded(told=0.1, took=0.9, handled=[0.2, 0.3]).hint
    assert "a drain without a bound" in flooded(told=0.1, took=None, handled=[0.2]).hint
    assert "Go on until" in flooded(told=0.1, took=0.05, handled=[0.01]).hint


def test_what_was_to_be_done_in_one_run_is_not_done_in_the_next():
    sent, late = [], threading.Event()
    harness = Harness({}, sent.append)
    harness.context.term()
    harness.at({0.05: lambda: sent.append("of the first run"), 0.06: late.set})
    harness.call(harness.stop.set)
    assert harness.stopped
    harness.again()
    harness.at({0.0: late.set})
    harness.call(lambda: until(late.is_set))
    harness.call(harness.sleep, 0.1)
    assert "of the first run" not in sent


def test_a_wait_lasts_longer_by_what_the_function_waited_for_a_core():
    harness = Harness({}, [].append)
    harness.context.term()
    harness._waited = {threading.get_native_id(): 0.2}
    begin = harness.now
    harness.wait_for(lambda: False, begin + 0.05)
    assert harness.now - begin >= 0.25


def test_a_wait_inside_another_is_the_others():
    noted = []
    harness = Harness({}, noted.append)
    begin = harness.now
    with harness.doing("poll", "90"):
        with harness.doing("poll", "90"):
            harness.sleep(0.01)
        harness.slept(begin, 0.09)
        assert harness._inside
    harness.slept(begin, 0.09, "sock")
    waits = harness._counts["waits"]
    harness.context.term()  # is a wait, too
    assert [event["lane"] for event in noted if event.get("kind") == "slept"] == ["sock"]
    assert waits == 1


def test_a_stop_before_the_last_message_hangs_is_judged_like_any_other():
    """All but the last were handed on, and then the time was up: no ``hung`` is there to measure by."""

    def mark(t, kind, lane, number=None):
        return {"t": t, "kind": kind, "lane": lane, "n": number}

    run = run_of(
        *(snapshot(t / 10) for t in range(40)),
        *(mark(0.08 * n, "beat", "beat") for n in range(40)),
        *(mark(0.15 + 0.02 * n, "received", "sock", n) for n in range(143)),
        *(mark(0.16 + 0.02 * n, "handled", "sock", n) for n in range(143)),
        mark(3.2, "told", "stop"),
        {"returned": "None", "t": 3.25},
    )
    verdict = beat_on_time.judge(run)
    assert "~143 of 144 messages in time" in verdict.facts[-1]
    assert "Messages wait" in verdict.hint
