"""The rehearsal of Binder: every notebook and JupyterLab, as an ordinary user on one core.

Binder grants a session 1 to 2 GB of memory, and about an hour of one core.
"""

import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest
from kernels import NOTEBOOKS, ROOT, code_cells
from rehearsal import MB, peak, rehearsal
from until import until
from websocket import create_connection

pytestmark = [pytest.mark.binder, pytest.mark.timeout(1800)]

MOST_MEMORY = 1000 * MB  # of the server, and of one kernel with what it starts
MOST_CPU = 120  # seconds, for the whole series
SECONDS = 120  # for JupyterLab to do anything
CPU_GROUPS = Path("/sys/fs/cgroup/cpu")  # version 1


@pytest.fixture(scope="module")
def binder():
    """A `Rehearsal` that has done what Binder does before it starts JupyterLab."""
    with rehearsal() as (here, python, seconds):
        yield here, python, seconds


@pytest.fixture
def here(binder):
    return binder[0]


@pytest.fixture(scope="module")
def peaks():
    """The most memory of the server and of a kernel, once they are known."""
    return {}


def version_of(here, python):
    return here.run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").printed.strip()


def test_an_ordinary_user_has_the_environment(binder, record_property):
    here, python, seconds = binder
    who = here.run("python", "-c", "import os; print(os.geteuid())").printed.strip()
    assert who not in {"0", ""}
    record_property("Python", f"{version_of(here, python)}, as user {who}")
    record_property("environment and postBuild", f"{seconds:.0f} s (pip; Binder's conda takes minutes)")


def test_jupyterlab_serves_the_page_of_the_link(here, peaks, record_property):
    labpath = re.search(r"labpath=(\S+?)\)?\s", (ROOT / "README.md").read_text(encoding="utf-8"))[1]
    begin = time.monotonic()
    with served(here) as (address, server):
        page = ask(f"{address}/lab/tree/{unquote(labpath)}")
        seconds = time.monotonic() - begin
        assert "jupyter-config-data" in page
        (script, *_) = re.findall(r'src="(/static/lab/\S+?\.js[^"]*)"', page)
        assert ask(address + script)
        for path in NOTEBOOKS:
            assert json.loads(ask(f"{address}/api/contents/notebooks/{path.name}"))["content"]["cells"]
        run_in_a_kernel_of(address, NOTEBOOKS[0])
        peaks["server"] = peak(server)
    record_property("JupyterLab", f"serves the page of notebook 00 after {seconds:.1f} s")
    record_property(
        "its memory",
        f"{peaks['server'] / MB:.0f} MB at most, with all notebooks opened and the first one run",
    )


def test_every_notebook_gives_its_stored_outputs(here, peaks, record_property):
    cost = here.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "notebooks")
    assert cost.exit_code == 0, cost.printed
    cells = int(re.search(r"^(\d+) passed", cost.printed, re.M)[1])
    peaks["kernel"] = cost.child
    record_property("the series", f"{cells} cells as stored, {cost.cpu:.0f} seconds of CPU time")
    record_property(
        "a kernel's memory", f"{cost.child / MB:.0f} MB at most, with the processes that it starts"
    )
    record_property("all kernels left running", f"{cost.children / MB:.0f} MB")
    assert cost.cpu < MOST_CPU


def test_server_and_kernel_fit(peaks, record_property):
    total = peaks["server"] + peaks["kernel"]
    record_property("server and kernel", f"{total / MB:.0f} MB")
    assert total < MOST_MEMORY


@pytest.fixture
def half_a_core(here):
    """What to put before a command, so that it has half a core."""
    group = CPU_GROUPS / f"waiting-well-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(
            f"no CPU quota can be set here: that takes root, and control groups of version 1 ({error})"
        )
    try:
        (group / "cpu.cfs_quota_us").write_text("50000")
        (group / "cpu.cfs_period_us").write_text("100000")
        os.chown(group / "cgroup.procs", here.user.get("user", -1), -1)
        yield ["sh", "-c", 'echo $$ > "$0" && exec "$@"', group / "cgroup.procs"]
    finally:
        group.rmdir()


def test_under_half_a_core_the_reader_is_told_and_no_claim_fails(here, half_a_core, record_property):
    told = here.run(
        "python", "-c", "from pollerlab.scenery.machine import preflight; preflight()", prefix=half_a_core
    )
    assert "up to ~0.50 seconds" in told.printed
    assert "you will see a busy loop use less than 100 %" in told.printed
    cost = here.run(
        "python",
        "-m",
        "pytest",
        "-q",
        "--nbval-lax",
        "-p",
        "no:cacheprovider",
        "notebooks",
        prefix=half_a_core,
    )
    assert cost.exit_code == 0, cost.printed
    record_property("under half a core", "no claim fails")


@contextmanager
def served(here):
    """Start JupyterLab, through binder/start if there is one, as Binder does; yield address and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = here.home / "binder" / "start"
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.disable_check_xsrf": True,  # so that `ask` may start a kernel
        "IdentityProvider.token": "",
    }
    command = ["jupyter", "lab", "--no-browser", *(f"--{name}={value}" for name, value in options.items())]
    with here.started(*([start] if start.exists() else []), *command) as (server, log):
        address = f"http://127.0.0.1:{port}"
        until(lambda: server.poll() is not None or answers(address), SECONDS)
        assert server.poll() is None, log.read_text()
        yield address, server


def run_in_a_kernel_of(address, notebook):
    """Run a notebook's cells as a page does: in a kernel that the server starts, through its websocket."""
    body = {"name": "python3", "path": f"notebooks/{notebook.name}"}
    kernel = json.loads(ask(f"{address}/api/kernels", body))["id"]
    channels = f"{address.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
    with closing(create_connection(channels, timeout=SECONDS)) as connection:
        for number, source in enumerate(code_cells(notebook)):
            header = {
                "msg_id": str(number),
                "msg_type": "execute_request",
                "session": "page",
                "version": "5.3",
            }
            message = {
                "channel": "shell",
                "header": header | {"username": ""},
                "parent_header": {},
                "metadata": {},
            }
            connection.send(json.dumps(message | {"content": {"code": source, "silent": False}}))
            reply = {}
            while reply.get("channel") != "shell" or reply["parent_header"].get("msg_id") != str(number):
                reply = json.loads(connection.recv())
            assert reply["content"]["status"] == "ok", reply


def answers(address):
    """Whether it can be asked already."""
    try:
        return bool(ask(f"{address}/api"))
    except (urllib.error.URLError, OSError):
        return False


def ask(address, body=None):
    """What the server answers to a GET, or to a POST of *body* as JSON."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(address, data, timeout=SECONDS) as reply:
        return reply.read().decode()
