import math

import pytest

from pollerlab.scenery import ClaimFailed, claim


def test_a_claim_that_holds_prints_one_line_without_figures(capsys):
    claim("Water is wet.", 0.731, at_least=0.5, at_most=1)
    assert capsys.readouterr().out == "✓ Water is wet.\n"


@pytest.mark.parametrize(
    ("measured", "bounds", "expected"),
    [
        (2.0, {"at_least": 3}, "at least 3"),
        (2.0, {"at_most": 1}, "at most 1"),
        (2.0, {"at_least": 0, "at_most": 1}, "at least 0 and at most 1"),
        (2, {"equals": 0}, "exactly 0"),
        (math.nan, {"at_least": 0}, "at least 0"),
        (math.nan, {"at_most": 0}, "at most 0"),
    ],
)
def test_a_claim_that_fails_says_what_was_measured_and_expected(measured, bounds, expected, capsys):
    with pytest.raises(ClaimFailed) as failure:
        claim("Water is dry.", measured, **bounds)
    assert str(failure.value) == f"Water is dry.\n  measured: {measured:.4g}\n  expected: {expected}"
    assert capsys.readouterr().out == ""


def test_a_narrow_failure_shows_the_digit_that_differs():
    with pytest.raises(ClaimFailed, match=r"measured: 0\.0200001\n  expected: at most 0\.02$"):
        claim("Narrow.", 0.0200001, at_most=0.02)


@pytest.mark.parametrize("bounds", [{"at_least": 2}, {"at_most": 2}, {"equals": 2}])
def test_bounds_are_included(bounds):
    claim("Two is two.", 2, **bounds)


def test_a_claim_that_could_not_fail_is_refused():
    with pytest.raises(TypeError, match="could not fail"):
        claim("Something.", 1)
