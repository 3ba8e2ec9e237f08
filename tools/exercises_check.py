"""Hand each answer in, quiet and beside busy processes, and print how many got the right verdict.

Usage: python tools/exercises_check.py [RUNS] [EXERCISE ...]    (RUNS quiet, and half as many under load)

The exit status is 1 if a right answer is refused, or a wrong one solved or given another hint than its own.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pollerlab.exercises import EXERCISES, said_of
from pollerlab.scenery import cores

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support")]

from answers import ANSWERS, define  # noqa: E402
from busy import busy_processes  # noqa: E402


def verdict_on(answer):
    """Whether *answer* got the verdict that it must get, and what was said."""
    said = said_of(define(answer.source, answer.exercise))
    if answer.hint is None:
        return said.startswith("Solved"), said
    return said.startswith("Not yet") and answer.hint in said.partition("Hint: ")[2], said


def main():
    """Read the command line, and print the matrix."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="?", type=int, default=1)
    parser.add_argument("exercises", nargs="*")
    arguments = parser.parse_args()
    exercises = arguments.exercises or EXERCISES
    answers = [answer for answer in ANSWERS if answer.exercise in exercises]
    wrong = Counter()
    for load, runs in ((0, arguments.runs), (cores(), (arguments.runs + 1) // 2)):
        with busy_processes(load), ThreadPoolExecutor(3 * cores()) as pool:
            for run in range(runs):
                for answer, (right, said) in zip(answers, pool.map(verdict_on, answers), strict=True):
                    if not right:
                        wrong[load, answer.exercise] += 1
                        print(f"\n{load} busy processes, run {run + 1}: {answer}\n{said}", flush=True)
        print(f"\n{load} busy processes beside it, {runs} runs: wrong verdicts")
        for exercise in exercises:
            hints = [answer.hint for answer in answers if answer.exercise == exercise]
            right = hints.count(None)
            print(
                f"{exercise:20} {right:3} right answers {len(hints) - right:3} wrong ones: "
                f"{wrong[load, exercise]}",
                flush=True,
            )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
