"""The wheel and the sdist, each installed into an environment that has nothing else."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from kernels import ROOT

pytestmark = [pytest.mark.package, pytest.mark.timeout(900)]

BIN = "Scripts" if os.name == "nt" else "bin"
NOT_ALONE = {f"pollerlab.live.{name}" for name in ("replay", "room", "screens", "watching")}
"""These need ipywidgets and anywidget."""

EVERY_MODULE = f"""
import importlib, pkgutil, sys
import pollerlab
names = [m.name for m in pkgutil.walk_packages(pollerlab.__path__, "pollerlab.")]
for name in names:
    if name not in {NOT_ALONE} and not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""

RIGHT = """
import zmq
import pollerlab
from pollerlab.scenery import claim, every, peers, plots, record

with record("poll") as recording:
    recording.mark("received", "A", 1)
share: float = recording.share
with pollerlab.Poller() as poller, peers.Push([0.0, 0.1]) as peer:
    address: str = peer.address
    ready: list[tuple] = poller.poll(timeout=10)
moments: list[float] = list(every(100, times=3))
claim("a fact", share, at_most=1.0)
plots.timeline(recording)
"""

WRONG = [
    "import pollerlab\npollerlab.Poller().poll(timeout='soon')",
    "from pollerlab.scenery import record\nwith record('poll') as recording:\n    name: int = recording.name",
    "from pollerlab.scenery import claim\nclaim('a fact')",
    "import pollerlab\npollerlab.Polller",
]


def run(*command, cwd):
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The folder with what `python -m build` makes."""
    folder = tmp_path_factory.mktemp("distributions")
    built = run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"], ids=["wheel", "sdist"])
def installed(request, distributions, tmp_path_factory):
    """The Python of an empty environment into which it was installed."""
    folder = tmp_path_factory.mktemp("empty")
    (archive,) = distributions.glob(request.param)
    python = folder / BIN / "python"
    for command in (
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", archive],
    ):
        done = run(*command, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return python


@pytest.fixture
def python(installed, tmp_path):
    """A function that runs Python code in that environment, away from the tree."""
    return lambda code, *flags: run(installed, *flags, "-c", code, cwd=tmp_path)


def test_it_brings_neither_jupyterlab_nor_ipywidgets(python):
    for name in ("jupyterlab", "ipywidgets", "IPython", "psutil"):
        assert "ModuleNotFoundError" in python(f"import {name}").stderr


def test_every_module_can_be_imported_without_them(python):
    done = python(EVERY_MODULE)
    assert done.returncode == 0, done.stderr
    modules = list((ROOT / "src" / "pollerlab").rglob("*.py"))
    assert int(done.stdout) == len(modules) - 1  # all but the package itself


@pytest.mark.parametrize("code", ["import pollerlab.live.room", "from pollerlab.live import watch"])
def test_what_is_live_says_what_to_install(python, code):
    done = python(code)
    assert done.returncode != 0
    assert "needs ipywidgets and anywidget: install them with" in done.stderr.splitlines()[-1]
    assert "During handling" not in done.stderr


def test_a_peer_for_a_second_terminal_is_there(installed, tmp_path):
    done = run(installed, "-m", "pollerlab", "push", "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "usage:" in done.stdout


def checked(installed, code, folder):
    """What mypy says of a program of somebody who has installed the package."""
    (folder / "program.py").write_text(code)
    strict = [
        "--strict",
        "--allow-any-generics",
        "--config-file",
        os.devnull,
        "--cache-dir",
        folder / "cache",
    ]
    return run(
        *(sys.executable, "-m", "mypy", *strict, "--python-executable", installed, "program.py"), cwd=folder
    )


def test_a_right_program_passes_a_strict_check_of_types(installed, tmp_path):
    done = checked(installed, RIGHT, tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_program_does_not(installed, tmp_path, code):
    done = checked(installed, code, tmp_path)
    assert done.returncode == 1, done.stdout
    assert "error:" in done.stdout
    assert "import-untyped" not in done.stdout


def test_the_types_are_declared(python):
    done = python(
        "import pathlib, pollerlab; print(pathlib.Path(pollerlab.__file__).with_name('py.typed').exists())"
    )
    assert done.stdout.strip() == "True"


def test_the_sdist_has_its_licence_and_no_outputs(distributions):
    (archive,) = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = [Path(*Path(name).parts[1:]).as_posix() for name in tar.getnames()]
    assert "LICENSE" in names
    assert not [name for name in names if name.endswith((".ipynb", ".pyc")) or name.startswith("build/")]
