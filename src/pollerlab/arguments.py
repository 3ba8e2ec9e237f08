"""Wrong arguments are told in one sentence, where the mistake is made: `checked`, `positive`, `whole`."""

import functools
import inspect
import re
import reprlib
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from types import UnionType

__all__ = []  # it is for this package

# What an annotation means to those who give a number.
_KINDS: dict[typing.Any, typing.Any] = {int: Integral, float: Real, None: type(None)}
_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bytes: "bytes",
    type(None): "None",
    Callable: "a function",
}
_DOCUMENTED = ":raises TypeError: if an argument is not of the type that it is annotated with."


def checked(function: Callable) -> Callable:
    """A decorator: a TypeError for each argument that is not of the type that it is annotated with.

    It looks into lists, tuples and mappings, and takes time for that: not for what a loop calls.
    """
    signature = inspect.signature(function, eval_str=True)

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:  # too many or too few: Python's own words for it are better
            given = {}
        for name, value in given.items():
            annotation = signature.parameters[name].annotation
            if not _fits(value, annotation):
                raise TypeError(f"{name} must be {_in_words(annotation)}, not {_short(value)}.")
        return function(*args, **kwargs)

    call.__doc__ = "\n\n".join([*filter(None, [inspect.getdoc(function)]), _DOCUMENTED])
    return call


def _fits(value, annotation) -> bool:
    if annotation in (inspect.Parameter.empty, typing.Any):
        return True
    kind, inside = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if kind in (UnionType, typing.Union):
        return any(_fits(value, one) for one in inside)
    if not isinstance(value, _KINDS.get(kind, kind)):
        return False
    if kind is tuple:
        return len(value) == len(inside) and all(map(_fits, value, inside))
    if issubclass(kind, Mapping):
        keys, values = inside or (typing.Any, typing.Any)
        return all(_fits(key, keys) and _fits(part, values) for key, part in value.items())
    if inside and isinstance(value, Sequence):  # text is no sequence of texts to anybody who writes one
        return not isinstance(value, (str, bytes)) and all(_fits(part, inside[0]) for part in value)
    return True


def _in_words(annotation) -> str:
    if typing.get_origin(annotation) in (UnionType, typing.Union):
        return " or ".join(map(_in_words, typing.get_args(annotation)))
    if annotation in _WORDS:
        return _WORDS[annotation]
    return "of type " + re.sub(r"\b[\w.]+\.(?=\w)", "", inspect.formatannotation(annotation))


def _short(value) -> str:
    """Its repr in one line, and not too much of it."""
    return " ".join(reprlib.repr(value).split())


def positive(name: str, value: float, *, or_zero: bool = False) -> float:
    """*value* as a float, if it is a finite number above 0; *name* is what an error calls it.

    :param or_zero: allow 0 as well.
    :raises TypeError: if it is no number.
    :raises ValueError: if it is negative, infinite, nan, or a 0 that is not allowed.
    """
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}.")
    if not (abs(value) <= sys.float_info.max and (value > 0 or (or_zero and value == 0))):
        least = "of 0 or more" if or_zero else "above 0"
        raise ValueError(f"{name} must be a finite number {least}, not {value!r}.")
    return float(value)


def whole(name: str, value: int) -> int:
    """*value*, if it is an int of 1 or more; *name* is what an error calls it.

    :raises TypeError: if it is no int.
    :raises ValueError: if it is below 1, or too large to count to.
    """
    if not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, not {value!r}.")
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, not {value!r}.")
    if value > sys.maxsize:
        raise ValueError(f"{name} must be {sys.maxsize} or less, not {value!r}.")
    return value
