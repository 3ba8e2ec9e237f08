from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction

import pytest

from pollerlab.arguments import checked


@checked
def function(
    number: float = 0,
    *,
    whole: int = 0,
    text: str = "",
    maybe: str | None = None,
    numbers: Sequence[float] = (),
    table: Mapping[str, Sequence[int]] | None = None,
    pair: tuple[int, str] = (0, ""),
    call: Callable[[int], str] = str,
    row: Iterable[float] = (),
    names: Collection[str] = (),
    anything=None,
):
    """Take all kinds.

    :raises ValueError: never.
    """
    return number


@pytest.mark.parametrize(
    "fine",
    [
        {"number": 3},
        {"number": Fraction(1, 2)},
        {"whole": True},
        {"maybe": "text"},
        {"numbers": [1, 2.5]},
        {"table": {"a": [1], "b": (2,)}},
        {"pair": (1, "a")},
        {"call": print},
        {"row": iter("ab")},  # what it yields is not looked at
        {"row": [1]},
        {"names": {"a": 1}},
        {"names": {"a"}},
        {"anything": object()},
    ],
)
def test_what_fits_is_passed_on(fine):
    assert function(**fine) == fine.get("number", 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"number": "3"}, "number must be a number, not '3'."),
        ({"whole": 2.5}, "whole must be a whole number, not 2.5."),
        ({"maybe": b"a"}, "maybe must be text or None, not b'a'."),
        ({"numbers": [1, None]}, "numbers must be of type Sequence[float], not [1, None]."),
        ({"numbers": 5}, "numbers must be of type Sequence[float], not 5."),
        ({"numbers": "12"}, "numbers must be of type Sequence[float], not '12'."),
        ({"table": {"a": 1}}, "table must be of type Mapping[str, Sequence[int]] or None, not {'a': 1}."),
        ({"pair": (1, 2)}, "pair must be of type tuple[int, str], not (1, 2)."),
        ({"pair": (1,)}, "pair must be of type tuple[int, str], not (1,)."),
        ({"call": 5}, "call must be of type Callable[[int], str], not 5."),
        ({"names": "ab"}, "names must be of type Collection[str], not 'ab'."),
        ({"row": [1, "b"]}, "row must be of type Iterable[float], not [1, 'b']."),
    ],
)
def test_what_does_not_is_told_in_a_sentence(wrong, sentence):
    with pytest.raises(TypeError) as refusal:
        function(**wrong)
    assert str(refusal.value) == sentence


def test_too_many_arguments_are_told_in_the_words_of_python():
    with pytest.raises(TypeError, match=r"takes from 0 to 1 positional arguments but 2 were given"):
        function(1, 2)


def test_it_is_documented():
    assert function.__doc__.startswith(
        "Take all kinds.\n\n:raises ValueError: never.\n\n:raises TypeError: if an"
    )
