"""The waiting room without a browser: what its buttons and controls do."""

import io
import time

import psutil
import pytest
from PIL import Image
from until import until

from pollerlab.dashboard import WaitingRoom
from pollerlab.experiment import Settings, Trial, run
from pollerlab.live import LivePicture, draw_map


@pytest.fixture(scope="module")
def used_room():
    """A room that has run once, so that fonts and the like are loaded."""
    room = WaitingRoom()
    room.start()
    until(lambda: "It stops in" in room.status.value)
    room.stop()
    room.runs.append((Settings(), 0.01, 0.001))
    room.show_runs()
    return room


@pytest.fixture
def room(used_room, nothing_left):
    used_room.limit = 30
    used_room.clear()
    used_room.settings = Settings()
    yield used_room
    used_room.stop()


def children():
    return psutil.Process().children()


def test_a_run_drops_a_point_and_leaves_nothing(room):
    before = room.picture.value
    room.start()
    begin = time.monotonic()
    until(lambda: time.monotonic() > begin + 2.0)  # long enough for a point
    room.stop()
    assert room.picture.value != before
    ((settings, share, delay),) = room.runs
    assert settings == Settings()
    assert 0 < share < 0.2
    assert 0 < delay < 0.05
    assert not room.running
    assert children() == []
    assert "1. zmq.Poller, 4 sockets" in room.list.value
    room.clear()
    assert room.list.value == ""


def test_to_start_twice_starts_one(room):
    room.start()
    room.start()
    until(children)
    assert len(children()) == 1


def test_a_change_begins_a_new_run(room):
    room.start()
    until(lambda: "<b>zmq.Poller" in room.status.value)
    (first,) = children()
    room.settings = Settings(way="nap")
    until(lambda: "<b>nap" in room.status.value)
    assert not first.is_running()
    assert len(children()) == 1
    assert "def nap(" in room._code.value


def test_it_ends_by_itself(room):
    room.limit = 0.5
    room.start()
    until(lambda: not room.running)
    assert "stopped by itself after 0.5 s" in room.status.value
    assert not room._start.disabled


def test_a_child_that_is_killed_is_told_of_and_the_next_start_works(room):
    room.start()
    until(children)
    children()[0].kill()
    until(lambda: not room.running)
    assert "ended by itself" in room.status.value
    room.start()
    until(lambda: "It stops in" in room.status.value)


def test_one_room_runs_at_a_time(room):
    other = WaitingRoom()
    room.start()
    other.start()
    assert not room.running
    assert other.running
    other.close()
    assert children() == []


def test_a_limit_must_be_a_number_above_0():
    with pytest.raises(ValueError, match="limit must be"):
        WaitingRoom(limit=0)


def test_the_pictures_show_what_was_seen():
    trial = run(Settings(way="busy", sockets=12, pattern="bursty"), 0.6)
    picture = LivePicture()
    empty, drawn = (picture.draw(t, trial.samples[-1][0]) for t in (Trial(trial.settings), trial))
    colours = [{rgb for _, rgb in Image.open(io.BytesIO(png)).getcolors(1 << 16)} for png in (empty, drawn)]
    assert (213, 94, 0) in colours[1] - colours[0]  # that of busy
    maps = [draw_map(runs) for runs in ([], [(trial.settings, trial.share, trial.typical_delay)])]
    assert maps[0] != maps[1]
