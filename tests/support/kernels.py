"""A notebook and a real kernel to run its cells in."""

from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel
from network import Watch

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS_PER_CELL = 60


@cache
def read(path):
    """The notebook at *path*; who asks for it does not change it."""
    return nbformat.read(path, as_version=4)


def code_cells(path):
    """The sources of the code cells, in order."""
    return [cell.source for cell in read(path).cells if cell.cell_type == "code"]


@contextmanager
def kernel():
    """Start a kernel in the notebooks' folder, yield a function that runs code in it, shut it down.

    The function returns ``(printed text, error)``; the error is None, or "Name: value" of the exception.
    It is an error if the kernel or what it starts listens or connects beyond this machine.
    """
    manager, client = start_new_kernel(
        kernel_name="python3",
        cwd=str(ROOT / "notebooks"),
        extra_arguments=["--HistoryManager.enabled=False"],  # it opens files whenever it likes
    )

    def run(source):
        printed = []

        def keep(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = client.execute_interactive(
            source,
            timeout=SECONDS_PER_CELL,
            output_hook=keep,
            allow_stdin=False,
            stop_on_error=False,  # or what is run soon after an error is refused
        )["content"]
        error = None if reply["status"] == "ok" else "{ename}: {evalue}".format(**reply)
        return "".join(printed), error

    try:
        with Watch(manager.provisioner.pid):
            yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
