"""The waiting room without a browser: what its buttons and controls do."""

import io
import time

import psutil
import pytest
from census import experiments
from PIL import Image
from until import until

from pollerlab.live.backpressure import Speeds
from pollerlab.live.experiment import Settings, Trial, run
from pollerlab.live.pictures import QueuePicture, WaitingPicture, draw_map
from pollerlab.live.room import SendingRoom, WaitingRoom


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
    """The processes that run an experiment; other tests have others."""
    return experiments(psutil.Process())


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
    assert "1. " not in room.list.value


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


@pytest.mark.parametrize("page", [WaitingRoom, SendingRoom])
def test_a_limit_must_be_a_number_above_0(page):
    with pytest.raises(ValueError, match="limit must be"):
        page(limit=0)


def test_a_page_may_show_some_controls_and_keep_the_rest():
    settings = Settings("nap", 1, 20, "random", timeout_ms=10)
    small = WaitingRoom(settings, controls=["timeout_ms"])
    left = small.children[0].children[0].children
    assert [control.description for control in left[:-1]] == ["nap, ms"]
    assert small.settings == settings
    with pytest.raises(ValueError, match=r"controls must be among way, .*, not 'speed'"):
        WaitingRoom(controls=["speed"])


@pytest.mark.parametrize("wrong", [{"controls": 5}, {"controls": "way"}, {"settings": 0}, {"limit": "30"}])
def test_what_a_page_cannot_have_is_told_in_a_sentence(wrong):
    with pytest.raises(TypeError, match=rf"^{next(iter(wrong))} must be .*\.$"):
        WaitingRoom(**wrong)


def test_the_sender_obeys_its_controls(room):
    sending = SendingRoom()
    sending.start()
    until(lambda: "receiver up to 40/s</b>" in sending.status.value and " sent, " in sending.totals.value)
    (first,) = children()
    sending.settings = Speeds(sender=100, receiver=200)
    until(lambda: "receiver up to 200/s</b>" in sending.status.value)
    assert not first.is_running()
    sending.close()
    assert children() == []
    assert "def send_when_there_is_room(" in sending._code.value


def test_the_pictures_show_what_was_seen():
    trial = run(Settings(way="busy", sockets=12, pattern="bursty"), 0.6)
    picture = WaitingPicture()
    empty, drawn = (picture.draw(t, trial.samples[-1][0]) for t in (Trial(trial.settings), trial))
    colours = [{rgb for _, rgb in Image.open(io.BytesIO(png)).getcolors(1 << 16)} for png in (empty, drawn)]
    assert (213, 94, 0) in colours[1] - colours[0]  # that of busy
    maps = [draw_map(runs) for runs in ([], [(trial.settings, trial.share, trial.typical_delay)])]
    assert maps[0] != maps[1]


def test_the_queue_is_drawn_and_the_waits_for_room():
    trial = run(Speeds(sender=200, receiver=50), 1.0)
    picture = QueuePicture()
    drawn = [picture.draw(t, trial.samples[-1][0]) for t in (Trial(trial.settings), trial)]
    rows = [Image.open(io.BytesIO(png)).convert("RGB") for png in drawn]
    blue = [sum(count for count, rgb in image.getcolors(1 << 16) if rgb == (0, 114, 178)) for image in rows]
    assert blue[0] == 0 < blue[1]


def test_what_is_beyond_the_map_is_at_its_edge():
    edge, beyond = [draw_map([(Settings(), *place)]) for place in ((2, 5), (1e300, 10**400))]
    assert edge == beyond != draw_map([(Settings(), 1, 1)])
