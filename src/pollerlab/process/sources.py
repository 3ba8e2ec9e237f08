"""A function of the reader's as text that runs elsewhere: its source, and that of what it uses."""

import ast
import builtins
import dis
import inspect
import sys
import textwrap
import types
from collections.abc import Iterator

from ..arguments import checked


class CannotSend(ValueError):
    """The function cannot be run in another process; the text says why, and what to do."""


def gather(function: types.FunctionType) -> str:
    """The source of a function, after those of the functions, imports and plain constants that it uses.

    It is found by name, from the module in which the function was defined; what is not there either is left
    to fail when it is used.

    :raises CannotSend: if *function* is no function with a source of its own, or uses what cannot be sent.
    """
    if not isinstance(function, types.FunctionType):
        raise CannotSend(
            f"{function!r} is not a function: hand in one that is made by def, without calling it."
        )
    if hasattr(function, "__wrapped__"):
        raise CannotSend(f"{function.__name__} has a decorator: hand in the plain function.")
    if function.__name__ == "<lambda>":
        raise CannotSend("A lambda cannot be sent: write it with def.")
    parts: dict[str, str] = {}
    _gather(function, parts)
    return "\n\n".join(parts.values()) + "\n"


@checked
def is_empty(function: types.FunctionType) -> bool:
    """Whether nothing has been written into a function yet but ``...``, ``pass`` or a docstring.

    :param function: one that `gather` takes.
    :raises CannotSend: if it has no source of its own.
    """
    (definition,) = ast.parse(_source_of(function)).body
    return all(
        isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in definition.body  # type: ignore[attr-defined]
    )


def _source_of(thing) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(thing))
        (definition,) = ast.parse(source).body
        if definition.name != thing.__name__:  # type: ignore[attr-defined]
            raise ValueError  # lines of something else, as Python 3.13 finds for what exec has made
    except (OSError, TypeError, SyntaxError, ValueError, AttributeError):
        raise CannotSend(
            f"The source of {thing.__name__} cannot be found: define it with def in a cell of the notebook."
        ) from None
    return source


def _gather(function: types.FunctionType, parts: dict[str, str]) -> None:
    """Add to *parts*, by name, what *function* uses, and then itself."""
    if function.__code__.co_freevars:
        names = ", ".join(function.__code__.co_freevars)
        raise CannotSend(
            f"{function.__name__} uses {names} of the function around it: define it at the top of a cell."
        )
    source = _source_of(function)
    parts[function.__name__] = ""  # so that functions may call each other; its own text comes last
    for name in [*_names_in(function.__code__), *_names_around(source)]:
        if name in parts or (hasattr(builtins, name) and name not in function.__globals__):
            continue
        if name in function.__globals__:
            value = function.__globals__[name]
            if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
                _gather(value, parts)
            else:
                parts[name] = _as_text(name, value, function)
    del parts[function.__name__]
    parts[function.__name__] = source


def _names_in(code: types.CodeType) -> Iterator[str]:
    """The globals that it uses, also in functions and classes inside it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)


def _names_around(source: str) -> Iterator[str]:
    """Those in the defaults, annotations and decorators of a function."""
    (definition,) = ast.parse(source).body
    definition.body = []  # type: ignore[attr-defined]
    for node in ast.walk(definition):
        if isinstance(node, ast.Name):
            yield node.id


def _as_text(name: str, value, function: types.FunctionType) -> str:
    """A line that makes *value* anew under this name."""
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__} as {name}"
    if isinstance(value, (int, float)) and type(value) not in (bool, int, float):
        value = int(value) if isinstance(value, int) else float(value)  # of an enumeration, as zmq.POLLIN
    module, inside = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    found = getattr(sys.modules.get(module or ""), inside, None) if inside else None
    if found is value and module != function.__module__:
        return f"from {module} import {inside} as {name}"
    text = repr(value)
    try:
        if ast.literal_eval(text) == value:
            return f"{name} = {text}"
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        pass
    kind = "class" if isinstance(value, type) else type(value).__name__
    raise CannotSend(
        f"{function.__name__} uses {name}, a {kind}, which cannot be sent to the process in which it runs: "
        "make it inside the function, or do without it."
    )
