import math
import random
import re
import subprocess
import sys

import pytest
import zmq
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from kernels import ROOT

from pollerlab import EdgePoller, Poller
from pollerlab.judges import fuzzing
from pollerlab.judges.fuzzing import ACTIONS, World, fuzz
from pollerlab.pollers import edge

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux")
pytestmark = pytest.mark.usefixtures("nothing_left")

SEED = 20_000
STEPS = 40_000


@pytest.fixture(params=[Poller, pytest.param(EdgePoller, marks=on_linux)], ids=["Poller", "EdgePoller"])
def kind(request):
    return request.param


def test_agreed(kind):
    report = fuzz(kind, steps=STEPS, seed=SEED)
    assert report.disagreements == ()
    assert report.steps == STEPS
    assert report.comparisons > STEPS / 40
    assert kind is EdgePoller or report.excused == 0


@on_linux
def test_agreed_with_few(few):
    assert fuzz(EdgePoller, steps=STEPS // 2, seed=SEED).disagreements == ()


def test_any_course_of_events(kind):
    class Course(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.world = World(kind)

        # A seed, and not a source of chance: what is drawn must not depend on when a message arrives.
        @rule(action=st.sampled_from(ACTIONS), seed=st.integers(0, 2**16))
        def act(self, action, seed):
            self.world.act(action, random.Random(seed))

        def teardown(self):
            with self.world:
                self.world.compare()

    run_state_machine_as_test(
        Course,
        settings=settings(
            max_examples=200, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


# What the fuzzer finds


@pytest.fixture
def without_read_edge(monkeypatch):
    monkeypatch.setattr(edge, "BOTH_EDGES", 0x001 | 1 << 31)  # EPOLLIN | EPOLLET
    monkeypatch.setattr(edge, "both_edges_are_reported", lambda: True)
    return EdgePoller


@pytest.fixture
def without_lockstep_rule(monkeypatch):
    monkeypatch.setattr(edge, "_LOCKSTEP", ())
    return EdgePoller


@pytest.fixture
def hot_not_asked_again():
    class Mutant(EdgePoller):
        def poll(self, timeout=None):
            ready = super().poll(timeout)
            self._hot, self._asked = {}, []
            return ready

    return Mutant


@pytest.fixture
def deaf_to_what_was_there():
    class Mutant(EdgePoller):
        def register(self, socket, flags=zmq.POLLIN | zmq.POLLOUT):
            super().register(socket, flags)
            self._hot, self._asked = {}, []

    return Mutant


@pytest.fixture
def few(monkeypatch):
    """As many as the fuzzer has are few enough to be asked all, whenever a poll may wait."""
    monkeypatch.setattr(edge, "_VERY_FEW", 8)
    monkeypatch.setattr(edge, "_LONG", 0)


@pytest.fixture
def edges_lost_with_few(few):
    class Mutant(EdgePoller):
        def poll(self, timeout=None):
            ready = super().poll(timeout)
            if timeout != 0 and self._few:
                self._epoll.poll(0)
            return ready

    return Mutant


@pytest.fixture
def few_without_their_flags(few):
    class Mutant(EdgePoller):
        def _end_change(self):
            super()._end_change()
            self._few = [(socket, zmq.POLLOUT) for socket, _ in self._few]

    return Mutant


@pytest.fixture
def without_masks():
    class Mutant(Poller):
        def _ask(self):
            return [(socket, 3) for socket, _ in super()._ask()]

    return Mutant


@pytest.fixture
def keeps_what_it_should_forget():
    class Mutant(Poller):
        def modify(self, socket, flags=zmq.POLLIN | zmq.POLLOUT):
            if socket not in self:
                self.register(socket, flags)

    return Mutant


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param("without_read_edge", marks=on_linux),
        pytest.param("without_lockstep_rule", marks=on_linux),
        pytest.param("hot_not_asked_again", marks=on_linux),
        pytest.param("deaf_to_what_was_there", marks=on_linux),
        pytest.param("edges_lost_with_few", marks=on_linux),
        pytest.param("few_without_their_flags", marks=on_linux),
        "without_masks",
        "keeps_what_it_should_forget",
    ],
)
def test_mutants_are_caught(mutant, request):
    kind = request.getfixturevalue(mutant)
    for seed in range(SEED, SEED + 200):  # until it is caught
        report = fuzz(kind, steps=STEPS // 20, seed=seed)
        if report.disagreements:
            break
    assert report.disagreements
    assert f"world {seed}/" in report.disagreements[0]
    assert "should be" in report.disagreements[0]


def test_a_message_between_two_polls_is_no_disagreement_while_another_socket_may_be_missed():
    class Blind(Poller):
        polls = 0

        def poll(self, timeout=None):
            ready = super().poll(timeout)
            Blind.polls += 1
            if Blind.polls == fuzzing._TRIES:
                sender.send(b"")
            return [(socket, mask) for socket, mask in ready if socket is not missed]

    with World(Blind) as world:
        sender, receiver = world._context.socket(zmq.PAIR), world._context.socket(zmq.PAIR)
        missed = world._context.socket(zmq.PUB)
        sender.bind("inproc://a")
        receiver.connect("inproc://a")
        for poller in (world._poller, world._judge):
            poller.register(receiver, zmq.POLLIN)
            poller.register(missed, zmq.POLLOUT)
        world._silent[missed] = math.inf
        world.compare()
        assert (world.excused, Blind.polls) == (1, fuzzing._TRIES)
        world._silent.clear()
        with pytest.raises(fuzzing.Disagreement, match=r"^<zmq.Socket\(zmq.PUB\).*: 0, should be 2$"):
            world.compare()


@pytest.mark.parametrize(
    ("error", "action", "chance", "sentence"),
    [
        (ValueError, "guess", random.Random(1), "'guess' is unknown: choose from send, recv"),
        (ValueError, ["send"], random.Random(1), r"\['send'\] is unknown: choose from send, recv"),
        (TypeError, "poll", 0.5, r"chance must be a random\.Random, not 0\.5\."),
    ],
)
def test_an_action_that_makes_no_sense_is_refused(error, action, chance, sentence):
    with World(Poller) as world, pytest.raises(error, match=f"^{sentence}"):
        world.act(action, chance)


@pytest.mark.parametrize("make", [len, lambda of: Poller(), int])
def test_what_makes_no_poller_is_refused(make):
    with pytest.raises(TypeError, match=r"^make_poller must make a poller, as pollerlab\.Poller does.*\.$"):
        World(make)


def test_the_long_run():
    tool = [sys.executable, ROOT / "tools" / "fuzz.py", "0"]
    run = subprocess.run(tool, capture_output=True, text=True, timeout=120, check=True)
    first, *turns = run.stdout.splitlines()
    seed = re.fullmatch(r"seed (\d+)", first)[1]
    assert turns
    for turn in turns:
        assert turn.startswith(seed)
        assert " 0 disagreements" in turn
