"""Every public function, with what it was not made for: it works, or refuses in one sentence."""

import builtins
import dis
import importlib
import inspect
import math
import random
import re
import signal
import socket as net
import sys
import threading
import time
import traceback
import types
import typing
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
import zmq
import zmq.asyncio
from census import SECONDS, Census
from effort import EXAMPLES
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from isolated import MODULES, isolated

import pollerlab
from pollerlab import EdgePoller, Poller
from pollerlab.judges.fuzzing import World
from pollerlab.live.backpressure import Speeds
from pollerlab.live.experiment import Experiment, Settings, Trial
from pollerlab.pollers.edge import both_edges_are_reported
from pollerlab.process.child import Child
from pollerlab.scenery import ClaimFailed, Recording, record

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and interrupts itself by a timer")

PATIENCE = 0.2  # seconds, after which a call that goes on is interrupted, as by the stop button
LONGEST_SENTENCE = 600  # a number of 400 digits is among the arguments
POLLERS = [Poller, EdgePoller] if both_edges_are_reported() else [Poller]
SHARE = 0.03  # seconds for each example; those that draw, or start processes, get fewer


# -- what is public --------------------------------------------------------------------------------


def public_callables(module):
    """The names of its own functions, classes and methods that take arguments, such as ``Poller.poll``."""
    names = vars(module).get("__all__", [name for name in vars(module) if not name.startswith("_")])
    for name in names:
        thing = getattr(module, name, None)  # None: a module that waits to be asked for
        if inspect.isfunction(thing):
            members = {name: thing}
        elif inspect.isclass(thing) and not issubclass(thing, (BaseException, tuple)):
            members = {f"{name}.{key}": member for key, member in vars(thing).items() if key[0] != "_"}
            members[name] = thing.__init__
        else:
            continue
        for path, member in members.items():
            if (
                inspect.isfunction(member)
                and member.__module__ == module.__name__
                and any(parameters(member))
            ):
                yield path


def documented_errors(*documented):
    """The exceptions that docstrings name after ``:raises``."""
    for thing in documented:
        names = vars(builtins) | {"zmq": zmq, "pollerlab": pollerlab}
        if module := sys.modules.get(getattr(thing, "__module__", None)):
            names |= vars(module)
        for group in re.findall(r":raises ([^:]+):", thing.__doc__ or ""):
            for name in group.split(","):
                first, *rest = name.strip().split(".")
                error = names[first]
                for part in rest:
                    error = getattr(error, part)
                yield error


# -- what it is called with ------------------------------------------------------------------------


class Things:
    """Makes sockets, files and the like for one call, and closes them after it."""

    def __init__(self, stack):
        self._stack = stack

    def context(self):
        context = zmq.Context()
        self._stack.callback(context.destroy, linger=0)
        return context

    def closed_context(self):
        context = self.context()
        context.term()
        return context

    def socket(self):
        return self.context().socket(zmq.PAIR)

    def closed_socket(self):
        sock = self.socket()
        sock.close()
        return sock

    def orphaned_socket(self):
        """Its context has ended."""
        sock = self.socket()
        sock.context.destroy()
        return sock

    def socket_for_asyncio(self):
        context = zmq.asyncio.Context()
        self._stack.callback(context.destroy, linger=0)
        return context.socket(zmq.PAIR)

    def shadow(self):
        return zmq.Socket(shadow=self.socket())

    def file(self):
        return self._stack.enter_context(net.socket())

    def closed_file(self):
        file = self.file()
        file.close()
        return file


MADE = [
    getattr(Things, name) for name, member in vars(Things).items() if name != "__init__" and callable(member)
]
NUMBERS = [-1, 0, 1, 2, 0.5, 2**31, 2**70, -(2**70), 10**400, 1e300, math.nan, math.inf, -math.inf]
NUMBERS += [1j, Decimal("NaN"), True]
OTHERS = [None, "", "nonsense", "\0", "é\n", b"", b"bytes", (), object(), int, len, Ellipsis]
ADDRESSES = ["tcp://127.0.0.1:*", "inproc://*", "tcp://127.0.0.1:1", "tcp://127.0.0.1:99999", "ipc://\0"]
ADDRESSES += ["tcp://127.0.0.1:-1", "inproc://", "tcp://", "pgm://1"]


class Made(NamedTuple):
    """Stands in an example for what `Things` makes."""

    make: Callable


ANYTHING = st.one_of(
    st.sampled_from(NUMBERS), st.sampled_from(OTHERS), st.sampled_from(MADE).map(Made), st.builds(list)
)


def words():
    """The words that the package's own tables are made of."""
    for module in map(importlib.import_module, ["pollerlab", *MODULES]):
        for name, table in vars(module).items():
            if not name.startswith("_") and isinstance(table, (tuple, list, dict)):
                yield from (word for word in table if isinstance(word, str) and word.isprintable())


def finished_recording():
    with record("poll") as recording:
        recording.mark("sent", "A", 0)
        recording.mark("received", "A", 0)
    return recording


WORDS = sorted({*words(), "A", "B"})
BY_TYPE = {
    str: st.just("A") | st.sampled_from([*WORDS, *ADDRESSES]),
    int: st.integers(0, 5),
    float: st.floats(0, 5),
    bool: st.booleans(),
    bytes: st.binary(max_size=3),
    random.Random: st.integers(0, 99).map(random.Random),
    zmq.Context: st.sampled_from([Things.context, Things.closed_context]).map(Made),
    Recording: st.builds(finished_recording) | st.builds(Recording),
    Settings: st.sampled_from([Settings(), Settings("nap", 2, 9.5, "random", 1)]),
    Experiment: st.sampled_from([Settings(), Speeds(50, 9.5)]),
    Child: st.just(Made(lambda things: Child("pollerlab.scenery.schedule", {}))),
    World: st.sampled_from(POLLERS).map(lambda kind: Made(lambda things: World(kind))),
    Trial: st.builds(Trial, st.just(Settings())),
    Callable: st.sampled_from([*POLLERS, zmq.Poller, print, lambda *args: None]),
}


def good(annotation, part=None):
    """Values that an annotation allows; *part* draws what containers hold, if not only such values."""
    part = part or good
    kind, inside = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if kind in (types.UnionType, typing.Union):
        return st.one_of(*(good(one, part) for one in inside))
    if kind in (Sequence, Iterable, list):
        return st.lists(part(*inside), max_size=3)
    if kind in (Mapping, dict):
        keys, values = inside or (typing.Any, typing.Any)
        hashable = part(keys).filter(lambda key: isinstance(key, Hashable))
        return st.dictionaries(hashable, part(values), max_size=3)
    if kind is tuple:
        return st.tuples(*map(part, inside))
    if kind in BY_TYPE:
        return BY_TYPE[kind]
    if kind in (inspect.Parameter.empty, typing.Any):
        return ANYTHING
    return st.from_type(kind)


def some(annotation=inspect.Parameter.empty):
    """Values that an annotation allows, and others."""
    return st.one_of(good(annotation), good(annotation, some), ANYTHING)


def made(value, things):
    """*value*, with what its stand-ins stand for."""
    if isinstance(value, Made):
        return value.make(things)
    if type(value) in (list, tuple):
        return type(value)(made(part, things) for part in value)
    if type(value) is dict:
        return {made(key, things): made(part, things) for key, part in value.items()}
    return value


def parameters(called):
    """Those that a caller can give; those behind ``**`` are the base class's."""
    function = called.__init__ if inspect.isclass(called) else called
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            cls = getattr(sys.modules[function.__module__], function.__qualname__.split(".")[0])
            yield from parameters(next(b.__init__ for b in cls.__mro__[1:] if "__init__" in vars(b)))
        elif parameter.kind is not parameter.VAR_POSITIONAL and parameter.name != "self":
            yield parameter


def arguments(function):
    """Examples of ``{name: value}``, in which none is wrong, or one, or any."""
    given = list(parameters(function))

    def examples(wrong):
        needed, optional = {}, {}
        for parameter in given:
            kind = needed if parameter.default is parameter.empty else optional
            kind[parameter.name] = (some if parameter in wrong else good)(parameter.annotation)
        return st.fixed_dictionaries(needed, optional=optional)

    return st.one_of(examples([]), *(examples([one]) for one in given), examples(given))


# -- the call --------------------------------------------------------------------------------------


def used(result):
    """Use what a call returned as a caller would."""
    if hasattr(result, "__enter__"):
        with result as inside:
            return inside
    if isinstance(result, Iterator):
        try:
            return list(islice(result, 3))
        finally:
            if hasattr(result, "close"):
                result.close()
    return result


def was_raised_on_purpose(error):
    """Whether a ``raise`` of the package raised it, or libzmq, or the system, and no slip."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    code = last.tb_frame.f_code
    return isinstance(error, (zmq.ZMQError, OSError)) or (
        sys.modules["pollerlab"].__path__[0] in code.co_filename  # that of pyzmq may be compiled, and empty
        and code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    )


def check_refusal(error):
    text = str(error)
    assert was_raised_on_purpose(error), "".join(traceback.format_exception(error))
    assert text.strip(), repr(error)
    assert "\n" not in text, text
    assert len(text) <= LONGEST_SENTENCE, text


def member_of(module_name, name):
    """The class, if it is a member of one, what is called, and where its errors are documented."""
    first, *rest = name.split(".")
    thing = vars(sys.modules[module_name])[first]
    if rest:
        called = vars(thing)[rest[0]]
        inherited = [vars(base)[rest[0]] for base in thing.__mro__ if rest[0] in vars(base)]
        return thing, called, [thing, called, *inherited]
    if inspect.isclass(thing):  # it is also entered
        bases = [base for base in thing.__mro__ if base.__module__.startswith("pollerlab")]
        entered = [vars(base).get(name) for base in bases for name in ("__init__", "__enter__")]
        return None, thing, [*bases, *entered]
    return None, thing, [thing]


def instances(cls):
    """Examples of what a method is called on."""
    if cls in BY_TYPE:
        return BY_TYPE[cls]
    needed = {p.name: good(p.annotation) for p in parameters(cls) if p.default is p.empty}
    return st.fixed_dictionaries(needed).map(lambda given: Made(lambda things: cls(**made(given, things))))


@contextmanager
def impatience():
    """Interrupt the block when it takes too long, as the stop button would; yield a list of interrupts."""
    interrupts = []

    def interrupt(*_):
        interrupts.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield interrupts
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def is_from_a_library(error):
    """Whether it was not raised in our own code, but deeper."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Path(pollerlab.__file__).parent not in Path(last.filename).parents


def end_shared_context():
    """Until then, libzmq keeps each socket that has connected over inproc to a name that nobody has bound."""
    ending = threading.Thread(target=zmq.Context.instance().term, daemon=True)
    ending.start()
    ending.join(SECONDS)
    assert not ending.is_alive(), "a socket of the shared context was left open"


def try_out(module_name, name, examples):
    """Call it with *examples* sets of arguments; return how the calls ended, counted."""
    cls, called, documented = member_of(module_name, name)
    errors = tuple(documented_errors(*documented))
    outcomes = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(instances(cls) if cls else st.none(), arguments(called))
    def call(instance, given_to):
        if time.monotonic() > end:
            return
        with ExitStack() as stack:
            things = Things(stack)
            given_to = {key: made(value, things) for key, value in given_to.items()}
            target = called
            if cls:
                instance = made(instance, things)
                if hasattr(instance, "__enter__"):
                    stack.enter_context(instance)
                elif hasattr(instance, "close"):
                    stack.callback(instance.close)
                target = partial(called, instance)
            try:
                with impatience() as interrupts:
                    used(target(**given_to))
                outcomes["worked"] += 1
            except KeyboardInterrupt:
                outcomes["interrupted"] += 1
            except BaseException as error:
                if interrupts and is_from_a_library(error):  # matplotlib's C++ makes another error of it
                    outcomes["interrupted"] += 1
                    return
                if not isinstance(error, errors):
                    raise
                if not isinstance(error, (SystemExit, ClaimFailed)):  # argparse's, and one of three lines
                    check_refusal(error)
                outcomes["refused"] += 1

    sys.argv = ["pollerlab"]
    end = time.monotonic() + SHARE * examples
    call()  # has matplotlib and libzmq set up what they keep
    end_shared_context()
    before = Census()
    end = time.monotonic() + SHARE * examples
    call()
    end_shared_context()
    before.check()
    return dict(outcomes)


def try_out_all(module_name, examples):
    """Try out all that is public in a module; return the counts by name."""
    counts = {}
    module = importlib.import_module(module_name)
    if "matplotlib" in sys.modules:  # it keeps its font files open: let it have them before they are counted
        pollerlab.scenery.plots.timeline(finished_recording(), "Title")._repr_png_()
    if module is pollerlab.live.room:  # a thread that draws for all rooms stays
        pollerlab.live.room.WaitingRoom().close()
    for name in public_callables(module):
        print(name, flush=True)  # for when it brings the process down
        counts[name] = try_out(module_name, name, examples)
    return counts


@pytest.mark.parametrize("module", ["pollerlab", *MODULES])
def test_bad_input_is_refused_in_one_sentence(module):
    if module == "pollerlab.pollers.edge" and EdgePoller not in POLLERS:
        pytest.skip("EdgePoller needs Linux")
    outcome = isolated(try_out_all, module, EXAMPLES, seconds=60 + 9 * EXAMPLES)
    assert outcome.exit_code == 0, outcome.printed
    print(f"{module}:")
    for name, counts in outcome.returned.items():
        print(f"  {name}: " + ", ".join(f"{count} {how}" for how, count in sorted(counts.items())))


def test_what_is_public_is_found():
    found = {name for module in MODULES for name in public_callables(importlib.import_module(module))}
    assert {"Push", "Sink", "EdgePoller.poll", "claim", "every", "draw_map", "check"} <= found
