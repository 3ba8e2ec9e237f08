"""What comes of the peers and pollers when something around them breaks.

libzmq aborts the process in some of these cases, and no Python code can help that: it is told apart, by the
place in its sources that it prints.
"""

import re
import signal
import sys
from itertools import count

import pytest
from effort import CYCLES, STEP
from isolated import isolated

from pollerlab import EdgePoller, Poller
from pollerlab.scenery import peers

if sys.platform == "win32":
    pytest.skip("forks, and has no limit on descriptors to lower", allow_module_level=True)

import faults

SECONDS = 30
ABORT = re.compile(r"\((?:\S*/)?src/(\w+\.cpp):\d+\)")

each_peer = pytest.mark.parametrize("name", faults.PEERS)
everything = pytest.mark.parametrize("name", [*faults.PEERS, *faults.OTHERS])


def outcome_of(fault, *args, seconds=SECONDS):
    """What the drill returned, or "aborted in ..."; any other end fails the test."""
    outcome = isolated(fault, *args, seconds=seconds)
    place = ABORT.search(outcome.printed)
    if outcome.exit_code == -signal.SIGABRT and place:
        return f"aborted in {place[1]}"
    assert outcome.exit_code == 0, f"{fault.__name__}{args}: {outcome.exit_code}\n{outcome.printed}"
    return outcome.returned


def test_each_peer_is_tried():
    kinds = {
        name for name, kind in vars(peers).items() if isinstance(kind, type) and issubclass(kind, peers.Peer)
    }
    assert {name for name in kinds if name[0] != "_"} == {*faults.PEERS, "Peer"}


def sweep(fault, name):
    """Meet the fault with 0, 1, 2... to spare, until it is none."""
    outcomes = []
    for spare in count(0, STEP):
        outcomes.append(outcome_of(fault, name, spare))
        print(f"{fault.__name__}, {name}, {spare} to spare: {outcomes[-1]}")
        if outcomes[-3:] == ["ran"] * 3 or (STEP > 1 and outcomes[-1] == "ran"):
            return outcomes
        assert spare < 100
    raise AssertionError


@everything
def test_descriptors_run_out(name):
    outcomes = sweep(faults.descriptors_run_out, name)
    assert name in faults.OTHERS or outcomes[0] == "refused"


@each_peer
def test_sockets_run_out(name):
    outcomes = sweep(faults.sockets_run_out, name)
    assert outcomes[0] == "refused"
    assert set(outcomes) == {"refused", "ran"}


@each_peer
def test_address_is_taken_or_malformed(name):
    assert outcome_of(faults.address_is_refused, name) == "refused"


@each_peer
@pytest.mark.parametrize("fault", [faults.thread_raises, faults.context_is_terminated])
def test_each_step_of_a_peer(fault, name):
    outcomes = outcome_of(fault, name, STEP, seconds=120)
    print(f"{fault.__name__}, {name}: {outcomes}")
    assert outcomes["refused"] > outcomes.get("ran", 0)


@each_peer
def test_a_fork_in_the_block_that_leaves_it(name):
    assert outcome_of(faults.reader_forks, name) == "ran"


@pytest.mark.parametrize("kind", [Poller, *([EdgePoller] if "EdgePoller" in faults.OTHERS else [])])
def test_a_fork_that_closes_its_copy_of_a_poller(kind):
    assert outcome_of(faults.poller_is_forked, kind) == "ran"


@each_peer
def test_start_and_stop_leave_threads_descriptors_and_memory_flat(name):
    before, between, after = outcome_of(faults.started_and_stopped, name, CYCLES, seconds=60 + CYCLES / 10)
    print(f"{name}, {CYCLES} cycles: (threads, descriptors, KiB) {before}, half way {between}, after {after}")
    assert after[:2] == between[:2] == before[:2]
    # The allocator takes some more in the beginning, and never again: what leaks is in both halves.
    assert after[2] - between[2] < 1024
