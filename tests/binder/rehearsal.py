"""Binder on this machine: an ordinary user, one core, a home of its own, and what environment.yml names.

On Binder the tree is the user's home, conda installs what binder/environment.yml names, and then postBuild
runs.  Here a virtual environment and pip stand in for conda.
"""

import os
import pwd
import re
import resource
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil
import yaml
from kernels import ROOT

MB = 1_000_000
_SAMPLED_EVERY = 0.05  # seconds
_NOT_OURS = ("HOME", "IPYTHON", "JUPYTER", "MPL", "PYTEST", "PYTHON", "VIRTUAL_ENV", "XDG")  # begin such


class Cost(NamedTuple):
    """What a command has printed and used."""

    exit_code: int
    printed: str
    cpu: float
    """Seconds of CPU time, with all the processes that it has started and waited for."""
    child: int
    """The most memory, in resident bytes, of a process that it has started, with what that has started."""
    children: int
    """The sum of that over all the processes that it has started, as if none had ended before the last."""


@dataclass(frozen=True)
class Rehearsal:
    """A home with the tree in it, and an environment."""

    home: Path
    bin: Path
    user: dict
    """Who runs it, as keywords of `subprocess.Popen`."""

    @contextmanager
    def started(self, *command, prefix=()):
        """Start a command, on one core; yield its process and its log; end it with the block."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
        core = str(min(os.sched_getaffinity(0)))
        log = self.home.parent / "log"
        with open(log, "w") as file:
            process = subprocess.Popen(
                [*prefix, "taskset", "--cpu-list", core, *map(str, command)],
                cwd=self.home,
                env=kept | {"HOME": str(self.home), "PATH": f"{self.bin}:{os.defpath}"},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                **self.user,
            )
        try:
            yield process, log
        finally:
            process.terminate()
            process.wait()

    def run(self, *command, prefix=()):
        """Run a command to its end; return its `Cost`."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        most = {}
        with self.started(*command, prefix=prefix) as (process, log):
            while process.poll() is None:
                with suppress(psutil.NoSuchProcess):
                    for child in psutil.Process(process.pid).children():
                        key = (child.pid, child.create_time())
                        most[key] = max(most.get(key, 0), resident(child))
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_SAMPLED_EVERY)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        children = most.values() or [0]
        return Cost(process.returncode, log.read_text(), cpu, max(children), sum(children))


def resident(process):
    """How many bytes a process and those that it has started keep in memory; 0 once it has ended."""
    total = 0
    with suppress(psutil.NoSuchProcess):
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                total += one.memory_info().rss
    return total


def peak(process):
    """The most memory, in resident bytes, that a process has had so far, without what it has started."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1]) * 1024


def clean_tree(folder):
    """Copy to *folder*, as it is now, what belongs to the project: neither built nor ignored files."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert listed.returncode == 0, f"the clean tree is what git lists, and: {listed.stderr.decode()}"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():  # else it is deleted, but not yet for git
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def ordinary_user():
    """`nobody` if root asks, or else whoever asks, as keywords of `subprocess.Popen`."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def python_for(user, version):
    """The first Python on the path that *user* may run and that can make environments: *version*, or any."""
    asks = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))"
    for name in (f"python{version}", "python3"):
        for folder in os.get_exec_path():
            with suppress(OSError):
                if not subprocess.run(
                    [f"{folder}/{name}", "-c", asks], cwd="/", **user, check=False
                ).returncode:
                    return f"{folder}/{name}"
    raise AssertionError(
        "no Python on the path can be run by an ordinary user: put one there, outside root's home"
    )


def named(environment):
    """The version of Python that an environment.yml names, and what it names besides, as pip writes it."""
    lines = yaml.safe_load(environment.read_text())["dependencies"]
    (python,) = [line.removeprefix("python=") for line in lines if line.startswith("python=")]
    return python, [line for line in lines if not line.startswith("python=") and line != "pip"]


@contextmanager
def rehearsal():
    """Do what Binder does to the tree; yield a `Rehearsal`, and how long that took and with which Python."""
    assert shutil.which("taskset"), "there is no taskset here: the rehearsal needs Linux, with util-linux"
    user = ordinary_user()
    folder = Path(tempfile.mkdtemp(prefix="waiting-well-"))  # pytest's own are closed to other users
    try:
        home = clean_tree(folder / "home")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.get("user", -1), user.get("group", -1))
        version, packages = named(home / "binder" / "environment.yml")
        here = Rehearsal(home, folder / "environment" / "bin", user)
        python = python_for(user, version)
        begin = time.monotonic()
        for command in (
            (python, "-m", "venv", folder / "environment"),
            ("python", "-m", "pip", "install", "--quiet", *packages),
            (home / "binder" / "postBuild",),
        ):
            cost = here.run(*command)
            assert cost.exit_code == 0, f"{command} has failed:\n{cost.printed}"
        yield here, python, time.monotonic() - begin
    finally:
        shutil.rmtree(folder)
