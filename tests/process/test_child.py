"""A scene in a child process has its limit, and besides it what others took of its time."""

import os

import pytest

from pollerlab.process import child

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMIT = 0.5  # seconds
SCENE = """
import os, subprocess, sys, time

def scene(job, send):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    subprocess.Popen([sys.executable, "-c", "while True: pass"])
    while True:
        send({"t": time.monotonic()})
        end = time.monotonic() + 0.01
        while time.monotonic() < end:
            pass
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="the kernel does not say")
def test_who_waits_for_a_core_has_longer(tmp_path, monkeypatch):
    (tmp_path / "scene_of_a_test.py").write_text(SCENE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    ended = child.run_scene("scene_of_a_test", {}, limit=LIMIT)
    assert ended.exit_code is None
    first, last = ended.events[0]["t"], ended.events[-1]["t"]
    assert 1.3 * LIMIT < last - first < 3 * LIMIT
