"""Arguments of the wrong type are told in one sentence, where the mistake is made: `checked`."""

import functools
import inspect
import re
import reprlib
import typing
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from types import UnionType

__all__ = []  # it is for this package

# What an annotation means to whoever gives a number.
_KINDS: dict[typing.Any, typing.Any] = {int: Integral, float: Real, None: type(None)}
_WORDS = {int: "a whole number", float: "a number", str: "text", bytes: "bytes", type(None): "None"}
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
