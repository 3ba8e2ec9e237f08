"""The clinic, 12 and 13: the doctor finds each patient's ailment first, and nothing in the cured program.

What it found is in the stored outputs, and running the notebooks compares those with what it finds today.
"""

import re
from typing import NamedTuple

import pytest
from kernels import NOTEBOOKS, ROOT, read

from pollerlab.doctor import AILMENTS

CLINIC = {path.stem: path for path in NOTEBOOKS if path.stem in ("12_the_clinic", "13_the_hard_cases")}


class Case(NamedTuple):
    """What is found first in the patient, and whether that is certain."""

    ailment: str
    line: str
    certain: bool = True


CASES = {
    1: Case("spins", "number = inbox.recv(zmq.NOBLOCK)"),
    2: Case("empty poller", "for machine, _ in poller.poll(1000):"),
    3: Case("POLLOUT", "ready = dict(poller.poll())"),
    4: Case("fraction", "if control.poll(left):"),
    5: Case("naps", "time.sleep(0.01)"),
    6: Case("starves", 'r.mark("received", "the boss", int(boss.recv()))'),
    7: Case("deadline put off", "if tasks.poll(60):", certain=False),
    8: Case("spin window", "while not tokens.poll(0) and time.monotonic() < enough:"),
    9: Case("pays for all", "for line, _ in poller.poll():", certain=False),
    10: Case("lost wake-up", 'r.mark("received", "tasks", int(tasks.recv(zmq.NOBLOCK)))'),
    11: Case("lost wake-up", "server.send(number)"),
    12: Case("rings for ever", "select.select([prices.fd, link.fd], [], [], left)"),
    13: Case("used after fork", "poller.poll(200)  # ms"),
    14: Case("message lost", "return int(await engine.recv())"),
}


def verdicts(path):
    """``{number of the case: what each of its verdicts printed}``: of the patient, and of the cured one."""
    found, number = {}, 0
    for cell in read(path).cells:
        if cell.cell_type == "markdown" and (
            heading := re.search(r"^## (?:Case (\d+):|Your turn)", cell.source, re.M)
        ):
            number = int(heading[1] or 0)
        elif re.search(r"^verdict(_of)?\(seen\)", cell.get("source", ""), re.M):
            found.setdefault(number, []).append("".join(out.text for out in cell.outputs if "text" in out))
    return found


@pytest.mark.parametrize("path", CLINIC.values(), ids=CLINIC)
def test_the_doctor_finds_each_case_and_nothing_in_the_cured_one(path):
    for number, (patient, cured) in verdicts(path).items():
        case = CASES[number]
        sure = "certain" if case.certain else "likely"
        assert patient == f"{AILMENTS[case.ailment].title} ({sure}).\n    {case.line}\n", f"case {number}"
        assert cured.startswith("It waits well.\n"), f"case {number}, cured"


def test_every_case_is_in_a_notebook():
    assert [number for path in CLINIC.values() for number in verdicts(path)] == list(CASES)
    assert {case.ailment for case in CASES.values()} <= set(AILMENTS)


def rows(text):
    """Those of the chart, without the folder in its links."""
    return re.findall(r"^\|.*\|$", text.replace("](../notebooks/", "]("), re.M)


def test_the_chart_in_the_notebook_is_the_page():
    page = rows((ROOT / "docs" / "chart_of_symptoms.md").read_text(encoding="utf-8"))
    cells = [cell.source for cell in read(CLINIC["12_the_clinic"]).cells if cell.cell_type == "markdown"]
    assert page in [rows(source) for source in cells]
    assert [int(number) for number in sorted(re.findall(r"case\s(\d+)", "\n".join(page)), key=int)] == list(
        CASES
    )
