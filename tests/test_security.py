"""Everything stays on this machine; see `kernels.kernel` for the notebooks.

That there is no pickle, eval, exec or shell is a matter of the linter, but for what it cannot see.
"""

import os
import re
import socket
import sys
from contextlib import ExitStack

import faults
import pytest
import zmq
from isolated import isolated
from kernels import NOTEBOOKS, ROOT, code_cells
from network import Watch, is_beyond
from until import until


def use_everything():
    context = zmq.Context.instance()
    with ExitStack() as stack:
        for make in faults.PEERS.values():
            assert faults.exchanged(stack.enter_context(make()), context)
        with Watch(os.getpid()) as watch:
            for name in faults.OTHERS:
                faults.use(name, context)
    return sorted(watch.seen)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_the_package_stays_on_this_machine():
    outcome = isolated(use_everything)
    assert outcome.exit_code == 0, outcome.printed
    assert outcome.returned == ["127.0.0.1"]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_what_does_not_would_be_seen(kind):
    with pytest.raises(AssertionError, match=r"beyond this machine: .*0\.0\.0\.0"):
        with Watch(os.getpid()) as watch, socket.socket(type=kind) as there:
            there.bind(("0.0.0.0", 0))
            if kind == socket.SOCK_STREAM:
                there.listen()
            until(lambda: "0.0.0.0" in watch.seen)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "0.0.0.0", "::", "fe80::1%eth0", "::ffff:192.0.2.1", "10.0.0.1"]
)
def test_another_machines_address(address):
    assert is_beyond(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_an_address_of_this_machine(address):
    assert not is_beyond(address)


def sources():
    found = []
    for path in sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("tools/*.py")]):
        found.append(pytest.param(path.read_text(encoding="utf-8"), id=path.name))
    for path in NOTEBOOKS:
        found.append(pytest.param("\n".join(code_cells(path)), id=path.stem))
    return found


@pytest.mark.parametrize("source", sources())
def test_no_objects_by_message(source):
    """They are pickled, and whoever sends one has its receiver run what it likes."""
    assert not re.search(r"\b(send|recv)_(pyobj|serialized)\b", source)


@pytest.mark.parametrize("source", sources())
def test_no_lines_for_the_shell_of_a_notebook(source):
    assert not re.search(r"^\s*[!%]|get_ipython\(\)\.(system|getoutput)", source, re.M)
