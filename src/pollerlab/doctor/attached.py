"""A process that runs already is looked at from within: Python 3.14 lets another process have it run a
script."""

import json
import os
import shutil
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from ..arguments import checked
from .program import CannotRun, Options, show
from .session import Session, read

__all__ = ["attach"]

_SECONDS = 10.0
"""For how long, if not told otherwise."""
_SCRIPT = """\
import sys
sys.path.append({package!r})
try:
    from pollerlab.doctor.attached import look
    look({folder!r}, {seconds!r}, {lanes!r})
finally:
    sys.path.remove({package!r})
"""


@checked
def attach(pid: int, options: Options) -> int:
    """Look at a process that runs already, and report what was seen; the exit status.

    :param pid: of a process of the same user and the same version of Python, 3.14 or later.
    :raises CannotRun: if it cannot be looked at.
    """
    if not hasattr(sys, "remote_exec"):
        raise CannotRun(
            f"a process that runs already can be looked at from Python 3.14 on, and this is "
            f"{sys.version_info.major}.{sys.version_info.minor}: start the program again, under the doctor."
        )
    seconds = options.seconds or _SECONDS
    folder = Path(tempfile.mkdtemp(prefix="pollerlab-doctor-"))
    try:
        script = folder / "look.py"
        package = str(Path(__file__).resolve().parents[2])
        script.write_text(
            _SCRIPT.format(package=package, folder=str(folder), seconds=seconds, lanes=bool(options.plot)),
            encoding="utf-8",
        )
        try:
            sys.remote_exec(pid, str(script))
        except (OSError, RuntimeError, ValueError) as reason:
            raise CannotRun(f"process {pid} cannot be looked at: {reason}") from None
        deadline = time.monotonic() + seconds + 5
        found: dict = {}
        while not found.get(pid, {}).get("final") and time.monotonic() < deadline:
            time.sleep(0.1)
            found = read(folder)
        if pid not in found:
            raise CannotRun(
                f"process {pid} has not answered: it must come to run Python code in its main thread, and be "
                "able to read the folder of this package."
            )
        seen = found[pid]
        show(seen, {}, options, 2)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 3 if options.fail and any(finding["certain"] for finding in seen["findings"]) else 0


def look(folder: str, seconds: float, lanes: bool) -> None:
    """In the process that is looked at: begin, and end after *seconds*, in a thread; what was seen goes to
    *folder*."""
    session = Session(os.path.basename(sys.argv[0]) or "python", lanes=lanes)
    session.begin()

    def end() -> None:
        session.real_sleep(seconds)
        seen = {**session.end(), "final": True}
        with suppress(OSError):  # the one who asked has gone
            new = Path(folder, f".{os.getpid()}")
            new.write_text(json.dumps(seen), encoding="utf-8")
            new.replace(Path(folder, f"{os.getpid()}.json"))

    threading.Thread(target=end, name="pollerlab doctor", daemon=True).start()
