"""Fuzz our pollers for some minutes, from a fresh seed.

Usage: python tools/fuzz.py MINUTES [--seed N]

Half of the time goes to `pollerlab.judges.fuzz`, half to `pollerlab.judges.race`, both for each poller in
turn.  The exit status is 1 if a poller was found out.  A fault of libzmq may end the whole run: then the
seed says where.
"""

import argparse
import random
import sys
from itertools import count
from time import monotonic

from pollerlab import EdgePoller, Poller
from pollerlab.judges import fuzz, race
from pollerlab.pollers import both_edges_are_reported

STEPS = 20_000  # a turn
RACE_SECONDS = 1.0
LATE = 1.0  # seconds by which no poll may outlast its message


def main() -> int:
    """Run until the time is over, and return the exit status."""
    parser = argparse.ArgumentParser(description="Fuzz our pollers, from a fresh seed.")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    options = parser.parse_args()
    end = monotonic() + 60 * options.minutes
    kinds = [Poller, EdgePoller] if both_edges_are_reported() else [Poller]
    found = 0
    print(f"seed {options.seed}", flush=True)
    for seed in count(options.seed):
        for kind in kinds:
            report = fuzz(kind, steps=STEPS, seed=seed)
            result = race(kind, seconds=RACE_SECONDS, seed=seed)
            print(
                f"{seed} {kind.__name__}: {report.steps} steps, {report.comparisons} comparisons, "
                f"{report.excused} excused, {len(report.disagreements)} disagreements; "
                f"{result.messages} messages, {1000 * result.longest:.0f} ms at most",
                *report.disagreements,
                sep="\n    ",
                flush=True,
            )
            found += len(report.disagreements) + (result.longest > LATE)
        if monotonic() > end:
            return 1 if found else 0
    raise AssertionError("count() has no end")


if __name__ == "__main__":
    sys.exit(main())
