"""Sick programs get their ailment first, with the right line; healthy ones get none."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pollerlab.doctor import AILMENTS

PATIENTS = sorted(Path(__file__).with_name("patients").glob("*.py"))
SICK = re.compile(r"# sick: (.+)$")
AT_ONCE, AT_ONCE_OF_BUSY = 6, 2
HANGS = 200  # seconds: beside a second run of all tests, one took more than 60
BUSY = {"spins", "spin window", "POLLOUT", "empty poller", "fraction", "rings for ever", "closed", "starves"}
"""Ailments that want a core: of these patients no more run side by side than any machine has cores for."""
LIKELY = {"two threads", "recv cancelled", "unanswered", "seconds", "deadline put off", "pays for all"}
"""Ailments that may be meant so; of all others the doctor is certain."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="some need fork, some eventfd")


def ailment_of(path):
    """Its name, and the number of its line; None for a healthy program."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if found := SICK.search(line):
            return found[1], number
    return None


def run(path, *doctor):
    """Its exit status, and what it printed, under a doctor if one is named."""
    done = subprocess.run([sys.executable, *doctor, path], capture_output=True, text=True, timeout=HANGS)
    return done.returncode, done.stdout, done.stderr


def see(path, folder):
    """What the doctor finds, the worst first: ``(ailment, line, certain)``.

    The program must end as without the doctor, and print the same.
    """
    report = folder / f"{path.stem}.json"
    ended = run(path, "-m", "pollerlab", "doctor", "--report", "/dev/null", "--json", report)
    assert ended == (run(path) if "print" in path.read_text() else (0, "", ""))
    seen = json.loads(report.read_text())
    assert seen["remarks"] == []
    findings = [*seen["findings"], *(one for child in seen["children"] for one in child["findings"])]
    assert {one["file"] for one in findings} <= {str(path)}
    return [(one["ailment"], one["line"], one["certain"]) for one in findings]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """A future for each patient; some run side by side."""
    folder = tmp_path_factory.mktemp("reports")
    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(AT_ONCE_OF_BUSY) as busy:
        yield {
            path: (busy if (ailment_of(path) or [""])[0] in BUSY else pool).submit(see, path, folder)
            for path in PATIENTS
        }


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_the_diagnosis(seen, path):
    findings = seen[path].result()
    expected = ailment_of(path)
    if expected is None:
        assert findings == []
    else:
        assert findings[0] == (*expected, expected[0] not in LIKELY), findings


def test_every_ailment_has_a_patient():
    sick = [ailment_of(path) for path in PATIENTS]
    assert {found[0] for found in sick if found} == set(AILMENTS)
    assert sum(found is not None for found in sick) >= 20
    assert sum(found is None for found in sick) >= 10
