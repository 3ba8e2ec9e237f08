"""Runs a program as it would run by itself, and looks at it: ``python -m pollerlab doctor PROGRAM ...``.

The program is this process: its pid, its terminal, its signals and its exit status are its own.  The report
is written as the process ends; if it is killed or brought down before that, by a second process, which does
nothing but wait for the end of this one.
"""

import _thread
import atexit
import builtins
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ailments import some
from .report import as_text, messages
from .session import FIRST_SNAPSHOT, Session, read

__all__ = ["CannotRun", "Options"]  # what runs a program is tried by tests of its own

FOUND = 3
"""The exit status with ``--fail`` if anything certain was found."""
TIME_IS_UP = 124
"""The exit status of a program that does not end when its time is up, as of timeout(1)."""
_PATIENCE = 5.0  # seconds, for a program that has been told to end
FOLDER = "POLLERLAB_DOCTOR"
"""The environment variable that tells a child process where to write what is seen of it."""
_FOR_CHILDREN = """\
import os, sys
_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [path for path in sys.path if os.path.abspath(path) != _here]
try:
    from pollerlab.doctor import follow
except ImportError:  # another Python, which does not have it
    pass
else:
    follow(_here)
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
_next = PathFinder.find_spec("sitecustomize", sys.path)
if _next is not None and _next.loader is not None:
    _next.loader.exec_module(module_from_spec(_next))
"""


class CannotRun(ValueError):
    """The program cannot be run, or not be looked at; the text says why, and what to do."""

    status = 2
    """The exit status, as Python's own would be."""


@dataclass(frozen=True)
class Options:
    """What to look for, and where to say what was seen."""

    seconds: float | None = None
    """End after so long."""
    report: str | None = None
    """A file for the text; None is stderr."""
    json: str | None = None
    """A file for machines."""
    plot: str | None = None
    """A file for the picture."""
    children: bool = False
    """Whether to look at child processes, too."""
    fail: bool = False
    """Whether the exit status tells if anything certain was found."""


def run(target: str, arguments: Sequence[str], options: Options, *, is_module: bool = False) -> None:
    """Run a program in this process, whose ``__main__`` it becomes, and report what was seen when it ends.

    :param target: the path of a script, or, if *is_module*, the name of a module.
    :raises CannotRun: if there is no such program, Python cannot compile it, or this process is looked at
        already.
    :raises BaseException: what the program raises, as it ends by that.
    """
    folder = Path(tempfile.mkdtemp(prefix="pollerlab-doctor-"))
    try:
        code, main = _prepare(target, is_module)
        name = target if is_module else os.path.basename(target)
        session = Session(name, lanes=options.plot is not None)
    except RuntimeError as reason:
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotRun(str(reason)) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    ending = _Ending(session, options, folder)
    ending.prepare()
    if options.children:
        (folder / "sitecustomize.py").write_text(_FOR_CHILDREN, encoding="utf-8")
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        os.environ[FOLDER] = str(folder)
    sys.argv[:] = [main.__dict__["__file__"] if is_module else target, *arguments]
    sys.path[0] = os.getcwd() if is_module else os.path.dirname(os.path.abspath(target))
    sys.modules["__main__"] = main
    session.begin()
    session.write_to(folder)
    try:
        exec(code, main.__dict__)  # noqa: S102 (the program that was asked for)
    except SystemExit:
        raise
    except BaseException as error:
        _show(error)
        raise


def _show(error: BaseException) -> None:
    """Print what the program raised, without our own frames, and leave the exit status to Python."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == __file__:
        tb = tb.tb_next
    sys.excepthook(type(error), error.with_traceback(tb), tb)
    sys.excepthook = lambda *_: None


def _prepare(target: str, is_module: bool) -> tuple[types.CodeType, types.ModuleType]:
    """The code of a program, and an empty module ``__main__`` for it."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __file__=target, __cached__=None)
    try:
        if is_module:
            sys.path.insert(0, os.getcwd())
            try:
                spec = importlib.util.find_spec(target)
                if spec is not None and spec.submodule_search_locations is not None:
                    spec = importlib.util.find_spec(target + ".__main__")
            except (ImportError, ValueError):
                spec = None
            finally:
                del sys.path[0]
            loader: Any = spec and spec.loader
            code = loader.get_code(spec.name) if spec and hasattr(loader, "get_code") else None
            if spec is None or code is None:
                raise CannotRun(
                    f"there is no module {target} that can be run: is its name right, and is it installed?"
                )
            main.__dict__.update(
                __file__=spec.origin, __spec__=spec, __package__=spec.parent, __loader__=loader
            )
            return code, main
        path = Path(target)
        if path.is_dir():
            raise CannotRun(f"{target} is a folder: name the script, or run a module by -m.")
        with open(target, "rb") as file:
            return compile(file.read(), os.path.abspath(target), "exec", dont_inherit=True), main
    except SyntaxError as error:
        where = f"{os.path.basename(error.filename or target)}, line {error.lineno}"
        refusal = CannotRun(f"Python cannot compile it: {error.msg} ({where}).")
        refusal.status = 1
        raise refusal from None
    except (OSError, ValueError) as error:
        if isinstance(error, CannotRun):
            raise
        raise CannotRun(f"{target} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


class _Ending:
    """Sees to it that the report is written once, however the process ends."""

    def __init__(self, session: Session, options: Options, folder: Path) -> None:
        self._session, self._options, self._folder = session, options, folder
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._done = False
        self._exit = os._exit
        self._pipe: int | None = None
        try:
            self._stderr: int | None = os.dup(2)
        except OSError:
            self._stderr = None

    def prepare(self) -> None:
        """Before the program begins."""
        if hasattr(os, "fork"):
            self._pipe = _watch_over(self._session.program, self._folder, self._options, self._stderr)
        atexit.register(self._at_exit)

        def leave(status):
            if os.getpid() == self._pid:
                status = self.report(status)
            elif self._options.children:
                self._session.snapshot()
            self._exit(status)

        os._exit = leave  # type: ignore[assignment]
        if self._options.seconds is not None or self._shows():
            _thread.start_new_thread(self._keep_time, ())
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def _in_child(self) -> None:
        if self._pipe is not None:
            with suppress(OSError):
                os.close(self._pipe)
            self._pipe = None
        self._session.in_child_after_fork(follow=self._options.children)

    def _at_exit(self) -> None:
        if os.getpid() != self._pid:
            if self._options.children:
                self._session.snapshot()
            return
        status = self.report(0)
        if status == FOUND:
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            self._exit(status)

    def report(self, status: int) -> int:
        """Write the report, if it is not written yet; the exit status, which is the program's or `FOUND`."""
        with self._lock:
            if not self._done:
                self._done = True
                self._write()
        seen = self._session.seen
        found = seen is not None and any(
            finding["certain"] for one in [seen, *seen.get("children", [])] for finding in one["findings"]
        )
        return FOUND if self._options.fail and found else status

    def _write(self) -> None:
        seen = self._session.end()
        show(seen, read(self._folder), self._options, self._stderr)
        if self._pipe is not None:
            with suppress(OSError):
                os.write(self._pipe, b"d")
                os.close(self._pipe)
            self._pipe = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _shows(self) -> bool:
        return self._stderr is not None and os.isatty(self._stderr)

    def _keep_time(self) -> None:
        """In a thread: show that the time passes, and end the program when it is up."""
        real_sleep = self._session.real_sleep
        begin = time.monotonic()
        end = None if self._options.seconds is None else begin + self._options.seconds
        while not self._done:
            now = time.monotonic()
            if end is not None and now >= end:
                break
            real_sleep(min(1.0, end - now) if end is not None else 1.0)
            if self._shows() and not self._done:
                self._progress(time.monotonic() - begin)
        else:
            return
        self.report(0)
        _interrupt_main()
        real_sleep(_PATIENCE)
        self._exit(TIME_IS_UP)

    def _progress(self, seconds: float) -> None:
        text = f"pollerlab doctor: {seconds:.0f} s, {some(messages(self._session.notes, 'recv'))} messages"
        with suppress(OSError):
            os.write(self._stderr or 2, f"\r\033[K{text}\r".encode())


def _interrupt_main() -> None:
    """As Ctrl-C does, also if the main thread waits in C."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # type: ignore[arg-type]
    else:
        _thread.interrupt_main()


def show(seen: dict[str, Any], others: dict[int, dict], options: Options, stderr: int | None) -> None:
    """Write a diagnosis to where it was asked for, with those of child processes."""
    children = [other for pid, other in others.items() if pid != seen["pid"]]
    children = [child for child in children if child["sockets"] or child["findings"]]
    if not options.children:  # then all that a child has written is that it uses what its parent made
        children = [child for child in children if child["findings"]]
    seen["children"] = children
    _write_text(as_text(seen) + "\n", options, stderr)
    with suppress(OSError):
        if options.json:
            Path(options.json).write_text(json.dumps(seen, indent=1) + "\n", encoding="utf-8")
        if options.plot:
            from .picture import draw

            draw(seen).savefig(options.plot, dpi=150)


def _write_text(text: str, options: Options, stderr: int | None) -> None:
    with suppress(OSError):
        if options.report:
            Path(options.report).write_text(text, encoding="utf-8")
        elif stderr is not None:
            clear = "\r\033[K" if os.isatty(stderr) else ""
            _write_all(stderr, (clear + text).encode(errors="replace"))


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _watch_over(name: str, folder: Path, options: Options, stderr: int | None) -> int:
    """Start a process that writes the report should this one not come to it.

    :returns: a descriptor: when it closes, the process knows of our end.
    """
    pid = os.getpid()
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(ours)
        os.waitpid(child, 0)
        return theirs
    try:  # its parent ends at once: it is nobody's child that a program could wait for
        if os.fork() == 0:
            os.close(theirs)
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(number, signal.SIG_IGN)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1):
                os.dup2(nowhere, descriptor)
            if os.read(ours, 1) == b"":
                _report_of_the_dead(name, read(folder), pid, options, stderr)
                shutil.rmtree(folder, ignore_errors=True)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
    raise AssertionError  # not reached


def _report_of_the_dead(
    name: str, found: dict[int, dict], pid: int, options: Options, stderr: int | None
) -> None:
    """Show what the processes have written; if that one has written nothing, say so."""
    seen = found.pop(pid, None)
    if seen is not None:
        seen["remarks"].append(
            "The process came to an end without a last look: this is what was seen before."
        )
        show(seen, found, options, stderr)
        return
    sentence = (
        f"pollerlab doctor: {name} was killed or brought down before anything seen of it was written down, "
        f"which is done after {FIRST_SNAPSHOT:.0f} s for the first time."
    )
    _write_text("\n\n".join([sentence, *map(as_text, found.values())]) + "\n", options, stderr)


def follow(folder: str) -> None:
    """In a child process: look at it, and write what is seen to *folder*."""
    command = [os.path.basename(word) for word in sys.orig_argv[1:]]
    name = next((word for word in command if not word.startswith("-")), "python")
    with suppress(RuntimeError):
        session = Session(f"{name} (process {os.getpid()})")
        session.begin()
        session.write_to(Path(folder))
        real_exit = os._exit

        def leave(status):
            session.snapshot()
            real_exit(status)

        os._exit = leave  # type: ignore[assignment]
        atexit.register(session.snapshot)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: session.in_child_after_fork(follow=True))
