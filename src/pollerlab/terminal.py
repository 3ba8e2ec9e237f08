"""Peers for a second terminal: the other end of a socket, as a process of its own.

::

    python -m pollerlab push tcp://127.0.0.1:5555     in one terminal,
    python -m pollerlab pull tcp://127.0.0.1:5555     in another

``push`` and ``pub`` send what the peers of `pollerlab.scenery.peers` send (``b"0"``, ``b"1"`` and so on;
``pub`` puts a topic before it), every 500 ms unless told otherwise, from the moment when the first receiver
is there.  ``pull`` and ``sub`` show what arrives, from any program.  Each message is one line on stdout;
what else there is to say goes to stderr.  Ctrl-C ends all four, and so does the end of the program that
reads what they print.
"""

import argparse
import errno
import io
import os
import re
import select
import signal
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count

import zmq

from .arguments import checked, positive, whole
from .scenery import every, peers

# On Windows, Ctrl-C does not interrupt a wait in libzmq, and anywhere it may come an instant before
# the wait begins: it is noticed when the wait ends, so no wait is longer than this.
_LONGEST_WAIT_MS = 250
_LINGER_MS = 2000  # for the last messages to leave, when all are sent
_LINGER_INTERRUPTED_MS = 200  # the same after Ctrl-C, which shall end it at once
_DRAWINGS = (".png", ".svg", ".pdf")


class _Refused(Exception):
    """An address that cannot be used; the text says why, and what to do."""


@checked
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments* (by default, those of the process) and return the exit status.

    :raises SystemExit: as argparse does, after ``--help`` and after arguments that make no sense.
    :raises BaseException: with ``doctor``, what the program raises that it runs.
    """
    options = _parser().parse_args(arguments)
    if options.command == "doctor":  # what comes of the program is not ours to handle
        return _doctor(options)
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):  # it may be unable to show a letter: no reason to stop
            sys.stdout.reconfigure(errors="backslashreplace")
        return options.run(options) or 0
    except _Refused as refusal:
        print(f"{options.command}: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process is at its end: a second one is too late
        _drop_output()
    except BrokenPipeError:
        _drop_output()
    return 0


def _drop_output() -> None:
    """Send what stdout and stderr still hold nowhere.

    Python writes it out as the process ends, which would fail on a broken pipe once more, and wait on
    a full one.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # None, not a file, closed
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


# -- the command line --------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pollerlab",
        description="Peers for a second terminal: one end of a socket, as a process of its own; and a bench.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_sender(_add_peer(commands, "push", _push, "send numbers to those that pull", connects=False))
    _add_peer(commands, "pull", _pull, "print what is pushed here", connects=True)
    pub = _add_sender(_add_peer(commands, "pub", _pub, "publish numbers under a topic", connects=False))
    _add_topic(pub, "what to publish under")
    sub = _add_peer(commands, "sub", _sub, "print what is published", connects=True)
    _add_topic(sub, "print the topics that begin with this")
    _add_bench(commands)
    _add_doctor(commands)
    return parser


def _add_doctor(commands) -> None:
    parser = commands.add_parser(
        "doctor",
        help="run a program that uses pyzmq, and say how it waits",
        description="Run a program that uses pyzmq, unchanged, and say how it waits: what ails it, which "
        "line is to blame, and what cures it.",
        usage="%(prog)s [OPTIONS] PROGRAM [ARGUMENTS ...]\n"
        "       %(prog)s [OPTIONS] -m MODULE [ARGUMENTS ...]\n"
        "       %(prog)s [OPTIONS] --pid N",
    )
    parser.add_argument(
        "--seconds", metavar="N", type=_seconds, help="end after N seconds, as by Ctrl-C (default: with it)"
    )
    parser.add_argument("--report", metavar="FILE", help="write the diagnosis here (default: stderr)")
    parser.add_argument("--json", metavar="FILE", help="write it here as well, for machines")
    parser.add_argument("--plot", metavar="FILE", help="draw what happened when: a .png, .svg or .pdf")
    parser.add_argument("--children", action="store_true", help="look at its child processes, too")
    parser.add_argument(
        "--fail", action="store_true", help="make the exit status 3 if anything certain was found"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--pid", metavar="N", type=_count, help="look at a process that runs already")
    which.add_argument(
        "-m", dest="module", metavar="MODULE ...", nargs=argparse.REMAINDER, help="run a module as a program"
    )
    parser.add_argument(
        "program", metavar="PROGRAM ...", nargs=argparse.REMAINDER, help="the script, and its arguments"
    )


def _add_bench(commands) -> None:
    what = "measure what poll() costs, against the number of sockets"
    parser = commands.add_parser("bench", help=what, description=f"{what.capitalize()}. Ctrl-C ends it.")
    parser.set_defaults(run=_bench)
    parser.add_argument("--json", metavar="FILE", help="write the results here, for machines")
    parser.add_argument("--plot", metavar="FILE", help="draw them here, for people: a .png, .svg or .pdf")
    parser.add_argument("--quick", action="store_true", help="end within 20 s: fewer counts and turns")
    parser.add_argument(
        "--real", action="store_true", help="instead, 1,000 messages a second over tcp, from another process"
    )
    parser.add_argument(
        "--sockets",
        metavar="N",
        type=_count,
        nargs="+",
        help="how many to register (default: 1 to 4096; with --real, to 2000)",
    )


def _add_peer(commands, name: str, run, what: str, *, connects: bool) -> argparse.ArgumentParser:
    """Add the subcommand *name*, which calls *run*, and the options that all four peers have."""
    parser = commands.add_parser(name, help=what, description=f"{what.capitalize()}. Ctrl-C ends it.")
    parser.set_defaults(run=run, connects=connects)
    parser.add_argument("address", metavar="ADDRESS", help="such as tcp://127.0.0.1:5555")
    usual = "connect" if connects else "bind"
    where = parser.add_mutually_exclusive_group()
    for choice, value, meaning in [
        ("bind", False, "listen at the address"),
        ("connect", True, "call the side that listens there"),
    ]:
        if choice == usual:
            meaning += " (the default)"
        where.add_argument(
            f"--{choice}", action="store_const", const=value, dest="connects", default=connects, help=meaning
        )
    parser.add_argument(
        "--count", metavar="N", type=_count, help="end after N messages (default: go on until Ctrl-C)"
    )
    return parser


def _add_sender(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "--every", metavar="MS", type=_every, default=500.0, help="ms between messages (default: 500)"
    )
    return parser


def _add_topic(parser: argparse.ArgumentParser, meaning: str) -> None:
    parser.add_argument(
        "--topic", metavar="T", type=os.fsencode, default=b"news", help=f"{meaning} (default: news)"
    )


def _count(text: str) -> int:
    try:
        return whole("it", int(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, not {text!r}") from None


def _seconds(text: str) -> float:
    try:
        return positive("it", float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a finite number of s above 0, not {text!r}") from None


def _every(text: str) -> float:
    try:
        return positive("it", float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a finite number of ms above 0, not {text!r}") from None


# -- the four peers ----------------------------------------------------------------------------------


def _push(options: argparse.Namespace) -> None:
    with _opened(zmq.PUSH, options, "a receiver") as sock:
        _wait(sock, zmq.POLLOUT)
        _send_by_schedule(sock, options, [])


def _pub(options: argparse.Namespace) -> None:
    # XPUB is PUB with the subscriptions left readable.
    with _opened(zmq.XPUB, options, f"a subscriber to {_one_line([options.topic])}") as sock:
        _wait_for_subscriber(sock, options.topic)
        _send_by_schedule(sock, options, [options.topic])


def _pull(options: argparse.Namespace) -> None:
    with _opened(zmq.PULL, options, "messages") as sock:
        _print_all(sock, options)


def _sub(options: argparse.Namespace) -> None:
    with _opened(zmq.SUB, options, f"messages about {_one_line([options.topic])}") as sock:
        sock.subscribe(options.topic)
        _print_all(sock, options)


def _numbers(options: argparse.Namespace) -> Iterable[int]:
    return count() if options.count is None else range(options.count)


def _send_by_schedule(sock: zmq.Socket, options: argparse.Namespace, prefix: list[bytes]) -> None:
    start = time.perf_counter()
    for number, moment in zip(_numbers(options), every(options.every), strict=False):
        _sleep_until(start + moment / 1000)
        frames = [*prefix, b"%d" % number]
        _send(sock, frames)
        _print("sent", frames)


def _print_all(sock: zmq.Socket, options: argparse.Namespace) -> None:
    for _ in _numbers(options):
        _print("received", _receive(sock))


def _wait_for_subscriber(sock: zmq.Socket, topic: bytes) -> None:
    """Return when a subscriber has asked for *topic* on this XPUB socket, or to a prefix of it."""
    while True:
        frame, *_ = _receive(sock)
        if peers.is_subscription(frame, topic):
            return


def _bench(options: argparse.Namespace) -> None:
    from .judges import NoRoom, bench, field  # only now: the peers need neither asyncio nor the pollers

    if options.plot:
        _check_drawing(options.plot)
    for name in filter(None, (options.json, options.plot)):
        _check_writable(name)
    try:
        contest = field if options.real else bench
        contest.run(options.json, options.plot, quick=options.quick, counts=options.sockets)
    except NoRoom as error:
        raise _Refused(str(error)) from None


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import CannotRun, Options, attach, run

    try:
        if options.plot:
            _check_drawing(options.plot)
        for name in filter(None, (options.report, options.json, options.plot)):
            _check_writable(name)
        what = Options(
            options.seconds, options.report, options.json, options.plot, options.children, options.fail
        )
        words = options.module or options.program
        if options.pid is not None and not words:
            return attach(options.pid, what)
        if options.pid is not None or not words:
            raise _Refused("name a program, or a module by -m, or a process by --pid.")
        run(words[0], words[1:], what, is_module=bool(options.module))
    except (_Refused, CannotRun) as refusal:
        print(f"pollerlab doctor: {refusal}", file=sys.stderr)
        return getattr(refusal, "status", 2)
    return 0


def _check_drawing(name: str) -> None:
    if not name.lower().endswith(_DRAWINGS):
        raise _Refused(f"cannot draw '{name}': choose a name that ends in {', '.join(_DRAWINGS)}.")


def _check_writable(name: str) -> None:
    """See whether this file can be written, and leave it as it is."""
    try:
        was_there = os.path.exists(name)
        with open(name, "ab"):
            pass
        if not was_there:
            os.unlink(name)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise _Refused(f"cannot write '{name}': {why}: choose another file.") from None


# -- waiting -----------------------------------------------------------------------------------------


def _wait(sock: zmq.Socket, event: int) -> None:
    while not sock.poll(_LONGEST_WAIT_MS, event):
        if _nobody_reads():
            raise BrokenPipeError


def _nobody_reads() -> bool:
    """Whether stdout is a pipe whose reader has gone; False on Windows, which does not tell."""
    with suppress(AttributeError, OSError, ValueError):  # None, not a file, closed; no poll() on Windows
        if stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
            poller = select.poll()
            poller.register(sys.stdout.fileno(), 0)  # for errors alone
            return bool(poller.poll(0))
    return False


def _sleep_until(moment: float) -> None:
    """Sleep until that ``perf_counter()`` second; nothing but Ctrl-C ends it before."""
    while (left := moment - time.perf_counter()) > 0:
        time.sleep(min(left, _LONGEST_WAIT_MS / 1000))


def _send(sock: zmq.Socket, frames: list[bytes]) -> None:
    while True:
        with suppress(zmq.Again):  # the queue is full
            sock.send_multipart(frames, zmq.NOBLOCK)
            return
        _wait(sock, zmq.POLLOUT)


def _receive(sock: zmq.Socket) -> list[bytes]:
    while True:
        _wait(sock, zmq.POLLIN)
        with suppress(zmq.Again):  # POLLIN may lie: the message was not for the application
            return sock.recv_multipart(zmq.NOBLOCK)


# -- lines -------------------------------------------------------------------------------------------


def _print(what: str, frames: list[bytes]) -> None:
    try:
        print(what, _one_line(frames), flush=True)
    except OSError as error:
        if sys.platform == "win32" and error.errno == errno.EINVAL:  # what a broken pipe is called there
            raise BrokenPipeError from error
        raise


def _one_line(frames: list[bytes]) -> str:
    """The frames as text that stays on its line, whatever is in them."""
    text = " ".join(frame.decode(errors="backslashreplace") for frame in frames)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# -- addresses ---------------------------------------------------------------------------------------

_EXAMPLE = "tcp://127.0.0.1:5555"

_NO_PROTOCOL = "the protocol is unknown, or of no use for this: give a tcp address such as " + _EXAMPLE
_NOT_HERE = (
    "this machine has no such address or interface: bind to one of its own, such as 127.0.0.1, "
    "or --connect to another machine's"
)
_ADVICE = {
    zmq.EADDRINUSE: "the port is taken: end the program that is bound there, or choose another port",
    zmq.EADDRNOTAVAIL: _NOT_HERE,
    errno.ENODEV: _NOT_HERE,
    zmq.EPROTONOSUPPORT: _NO_PROTOCOL,
    zmq.ENOCOMPATPROTO: _NO_PROTOCOL,
    errno.EACCES: "that is not allowed: choose another port, from 1024 on, or another path",
}
"""What to say of an error of libzmq, after "cannot bind to ...: "."""


@contextmanager
def _opened(kind: int, options: argparse.Namespace, awaited: str) -> Iterator[zmq.Socket]:
    """A socket, bound or connected as the options say; stderr is told where, and what it waits for.

    :raises _Refused: if the address cannot be used.
    """
    # Not own_context, which holds interrupts back: Ctrl-C ends the wait for delivery.
    with zmq.Context() as context, context.socket(kind) as sock:
        sock.linger = _LINGER_INTERRUPTED_MS
        # A connecting PUSH is then ready to send only once the other side is there.  Not for receivers:
        # when the other side leaves, theirs would throw away what has arrived and is not read yet.
        sock.immediate = kind == zmq.PUSH
        where = _attach(sock, options)
        print(
            f"{options.command}: {where}, waiting for {awaited}; Ctrl-C ends it", file=sys.stderr, flush=True
        )
        yield sock
        sock.linger = _LINGER_MS


def _attach(sock: zmq.Socket, options: argparse.Namespace) -> str:
    """Bind or connect *sock*, and return in words where it is."""
    address, connects = options.address, options.connects
    shown = _one_line([os.fsencode(address)])
    if complaint := _complaint(address, connects):
        raise _Refused(f"'{shown}' {complaint}.")
    try:
        if connects:
            sock.connect(address)
            return f"connecting to {shown}"
        sock.bind(address)
        return f"bound to {sock.last_endpoint.decode()}"  # type: ignore[union-attr]
    except UnicodeError:
        raise _Refused(f"'{shown}' is no valid text: give an address such as {_EXAMPLE}.") from None
    except zmq.ZMQError as error:
        verb = "connect" if connects else "bind"
        advice = _ADVICE.get(error.errno or 0, "{why}: give an address such as " + _EXAMPLE)
        advice = advice.format(why=zmq.strerror(error.errno or 0))
        raise _Refused(f"cannot {verb} to '{shown}': {advice}.") from None


def _complaint(address: str, connects: bool) -> str | None:
    """What is wrong with *address*, as far as its text tells: what libzmq takes in silence, or explains
    with "Invalid argument".
    """
    protocol, separator, rest = address.partition("://")
    if not (protocol and separator and rest):
        return f"is no address: give one such as {_EXAMPLE}"
    if protocol == "inproc":
        return f"reaches only inside one process, and this is a process of its own: give {_EXAMPLE}, say"
    if protocol != "tcp":
        return None
    host, colon, port = rest.rpartition(":")
    if not colon or not host or not port:
        return f"lacks a host or a port: give both, as in {_EXAMPLE}"
    if connects and (host == "*" or port in ("*", "0")):
        return "is for --bind alone: to connect, give the host and the port where the other side is bound"
    if port in ("*", "0"):
        return None
    # libzmq cuts a larger number to 16 bits, and so binds to a port that was not asked for.
    if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        return f"has a wrong port: after the last colon, give a number from 1 to 65535, as in {_EXAMPLE}"
    return None
