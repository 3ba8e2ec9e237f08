"""Our pollers in a program of gevent's, whose other greenlets must run while one waits."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(find_spec("gevent") is None, reason="needs gevent")

PATCHED = "from gevent import monkey; monkey.patch_all()\n"
TICKS = """
import gevent, zmq
from pollerlab import Poller

ticks = 0

def tick():
    global ticks
    while True:
        gevent.sleep(0.01)
        ticks += 1

clock = gevent.spawn(tick)
with zmq.Context() as context, context.socket(zmq.PULL) as inbox:
    poller = Poller()
    poller.register(inbox)
    assert poller.poll(450) == []
clock.kill()
print(ticks)
"""
REFUSES = """
from pollerlab import EdgePoller

try:
    EdgePoller()
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""


def printed(program):
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()


def test_while_our_poller_waits_other_greenlets_run():
    assert int(printed(PATCHED + TICKS)) > 15
    assert int(printed(TICKS)) <= 1  # the clock stands still where gevent has replaced nothing


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no epoll to take away")
def test_the_edge_poller_says_what_gevent_has_taken_away():
    assert "gevent" in printed(PATCHED + REFUSES)
