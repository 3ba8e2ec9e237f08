"""Show the doctor its patients, quiet and then with a busy process for each core, and print what it says.

Usage: python tools/doctor_check.py [RUNS]    (how often the healthy ones are seen under load; default: 4)

The exit status is 1 if a sick program does not get its ailment first, with the right line, or a healthy one
is accused.
"""

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pollerlab.scenery import cores

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "doctor"), str(ROOT / "tests" / "support")]

from busy import busy_processes  # noqa: E402
from test_matrix import PATIENTS, ailment_of, see  # noqa: E402


def look(patients, folder):
    """What is found of each, the worst first; also that it did not behave as without the doctor."""

    def see_one(path):
        try:
            return see(path, folder)
        except (AssertionError, subprocess.TimeoutExpired):
            return [("behaves otherwise", 0, True)]

    with ThreadPoolExecutor(cores()) as pool:
        return dict(zip(patients, pool.map(see_one, patients), strict=True))


def main():
    """Read the command line, and print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="?", type=int, default=4)
    runs = parser.parse_args().runs
    healthy = [path for path in PATIENTS if ailment_of(path) is None]
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for load in (0, cores()):
            with busy_processes(load):
                found = look(PATIENTS, folder)
            print(f"\n{load} busy processes beside it\n{'patient':32} {'ails':22} found first")
            for path, findings in found.items():
                expected = ailment_of(path) or ("nothing", 0)
                first = findings[0] if findings else ("nothing", 0, True)
                right = first[:2] == expected
                wrong += not right
                others = ", ".join(one[0] for one in findings[1:])
                print(
                    f"{path.stem:32} {expected[0]:22} {'' if right else 'WRONG: '}{first[0]}"
                    f"{', line ' + str(first[1]) if first[1] else ''}{'; also ' + others if others else ''}"
                )
        alarms = certain = 0
        with busy_processes(cores()):
            for _ in range(runs):
                for findings in look(healthy, folder).values():
                    alarms += len(findings)
                    certain += sum(one[2] for one in findings)
    print(
        f"\n{runs} more runs of the {len(healthy)} healthy ones under load: {alarms} alarms, "
        f"{certain} of them certain"
    )
    sys.exit(bool(wrong or alarms))


if __name__ == "__main__":
    main()
