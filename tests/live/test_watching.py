"""What happened in an exercise, or under the doctor, as lanes."""

import time

import pytest
import zmq
from answers import ANSWERS, define
from replays import recorded_data

from pollerlab.doctor import diagnose
from pollerlab.live import watch

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_what_happened_in_an_exercise_can_be_looked_at(capsys):
    right = next(one for one in ANSWERS if one.exercise == "serve_both" and one.hint is None)
    page = watch(define(right.source, "serve_both"))._repr_html_()
    assert capsys.readouterr().out.startswith("Solved: serve_both\n- Tasks handed to on_task: ")
    data = recorded_data(page)
    assert data["controls"] == [{"name": "call", "label": "call"}]
    first, second = data["runs"]
    assert second["name"] == "serve_both, its second call"
    assert first["shown"]["names"] == ["tasks", "control"]
    assert first["code"].startswith("def serve_both(tasks, control, on_task):\n")
    rows = first["seen"]["rows"]
    assert 20 < len(rows["received"]) <= len(rows["sent"])
    assert all(delay > 0 for _, _, delay in rows["received"])
    assert rows["samples"][-1][0] > rows["samples"][0][0]
    (stop,) = (t for t, lane, _ in rows["received"] if lane == 1)
    assert stop == max(t for t, *_ in rows["received"])


def test_of_a_function_that_cannot_be_tried_there_is_nothing_to_see(capsys):
    assert watch(define("def serve_both(tasks, control, on_task):\n    pass\n", "serve_both")) is None
    assert "is empty so far" in capsys.readouterr().out


def deaf_for_a_while(deaf, busy):
    poller = zmq.Poller()
    for sock in (deaf, busy):
        poller.register(sock, zmq.POLLIN)
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        if busy in dict(poller.poll(50)):
            busy.recv()
    deaf.recv()


def test_what_the_doctor_has_seen_can_be_looked_at(context, capsys):
    with context.socket(zmq.PAIR) as deaf, context.socket(zmq.PAIR) as busy, context.socket(zmq.PAIR) as one:
        deaf.bind("inproc://deaf")
        one.connect("inproc://deaf")
        with context.socket(zmq.PAIR) as other:
            busy.bind("inproc://busy")
            other.connect("inproc://busy")
            for sock in (one, *[other] * 100):
                sock.send(b"")
            with diagnose("a deaf one", lanes=True) as seen:
                deaf_for_a_while(deaf, busy)
    page = watch(seen)._repr_html_()
    assert capsys.readouterr().out == f"{seen}\n"
    data = recorded_data(page)
    (run,) = data["runs"]
    assert run["name"] == "a deaf one"
    rows, names = run["seen"]["rows"], run["shown"]["names"]
    lane = next(place for place, name in enumerate(names) if "deaf" in name)
    ((when, _, delay),) = (row for row in rows["received"] if row[1] == lane)
    lay = [t for t, place in rows["sent"] if place == lane]
    assert when >= max(lay)
    assert delay == pytest.approx(1000 * (when - min(lay)), rel=0.2)
    assert len(rows["received"]) > 1


def test_a_diagnosis_that_was_not_asked_for_lanes_has_none():
    with diagnose() as seen:
        pass
    with pytest.raises(ValueError, match="no lanes"):
        watch(seen)
