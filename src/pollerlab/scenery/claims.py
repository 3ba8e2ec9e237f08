"""Checked facts: one fixed line when a claim holds, an error with the figures when it does not."""

from typing import Any


class ClaimFailed(AssertionError):
    """A claim that did not hold on the run just made.  Its text has the claim, the figure and the bound."""


def claim(
    text: str,
    measured: Any,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    equals: Any = None,
) -> None:
    """Check that *measured* is within the bounds, and print *text* with a tick.

    The printed line never has a figure in it, so it is the same on every machine.  Compare within one
    run: measure a ratio, or a share of what was sent, rather than seconds.

    :param text: the fact, as a sentence.
    :param measured: the figure it rests on.
    :param at_least: lower bound, included.
    :param at_most: upper bound, included.
    :param equals: the exact value, in place of bounds.
    :raises ClaimFailed: if it does not hold, or *measured* is nan.
    :raises TypeError: if no bound is given (such a claim could not fail), or they cannot be compared.
    """
    if at_least is None and at_most is None and equals is None:
        raise TypeError("claim() needs at_least, at_most or equals: without one it could not fail.")
    # Written so that nan, which compares as False with everything, fails.
    try:
        holds = (
            (at_least is None or measured >= at_least)
            and (at_most is None or measured <= at_most)
            and (equals is None or measured == equals)
        )
    except TypeError:
        raise TypeError(
            f"claim() cannot compare {_short(measured)} with the bounds that it is given."
        ) from None
    except ArithmeticError:  # a Decimal's nan does not even compare
        holds = False
    if not holds:
        bounds = {"at least": at_least, "at most": at_most, "exactly": equals}
        found = _short(measured)
        if found in [_short(bound) for bound in bounds.values()]:
            found = repr(measured)  # they differ in a later digit
        expected = " and ".join(
            f"{word} {_short(bound)}" for word, bound in bounds.items() if bound is not None
        )
        raise ClaimFailed(f"{text}\n  measured: {found}\n  expected: {expected}")
    print(f"✓ {text}")


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else repr(value)
