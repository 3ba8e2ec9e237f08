"""What happened in an exercise, as lanes."""

import pytest
from answers import ANSWERS, define
from replays import recorded_data

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
