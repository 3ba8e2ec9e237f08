"""Waiting on a condition, with a deadline."""

import time


def until(condition, seconds=10.0):
    """Return once ``condition()`` is true; raise TimeoutError if it is not by then."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the condition that the test waits for did not come true")
        time.sleep(0.002)
