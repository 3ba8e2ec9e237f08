"""A function of the reader's as text that runs elsewhere: its source, and that of what it uses.

`gather` makes the text, and `define`, in the child, a function of it again.  It may have decorators, use
classes of the reader's, and stand inside another function: what it uses of that one goes along as its globals
do.
"""

import ast
import dis
import inspect
import linecache
import sys
import textwrap
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..arguments import checked

__all__ = ["CannotSend", "gather", "is_empty"]

_FILE = "<your function>"


class CannotSend(ValueError):
    """The function cannot be run in another process; the text says why, and what to do."""


def gather(function: Callable) -> str:
    """The source of a function, after those of the functions, classes, imports and constants that it uses.

    It is found by name, from the module in which the function was defined; what is not there either is left
    to fail when it is used.

    :raises CannotSend: if *function* is no function with a source of its own, or uses what cannot be sent.
    """
    if isinstance(function, types.MethodType):
        raise CannotSend(
            f"{function.__name__} is a method: hand in a function that makes the object, and calls it."
        )
    function = _plain(function)
    if not isinstance(function, types.FunctionType):
        raise CannotSend(
            f"{function!r} is not a function: hand in one that is made by def, without calling it."
        )
    if function.__name__ == "<lambda>":
        raise CannotSend("A lambda cannot be sent: write it with def.")
    parts: dict[str, str] = {}
    _gather(function, parts)
    return "\n\n".join(parts.values()) + "\n"


def define(name: str, source: str) -> Callable:
    """The function of that name in a text that `gather` has made.

    :raises Exception: what the text raises, `words_for` which.
    """
    linecache.cache[_FILE] = (len(source), None, source.splitlines(keepends=True), _FILE)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, _FILE, "exec"), namespace)  # noqa: S102 (the reader's own, in the child)
    return namespace[name]


def words_for(error: BaseException) -> tuple[str, str]:
    """What was raised, as Python tells it, and the line of a function from `define`, or "" if it was none."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
    text = traceback.format_exception_only(error)[-1].strip()
    return text, lines[-1].line or "" if lines else ""


@checked
def is_empty(function: Callable) -> bool:
    """Whether nothing has been written into a function yet but ``...``, ``pass`` or a docstring.

    :param function: one that `gather` takes.
    :raises CannotSend: if it has no source of its own.
    """
    (definition,) = ast.parse(_source_of(_plain(function))).body
    return all(
        isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in definition.body  # type: ignore[attr-defined]
    )


def _plain(thing):
    """What is inside the decorators that say so, as functools.wraps makes them do."""
    try:
        return inspect.unwrap(thing) if callable(thing) and not isinstance(thing, type) else thing
    except ValueError:  # a circle
        return thing


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
    source, around = _source_of(function), _around(function)
    parts[function.__name__] = ""  # so that functions may call each other; its own text comes last
    _gather_names([*_names_in(function.__code__), *around, *_names_around(source)], around, function, parts)
    del parts[function.__name__]
    parts[function.__name__] = source


def _around(function: types.FunctionType) -> dict:
    """What it uses of the functions around it.

    :raises CannotSend: if that is not there yet, or if it assigns to it.
    """
    names = function.__code__.co_freevars
    assigned = {
        name
        for node in ast.walk(ast.parse(_source_of(function)))
        if isinstance(node, ast.Nonlocal)
        for name in node.names
    }
    try:
        found = {
            name: cell.cell_contents for name, cell in zip(names, function.__closure__ or (), strict=True)
        }
    except ValueError:
        found = {}
    if len(found) < len(names) or assigned & set(names):
        raise CannotSend(
            f"{function.__name__} uses {', '.join(names)} of the function around it: define it at the top of "
            "a cell. (If a decorator makes it, that needs functools.wraps.)"
        )
    return found


def _gather_names(names, around: dict, function: types.FunctionType, parts: dict[str, str]) -> None:
    """Add to *parts* what these names mean to *function*."""
    known = {**function.__globals__, **around}
    for name in names:
        if name in parts or name not in known:
            continue
        value = _plain(known[name])
        if not (isinstance(value, types.FunctionType | type) and value.__module__ == function.__module__):
            parts[name] = _as_text(name, value, function)
            continue
        if value.__name__ not in parts:
            _gather_class(value, function, parts) if isinstance(value, type) else _gather(value, parts)
        if name != value.__name__:
            parts[name] = f"{name} = {value.__name__}"


def _gather_class(kind: type, function: types.FunctionType, parts: dict[str, str]) -> None:
    """Add to *parts* what a class uses, and then itself."""
    source, methods = _source_of_class(kind, function), _methods_of(kind)
    definition = ast.parse(source).body[0]
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = []  # what is used in there, its code says
    names = [node.id for node in ast.walk(definition) if isinstance(node, ast.Name)]
    parts[kind.__name__] = ""
    for method in methods:
        names += _names_in(method.__code__)
    _gather_names(names, {}, function, parts)
    del parts[kind.__name__]
    parts[kind.__name__] = source


def _methods_of(kind: type) -> list[types.FunctionType]:
    plain = [
        _plain(getattr(member, "__func__", getattr(member, "fget", member))) for member in vars(kind).values()
    ]
    return [member for member in plain if isinstance(member, types.FunctionType)]


def _source_of_class(kind: type, function: types.FunctionType) -> str:
    """Its lines, from the cell of one of its methods, or that of the function that uses it.

    Not by inspect.getsource, which finds no class of a notebook before Python 3.13.
    """
    for file in [code.__code__.co_filename for code in [*_methods_of(kind), function]]:
        lines = linecache.getlines(file)
        for node in ast.walk(ast.parse("".join(lines))):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                return textwrap.dedent("".join(lines[first - 1 : node.end_lineno]))
    raise CannotSend(
        f"The source of the class {kind.__name__} cannot be found: define it in the cell of the function "
        f"{function.__name__}."
    )


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
        return f"import {name}" if name == value.__name__ else f"import {value.__name__} as {name}"
    if isinstance(value, (int, float)) and type(value) not in (bool, int, float):
        value = int(value) if isinstance(value, int) else float(value)  # of an enumeration, as zmq.POLLIN
    module, inside = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    found = getattr(sys.modules.get(module or ""), inside, None) if inside else None
    if inside and found is value and module != function.__module__:
        return f"from {module} import {inside}" + ("" if inside == name else f" as {name}")
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
