"""Drive a Jupyter kernel under the doctor until it loses a wake-up, and see whether the doctor tells.

Usage: python tools/doctor_wild.py [--requests N] [--stucks N] [--plot FILE]

Runs the ipykernel of the Python that runs it.  ipykernel 7.0 to 7.3 send replies on the shell's ROUTER behind
the back of the stream that reads it (ipykernel issue 1554): a request that comes in just then may lie there
until the next one.  So the second of two clients asks when the first one's answer is due.
The exit status is 1 if the kernel got stuck and the doctor did not tell, for certain, with the line of the
send; or if it accused a kernel that answered.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.session import Session

PATIENCE = 2.0
"""Seconds without an answer: then it is stuck."""
PAUSE = 0.0005
"""Seconds after each pair of requests, so that the kernel sleeps again."""


def kernel_under_the_doctor(folder: Path) -> KernelManager:
    """A kernel whose diagnosis goes to ``report.txt``, ``report.json`` and ``report.png`` in *folder*."""
    doctor = ["-m", "pollerlab", "doctor"]
    for option, end in (("--report", "txt"), ("--json", "json"), ("--plot", "png")):
        doctor += [option, str(folder / f"report.{end}")]
    spec = {
        "argv": [sys.executable, *doctor, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "a kernel under the doctor",
        "language": "python",
    }
    (folder / "watched").mkdir()
    (folder / "watched" / "kernel.json").write_text(json.dumps(spec))
    return KernelManager(
        kernel_name="watched",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False),
    )


@contextmanager
def started(manager: KernelManager):
    """The kernel runs, and answers.  At the end its control channel still works, and tells it to go."""
    manager.start_kernel()
    try:
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
        finally:
            client.stop_channels()
        yield
    finally:
        manager.shutdown_wait_time = 30.0  # seconds: it may draw a picture
        manager.shutdown_kernel()


def ask(sock: zmq.Socket, session: Session, what: str = "kernel_info_request", **content) -> None:
    """Send one request."""
    session.send(sock, what, content)


def answered(sock: zmq.Socket) -> bool:
    """Whether an answer came in time; it is thrown away."""
    if not sock.poll(PATIENCE * 1000):
        return False
    sock.recv_multipart()
    return True


def requests_until_stuck(manager: KernelManager, most: int) -> tuple[int, bool]:
    """How many requests were made, and whether the last one got no answer."""
    session = Session(key=manager.session.key)
    took: deque[float] = deque([0.002], maxlen=50)
    with ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        first, second = (stack.enter_context(context.socket(zmq.DEALER)) for _ in range(2))
        for sock in (first, second):
            sock.linger = 0
            sock.connect(f"tcp://{manager.ip}:{manager.shell_port}")
        for asked in range(2, most + 1, 2):
            begin = time.perf_counter()
            ask(first, session)
            due = begin + random.uniform(0.3, 1.1) * statistics.median(took)
            alone = first.poll(max(0, int(1000 * (due - time.perf_counter()))))
            while time.perf_counter() < due:  # a sleep would be too coarse
                pass
            ask(second, session)
            if not answered(first):
                return asked - 1, True
            if not alone:
                took.append(time.perf_counter() - begin)
            if not answered(second):
                return asked, True
            time.sleep(PAUSE)
    return most, False


def told(found: list[dict]) -> bool:
    """Whether the first finding is the lost wake-up, with the line of the send."""
    first = found[0] if found else {"ailment": None}
    return (
        first["ailment"] == "lost wake-up"
        and first["certain"]
        and "ROUTER" in first["socket"]
        and first["function"].endswith("_send_on_shell_channel")
    )


def main() -> int:
    """Read the command line, and drive one kernel after another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=3000, metavar="N", help="at most so many")
    parser.add_argument(
        "--stucks", type=int, default=3, metavar="N", help="end when it has got stuck so often"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="keep the picture of the last kernel")
    options = parser.parse_args()
    asked = stucks = wrong = 0
    while asked < options.requests and stucks < options.stucks:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            manager = kernel_under_the_doctor(folder)
            with started(manager):
                number, stuck = requests_until_stuck(manager, options.requests - asked)
            asked += number
            stucks += stuck
            found = json.loads((folder / "report.json").read_text())["findings"]
            if not (told(found) if stuck else not found):
                wrong += 1
            if options.plot and (folder / "report.png").exists():
                shutil.copy(folder / "report.png", options.plot)
            if stuck or found:
                report = (folder / "report.txt").read_text()
                print(f"{'Stuck' if stuck else 'Not stuck'} at request {asked}. {report}")
    told_of = f"stuck {stucks} times in {asked} requests; the doctor was wrong {wrong} times"
    print(f"ipykernel {version('ipykernel')}: {told_of}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
