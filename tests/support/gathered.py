"""Claims that only note that they fail: what is broken for one of them may fail another before it."""

from pollerlab.scenery import claims

failed = []
"""The texts of those that have."""


def claim(text, measured, **bounds):
    """As `pollerlab.scenery.claim`, but the cell goes on."""
    try:
        claims.claim(text, measured, **bounds)
    except claims.ClaimFailed:
        failed.append(text)
