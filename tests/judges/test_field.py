import json
import sys

import pytest

from pollerlab import terminal
from pollerlab.judges import field

pytestmark = [pytest.mark.usefixtures("nothing_left", "not_deaf_to_interrupts"), pytest.mark.timeout(60)]


def test_each_contender_receives_every_message():
    for name, receive in field.contenders().items():
        with field._connected(3, 20, seed=1) as sockets:
            cost, delays = receive(sockets)
        assert cost > 0, name
        # A poller ends with the first that says so: what others still hold does not count.
        assert 0 < len(delays) <= 20, name
        assert all(0 < delay < 10 for delay in delays), name


def test_costs_come_by_number_of_sockets_and_contender(capsys, tmp_path):
    table, picture = tmp_path / "costs.json", tmp_path / "costs.png"
    arguments = ["bench", "--real", "--quick", "--sockets", "2", "--json", str(table), "--plot", str(picture)]
    assert terminal.main(arguments) == 0
    costs = json.loads(table.read_text())["costs"]
    assert [cost["contender"] for cost in costs] == list(field.contenders())
    assert {cost["sockets"] for cost in costs} == {2}
    usual = next(cost for cost in costs if cost["contender"] == "zmq.Poller")
    for cost in costs:
        assert cost["ratio"] == pytest.approx(usual["microseconds"] / cost["microseconds"])
    assert picture.stat().st_size > 1000
    assert capsys.readouterr().out.count("\n") == 2 + len(costs)


@pytest.mark.skipif(sys.platform != "linux", reason="needs epoll")
def test_with_many_sockets_edge_poller_costs_less():
    costs = {}
    for name in ("zmq.Poller", "EdgePoller"):
        with field._connected(300, 200, seed=1) as sockets:
            costs[name], _ = field.contenders()[name](sockets)
    # On a busy machine both find several messages at once: the ratio is far below that of a quiet one.
    assert costs["zmq.Poller"] > 1.2 * costs["EdgePoller"]


def test_a_sender_that_ends_is_told(monkeypatch):
    monkeypatch.setattr(field, "_DEADLINE", 200)
    with field._connected(1, 0, seed=1) as sockets:
        sockets[0].recv()  # the last one
        with pytest.raises(RuntimeError, match="No message"):
            field.contenders()["zmq.Poller"](sockets)


@pytest.mark.parametrize("wrong", [{"counts": []}, {"counts": [0]}, {"turns": 0}])
def test_a_count_is_one_or_more(wrong):
    with pytest.raises(ValueError, match="1 or more"):
        next(field.measure(**wrong))


@pytest.mark.parametrize("seconds", [0.0, 0.0004, -1.0, float("nan"), float("inf")])
def test_the_time_is_enough_for_a_message(seconds):
    with pytest.raises(ValueError, match=r"0\.001 or more"):
        next(field.measure([1], 1, seconds))
