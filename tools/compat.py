"""Runs pyzmq's own tests with each of our pollers in the place of ``zmq.Poller``, and compares.

::

    python tools/compat.py

The tests are those of the installed version, from its source distribution, which pip brings into
``build/compat``; the two that need gigabytes are left out.  A test that fails is tried again alone, five
times at most: some of them lose a race now and then, whatever the poller.  What differs after that must be
explained by a row of `pollerlab.pollers.DIFFERENCES`; the exit status is 1 if something is not.
"""

import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import zmq

from pollerlab.pollers import DIFFERENCES

POLLERS = ("zmq.Poller", "Poller", "EdgePoller")
TRIES = 6
EXPLAINED = {
    # Signals arrive while it waits, and it asks how long the wait was.
    "test_retry_eintr.TestEINTRSysCall.test_retry_poll": "poll(200), a signal every 20 ms",
}
"""The rows of the table, by the test that shows them."""

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "build/compat"
PLUGINS = FOLDER / "plugins"


def main():
    """Print the table, and what differs."""
    tests = fetched()
    outcomes = {poller: run(tests, poller, [str(tests / "tests")]) for poller in POLLERS}
    for _ in range(TRIES - 1):
        failed = [test for test in outcomes["zmq.Poller"] if any(bad(outcomes[p].get(test)) for p in POLLERS)]
        for poller in POLLERS:
            for test in failed:
                if bad(outcomes[poller].get(test)):
                    outcomes[poller].update(run(tests, poller, [node(tests, test)]))
    print(f"\npyzmq {zmq.__version__}: its own tests, with another poller in the place of its own\n")
    print(f"{'':12}{'passed':>8}{'skipped':>9}{'failed':>8}")
    for poller in POLLERS:
        count = Counter(outcomes[poller].values())
        print(f"{poller:12}{count['passed']:8}{count['skipped']:9}{count['failed']:8}")
    unexplained = 0
    for test in sorted(set().union(*outcomes.values())):
        seen = [outcomes[poller].get(test, "missing") for poller in POLLERS]
        if len(set(seen)) > 1:
            row = next((row for row in DIFFERENCES if row.what == EXPLAINED.get(test)), None)
            unexplained += row is None
            print(f"\n{test}: {', '.join(map(' '.join, zip(POLLERS, seen, strict=True)))}")
            print(f"  {row.what}: {row.why}" if row else "  NOT EXPLAINED by a row of differences.py")
    return bool(unexplained)


def fetched():
    """The folder with the tests of the installed pyzmq, brought there if it is not yet."""
    name = f"pyzmq-{zmq.__version__}"
    if not (FOLDER / name / "tests").exists():
        pip(
            "download",
            "--no-deps",
            "--no-binary",
            "pyzmq",
            f"pyzmq=={zmq.__version__}",
            "--dest",
            str(FOLDER),
        )
        with tarfile.open(FOLDER / f"{name}.tar.gz") as archive:
            wanted = [m for m in archive if m.name.startswith((f"{name}/tests/", f"{name}/pytest.ini"))]
            archive.extractall(FOLDER, wanted, filter="data")
    if not PLUGINS.exists():
        pip("install", "--no-deps", "--target", str(PLUGINS), "pytest-asyncio", "typing-extensions")
    return FOLDER / name


def pip(*arguments):
    """Run pip; its own message tells what is wrong."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True
    )


def run(tests, poller, which):
    """Run these tests with this poller; return ``{test: "passed", "skipped" or "failed"}``."""
    report = FOLDER / f"{poller}.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not large", "--timeout=60"]
    environment = {
        **os.environ,
        "POLLER": poller,
        "PYTHONPATH": os.pathsep.join(map(str, (HERE / "in_place", PLUGINS))),
    }
    with open(FOLDER / f"{poller}.log", "a") as log:
        subprocess.run(
            [*command, f"--junitxml={report}", *which], cwd=tests, env=environment, stdout=log, stderr=log
        )
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        outcomes[f"{case.get('classname').removeprefix('tests.')}.{case.get('name')}"] = outcome
    return outcomes


def bad(outcome):
    """Whether it is worth another try."""
    return outcome not in ("passed", "skipped")


def node(tests, name):
    """What pytest calls the test of this name in the report."""
    file, *rest = name.split(".", name.split("[")[0].count("."))
    return f"{tests / 'tests' / file}.py::{'::'.join(rest)}"


if __name__ == "__main__":
    sys.exit(main())
