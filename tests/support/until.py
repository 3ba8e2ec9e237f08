"""Waiting on a condition, with a deadline; and a condition that several tests wait for."""

import time

import psutil


def until(condition, seconds=10.0):
    """Return once ``condition()`` is true; raise TimeoutError if it is not by then."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the condition that the test waits for did not come true")
        time.sleep(0.002)


def has_ended(pid):
    """Whether this process runs no more: gone, or left for a parent to ask about."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
