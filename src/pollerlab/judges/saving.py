"""What was measured, as JSON."""

import json
import platform
from pathlib import Path

import zmq

__all__: list[str] = []  # nothing for others: `bench` and `field` use it


def save(file: str, **figures) -> None:
    """Write *figures*, after what they were measured on.

    :raises OSError: if the file cannot be written.
    """
    document = {
        "system": platform.platform(),
        "python": platform.python_version(),
        "pyzmq": zmq.__version__,
        "libzmq": zmq.zmq_version(),
        **figures,
    }
    Path(file).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
