"""JupyterLab as a process of the tests: over a folder of its own, with the settings of `make lab`."""

import json
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from kernels import NOTEBOOKS, ROOT
from until import until

SCREENSHOTS = ROOT / "build" / "screenshots"
SECONDS = 60  # to start, and to stop


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    address: str
    root: Path
    """The folder that it shows.  The notebooks are in its ``notebooks``, without outputs."""
    process: psutil.Process

    def ask(self, path, method="GET"):
        """What its REST API answers, parsed; None if that is nothing."""
        request = urllib.request.Request(f"{self.address}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as reply:
            return json.loads(reply.read() or "null")

    def write(self, name, *sources):
        """Write a notebook with cells of these *sources*: its path, from the root."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # or the page asks
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata=metadata), self.root / "notebooks" / name
        )
        return f"notebooks/{name}"

    def end_kernels(self):
        """Shut down every kernel that runs, with what it has started."""
        for session in self.ask("api/sessions"):
            self.ask(f"api/sessions/{session['id']}", "DELETE")


@contextmanager
def running_lab(folder):
    """Start a JupyterLab that keeps all it needs in *folder*, yield it, stop it."""
    root, settings = folder / "root", folder / "settings" / "@jupyterlab"
    copy_without_outputs(root / "notebooks")
    shutil.copytree(ROOT / "docs", root / "docs")  # pictures in the text
    # All cells stay in the page, also those out of sight; and no test finds the outputs of another.
    write_settings(settings / "notebook-extension" / "tracker", windowingMode="none")
    write_settings(settings / "docmanager-extension" / "plugin", autosave=False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "ServerApp.root_dir": root,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.disable_check_xsrf": True,  # so that `Lab.ask` may end kernels
        "IdentityProvider.token": "",
        "NotebookNotary.db_file": folder / "signatures.db",  # of notebooks that are trusted
        "LabApp.app_settings_dir": ROOT / "tools" / "lab",
        "LabApp.user_settings_dir": settings.parent,
        "LabApp.workspaces_dir": folder / "workspaces",
        "LabApp.expose_app_in_browser": True,  # as window.jupyterapp
    }
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
            + [f"--{name}={value}" for name, value in options.items()],
            stdout=log,
            stderr=log,
        )
    lab = Lab(f"http://127.0.0.1:{port}", root, psutil.Process(server.pid))
    try:
        until(lambda: server.poll() is not None or answers(lab), SECONDS)
        assert server.poll() is None, (folder / "log").read_text()
        yield lab
    finally:
        server.terminate()
        server.wait(SECONDS)


def write_settings(path, **settings):
    """Tell a plugin of JupyterLab what a reader could choose there."""
    path.parent.mkdir(parents=True)
    path.with_suffix(".jupyterlab-settings").write_text(json.dumps(settings))


def copy_without_outputs(folder):
    """The notebooks, so that what a page shows was run there."""
    folder.mkdir(parents=True)
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / path.name)


def answers(lab):
    """Whether it can be asked already."""
    try:
        return bool(lab.ask("api"))
    except (urllib.error.URLError, OSError):
        return False
