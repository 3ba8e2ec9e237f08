"""The lines in docs/switching.md, run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "switching.md"
PROOF = """
import zmq
new_poller = globals().get("new_poller", zmq.Poller)
poller = new_poller()
with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
    pull.bind("inproc://here")
    push.connect("inproc://here")
    poller.register(pull, zmq.POLLIN)
    push.send(b"")
    print(poller.poll(1000) == [(pull, zmq.POLLIN)], type(poller).__name__)
"""


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.skipif(sys.platform != "linux", reason="EdgePoller needs Linux")
def test_the_lines_give_an_edge_poller(number):
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[number]
    done = subprocess.run([sys.executable, "-c", code + PROOF], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True EdgePoller\n", done.stderr


def test_without_both_edges_the_first_lines_give_the_usual_one():
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[0]
    spoiled = "import select\nif hasattr(select, 'epoll'):\n    del select.epoll\n" + code
    done = subprocess.run([sys.executable, "-c", spoiled + PROOF], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True Poller\n", done.stderr
