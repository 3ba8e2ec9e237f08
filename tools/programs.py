"""Runs programs that others wrote at their real job, with one of our pollers in the place of ``zmq.Poller``.

::

    make programs

Each job is done with each poller in turn, three times; the poller is replaced in all the processes that the
program starts (``tools/in_place``).  What is counted: what was done in a second, and what failed.  The exit
status is 1 if anything failed with one of our pollers.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

POLLERS = ("zmq.Poller", "Poller", "EdgePoller")
TURNS = 3
LIMIT = 120
"""Seconds after which a job counts as stuck."""

HERE = Path(__file__).resolve().parent


def _which(_=None):
    """The poller of the process that runs this; where it is called is up to the program."""
    import zmq

    return f"{zmq.Poller.__module__}.{zmq.Poller.__name__}"


def parsl(folder):
    """Tasks that do nothing, on two workers of the HighThroughputExecutor."""
    import parsl
    from parsl.executors import HighThroughputExecutor
    from parsl.providers import LocalProvider

    executor = HighThroughputExecutor(
        max_workers_per_node=2, address="127.0.0.1", provider=LocalProvider(init_blocks=1, max_blocks=1)
    )
    with parsl.load(parsl.Config(executors=[executor], run_dir=str(folder), usage_tracking=0)):
        app = parsl.python_app(_which)
        seen = {app(number).result() for number in range(10)}
        begin = time.perf_counter()
        futures = [app(number) for number in range(2000)]
        failed = sum(future.exception() is not None for future in futures)
        return len(futures), failed, time.perf_counter() - begin, seen


def ipyparallel(folder):
    """Tasks that do nothing, on two engines behind the load-balancing scheduler."""
    import ipyparallel

    cluster = ipyparallel.Cluster(n=2, ipython_dir=str(folder), log_level=40)
    with cluster as client:
        seen = set(client[:].apply_sync(_which))
        view = client.load_balanced_view()
        view.apply_sync(_which)
        begin = time.perf_counter()
        answers = [view.apply(_which) for _ in range(1000)]
        for answer in answers:
            answer.wait(LIMIT)
        failed = sum(not answer.successful() for answer in answers)
        return len(answers), failed, time.perf_counter() - begin, seen


def circus(folder):
    """Commands to a daemon that keeps four processes running, and its news of them."""
    from circus.client import CircusClient

    endpoints = []
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            endpoints.append(f"tcp://127.0.0.1:{probe.getsockname()[1]}")
    names = ("endpoint", "pubsub_endpoint", "stats_endpoint")
    lines = ["[circus]", *(f"{name} = {where}" for name, where in zip(names, endpoints, strict=True))]
    program = f'{sys.executable} -c "import time, zmq; time.sleep(600)"'
    lines += ["[watcher:sleepers]", f"cmd = {program}", "numprocesses = 4", "copy_env = True"]
    (folder / "circus.ini").write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "circus.circusd", "--log-level", "ERROR", str(folder / "circus.ini")]
    with subprocess.Popen(command) as daemon:
        try:
            client = CircusClient(endpoint=endpoints[0], timeout=LIMIT)
            until = time.monotonic() + LIMIT
            while client.send_message("numprocesses")["numprocesses"] < 4:
                if time.monotonic() > until:
                    raise TimeoutError("circusd has not started its processes.")
            begin, failed, number = time.perf_counter(), 0, 1000
            for each in range(number):
                what = ("list", "numprocesses", "status", "dstats")[each % 4]
                failed += client.send_message(what)["status"] == "error"
            seconds = time.perf_counter() - begin
            client.send_message("quit", waiting=True)
            client.stop()
            daemon.wait(LIMIT)
        finally:
            with suppress(ProcessLookupError):
                daemon.kill()
    return number, failed, seconds, {_which()}


JOBS = {"parsl": parsl, "ipyparallel": ipyparallel, "circus": circus}


def done(job, poller):
    """Do it in a process of its own; return what its function does, or one failure and what it said."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "POLLER": poller, "PYTHONPATH": str(HERE / "in_place")}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--job", job, "--folder", folder]
        try:
            result = subprocess.run(
                command, env=environment, cwd=folder, capture_output=True, text=True, timeout=LIMIT
            )
            return json.loads(result.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            return 0, 1, LIMIT, f"stuck after {LIMIT} s"
        except (IndexError, ValueError):
            return 0, 1, 1, (result.stdout + result.stderr)[-2000:]


def main(arguments):
    """Take turns, and print the table."""
    bad = 0
    print(f"{'program':22}{'poller':12}{'done':>8}{'failed':>8}{'a second':>10}{'x zmq.Poller':>14}")
    for job in arguments.jobs or JOBS:
        results = {poller: [] for poller in POLLERS}
        for turn in range(arguments.turns):
            for poller in POLLERS[turn % 3 :] + POLLERS[: turn % 3]:
                results[poller].append(done(job, poller))
        speeds = {p: statistics.median(r[0] / r[2] for r in results[p]) for p in POLLERS}
        for poller in POLLERS:
            count, failed = (sum(result[each] for result in results[poller]) for each in (0, 1))
            bad += failed if poller != "zmq.Poller" else 0
            ratio = speeds[poller] / (speeds["zmq.Poller"] or 1)
            name = f"{job} {version(job)}"
            print(f"{name:22}{poller:12}{count:8}{failed:8}{speeds[poller]:10.0f}{ratio:14.2f}", flush=True)
            for _, failed, _, said in results[poller]:
                wanted = "zmq.sugar.poll.Poller" if poller == "zmq.Poller" else f".{poller}"
                if failed or not all(each.endswith(wanted) for each in said):
                    print(f"  {said}")
    return bool(bad)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="*", help=f"some of {', '.join(JOBS)} (default: all)")
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        *figures, seen = JOBS[options.job](options.folder)
        print(json.dumps([*figures, sorted(seen)]))
    else:
        sys.exit(main(options))
