"""What a `pollerlab.process.Child` runs: ``python -m pollerlab.process.scene_runner MODULE``.

The job is the first line of stdin, as JSON; events go to stdout, a line of JSON each, and whatever the scene
prints to stderr.
"""

import importlib
import json
import os
import sys
import threading

from .ends_with_parent import end_with_parent

__all__ = []  # a program


def main() -> None:
    """Read the job, run the scene, and leave, whatever it has left open."""
    parent = os.fdopen(os.dup(0), "rb")
    job = json.loads(parent.readline())
    end_with_parent(parent.fileno())
    # Events get stdout for themselves; what the scene prints, also from C, goes to stderr.
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the end may come at any moment
    one_at_a_time = threading.Lock()

    def send(event: dict) -> None:
        with one_at_a_time:
            events.write(json.dumps(event).encode() + b"\n")
            events.flush()

    try:
        importlib.import_module(sys.argv[1]).scene(job, send)
        code = 0
    except SystemExit:
        code = 0
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a socket or a thread that was left would hold up the end


if __name__ == "__main__":
    main()
