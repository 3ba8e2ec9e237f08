"""The waiting room without a browser: what its buttons and controls do."""

import gc
import io
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from census import Census, experiments
from kernels import ROOT, kernel
from nbval.plugin import get_sanitize_patterns
from PIL import Image
from until import has_ended, until

from pollerlab.live import room as room_module
from pollerlab.live import ways
from pollerlab.live.backpressure import Speeds
from pollerlab.live.experiment import Settings, Trial, run
from pollerlab.live.pictures import QueuePicture, WaitingPicture, colour, draw_map
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
    vars(used_room.lanes).pop("send", None)  # see `listen`


def children():
    """The processes that run an experiment; other tests have others."""
    return experiments(psutil.Process())


def is_long_enough_for_a_point(heard):
    news = [message["news"]["samples"] for message in heard if "news" in message]
    return any(samples and samples[-1][0] > 1.7 for samples in news)


def test_a_run_drops_a_point_and_leaves_nothing(room):
    heard = listen(room)
    room.start()
    until(lambda: is_long_enough_for_a_point(heard))
    room.stop()
    assert room.lanes.title.startswith("Ran: zmq.Poller, 4 sockets")
    assert not room.lanes.running
    assert sum("news" in message for message in heard) >= 5
    told = sum(len(message["news"]["received"]) for message in heard if "news" in message)
    assert told > 50
    ((settings, share, delay),) = room.runs
    assert settings == Settings()
    assert 0 < share < 0.2
    assert 0 < delay < 0.05
    assert not room.running
    assert children() == []
    assert "1. zmq.Poller, 4 sockets" in room.list.value
    room.clear()
    assert "1. " not in room.list.value


def listen(room):
    """What is sent to the lanes of *room* from now on."""
    heard = []
    room.lanes.send = heard.append
    return heard


def test_a_change_before_start_shows_at_once_what_would_run(room):
    heard = listen(room)
    room.settings = Settings(way="busy", sockets=7)
    assert room.lanes.title.startswith("Would run: busy, 7 sockets")
    assert room.lanes.shown["sockets"] == 7
    assert {"begin": True} in heard


def tried(way):
    """A run in which something came: on a crowded machine, the first message may be late."""
    for seconds in (0.6, 2, 6):
        trial = run(Settings(way=way), seconds)
        if trial.messages:
            return trial
    raise AssertionError(f"In 6 s, nothing came to {way}.")


@pytest.fixture(scope="module")
def trials():
    with ThreadPoolExecutor() as pool:
        return [*pool.map(tried, ("busy", "nap", "nap"))]


def test_runs_that_were_made_elsewhere_are_shown_and_replayed_where_no_kernel_runs(trials):
    room = WaitingRoom()
    assert "Nothing has run yet" in room.recorded()
    room.show(trials[0], trials[1:])
    assert room.lanes.title.startswith("Ran: busy, 4 sockets")
    assert room.lanes.past["received"]
    page = room.recorded()
    data = json.loads(re.search(r'<script type="application/json">(.*)</script>', page)[1])
    assert data["controls"] == [{"name": "way", "label": "wait by"}]
    for trial, recorded in zip(trials, data["runs"], strict=True):
        assert recorded["name"] == str(trial.settings)
        assert recorded["code"] == ways.source(trial.settings.way)
        assert len(recorded["seen"]["rows"]["received"]) == len(trial.messages) > 0
    room.settings = Settings(way="nap")
    assert room.lanes.past == {}
    assert "Nothing has run yet" in room.recorded()
    room.close()


def test_of_recorded_runs_only_what_varies_is_hidden_when_outputs_are_compared(trials):
    patterns = get_sanitize_patterns((ROOT / "tests" / "notebooks" / "nbval_sanitize.cfg").read_text())

    def compared(trial):
        room = WaitingRoom()
        room.show(trial)
        page = room.recorded()
        room.close()
        for pattern, replacement in patterns:
            page = re.sub(pattern, replacement, page)
        return page

    busy, first, second = map(compared, trials)
    assert first == second != busy
    for part in ("def nap(", "drawn at the display's rate", "where no kernel runs: the reader picks one"):
        assert part in first


def test_a_run_on_the_map_is_replayed_and_removed(room):
    room.settings = Settings(way="nap", timeout_ms=10)
    heard = listen(room)
    room.start()
    until(lambda: is_long_enough_for_a_point(heard))
    room.stop()
    room.settings = Settings()
    (shown,) = room.map.runs
    assert shown["name"] == "nap"
    assert shown["recorded"]
    room.replay(0)
    assert room.lanes.title.startswith("Replay of run 1: nap, 4 sockets")
    assert len(heard[-1]["replay"]["received"]) > 50
    room.remove(5)
    assert len(room.runs) == 1
    room.remove(0)
    assert room.map.runs == room.runs == []


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


def test_a_loop_of_the_readers_is_shown_and_run_like_the_others(room):
    def mine(sockets, timeout_ms, handle, work):
        while True:
            if sockets[0].poll(timeout_ms):
                handle(sockets[0], sockets[0].recv())
            work()

    room.add(mine)
    assert room.settings == Settings()
    room.settings = Settings(mine)
    assert room.lanes.title.startswith("Would run: mine, 4 sockets")
    assert room.lanes.shown["colour"] not in {colour(way) for way in ways.WAYS}
    assert "def mine(sockets" in room._code.value
    heard = listen(room)
    room.start()
    until(lambda: is_long_enough_for_a_point(heard))
    room.settings = Settings("nap")
    until(lambda: "<b>nap" in room.status.value)
    room.stop()
    assert room.map.runs[0]["name"] == "mine"
    assert "source" not in room.map.runs[0]["settings"]
    room.add(mine)
    assert list(room._controls["way"].options) == [*ways.WAYS, "mine"]


def raises(sockets, timeout_ms, handle, work):
    print("about to divide")
    work(1 / 0)


def returns(sockets, timeout_ms, handle, work):
    handle(sockets[0], sockets[0].recv())


def hangs(sockets, timeout_ms, handle, work):
    while True:
        pass


def floods(sockets, timeout_ms, handle, work):
    while True:
        print("<b>tick")


def ends(sockets, timeout_ms, handle, work):
    os._exit(7)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (raises, "division by zero, in the line `work(1 / 0)`. It prints: <code>about to divide</code>."),
        (returns, "It returned, and a way to wait must not."),
        (hangs, "It hangs: for "),
        (floods, "It prints: <code>&lt;b&gt;tick ..."),
        (ends, "The process that ran the loop ended by itself (7)."),
    ],
)
def test_a_loop_that_goes_wrong_is_told_of_and_the_next_one_runs(room, monkeypatch, broken, sentence):
    monkeypatch.setattr(room_module, "_LONGEST_SILENCE", 0.3)
    room.add(broken)
    room.settings = Settings(broken)
    room.start()
    until(lambda: sentence in room.status.value)
    if broken not in (hangs, floods):
        until(lambda: not room.running)  # it says so as the last thing that it does
    room.settings = Settings()
    room.start()
    until(lambda: "<b>zmq.Poller" in room.status.value and room.lanes.title.startswith("Runs: zmq.Poller"))
    room.stop()
    assert room.status.value == "It was stopped."
    assert children() == []


def test_a_loop_that_lets_nothing_else_run_is_told_of_and_stopped(room, monkeypatch):
    def holds(sockets, timeout_ms, handle, work):
        sum(range(10**14))

    monkeypatch.setattr(room_module, "_LONGEST_SILENCE", 0.3)
    room.add(holds)
    room.settings = Settings(holds)
    room.start()
    until(lambda: "Nothing has come from its process for " in room.status.value)
    room.stop()
    assert children() == []


def test_a_loop_that_is_mended_while_it_runs_begins_anew(room):
    def mine(sockets, timeout_ms, handle, work):
        while True:
            pass

    room.add(mine)
    room.settings = Settings(mine)
    room.start()
    until(lambda: "<b>mine" in room.status.value)

    def mine(sockets, timeout_ms, handle, work):
        while True:
            for sock in sockets:
                handle(sock, sock.recv())

    room.add(mine)
    until(lambda: "mine: " in room.totals.value)
    assert "handle(sock, sock.recv())" in room._code.value
    room.add(returns)
    assert room.running
    assert room.settings == Settings(mine)


def test_what_is_no_loop_is_refused_and_the_room_stays_as_it_was(room):
    before = room._controls["way"].options
    for wrong, sentence in ((5, "must be a function, not 5"), (lambda: 0, "A lambda"), (listen, "must take")):
        with pytest.raises((TypeError, ValueError), match=sentence):
            room.add(wrong)
    assert room._controls["way"].options == before
    assert room.settings == Settings()


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


def test_twenty_starts_keep_no_more_than_three(room):
    process = psutil.Process()

    def memory_after(starts):
        for _ in range(starts):
            room.start()
            until(lambda: "It stops in" in room.status.value)
            room.stop()
        gc.collect()
        return process.memory_info().rss

    before, census = memory_after(3), Census()
    assert memory_after(17) - before < 4 * 2**20
    census.check()


IN_A_KERNEL = """
import os
from pollerlab.live import WaitingRoom
room = WaitingRoom()
room.start()
print(os.getpid())
"""


def test_the_child_ends_with_the_kernel_however_that_ends():
    with kernel() as run:
        its_kernel = psutil.Process(int(run(IN_A_KERNEL)[0]))
        until(lambda: experiments(its_kernel))
        (child,) = experiments(its_kernel)
        its_kernel.kill()
        until(lambda: has_ended(child.pid))


@pytest.mark.parametrize("page", [WaitingRoom, SendingRoom])
def test_a_limit_must_be_a_number_above_0(page):
    with pytest.raises(ValueError, match="limit must be"):
        page(limit=0)


def test_a_page_may_show_some_controls_and_keep_the_rest():
    settings = Settings("nap", 1, 20, "random", timeout_ms=10)
    small = WaitingRoom(settings, controls=["timeout_ms"])
    left = small.children[0].children
    assert [control.description for control in left[:-1]] == ["nap, ms"]
    assert small.settings == settings
    small.settings = Settings("spin, then poll")
    assert [control.description for control in left[:-1]] == ["window, ms"]
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


def seen(settings, seconds):
    """A run that has something to draw: on a crowded machine, a longer one."""
    for times in (1, 4, 16):
        trial = run(settings, times * seconds)
        if trial.seconds and trial.delays:
            return trial
    raise AssertionError("In all this time, no message was received.")


def test_the_pictures_show_what_was_seen():
    trial = seen(Settings(way="busy", sockets=12, pattern="random"), 0.6)
    picture = WaitingPicture()
    empty, drawn = (picture.draw(t, trial.samples[-1][0]) for t in (Trial(trial.settings), trial))
    colours = [{rgb for _, rgb in Image.open(io.BytesIO(png)).getcolors(1 << 16)} for png in (empty, drawn)]
    assert (213, 94, 0) in colours[1] - colours[0]  # that of busy
    maps = [draw_map(runs) for runs in ([], [(trial.settings, trial.share, trial.typical_delay)])]
    assert maps[0] != maps[1]


def test_the_queue_is_drawn_and_the_waits_for_room():
    trial = seen(Speeds(sender=200, receiver=50), 1.0)
    picture = QueuePicture()
    drawn = [picture.draw(t, trial.samples[-1][0]) for t in (Trial(trial.settings), trial)]
    rows = [Image.open(io.BytesIO(png)).convert("RGB") for png in drawn]
    blue = [sum(count for count, rgb in image.getcolors(1 << 16) if rgb == (0, 114, 178)) for image in rows]
    assert blue[0] == 0 < blue[1]


def test_what_is_beyond_the_map_is_at_its_edge():
    edge, beyond = [draw_map([(Settings(), *place)]) for place in ((2, 5), (1e300, 10**400))]
    assert edge == beyond != draw_map([(Settings(), 1, 1)])
