"""A program that is tied ends with whoever started it, and is otherwise as it would be alone."""

import subprocess
import sys

import psutil
import pytest
from until import has_ended, until

pytestmark = pytest.mark.usefixtures("nothing_left")

TIED = [sys.executable, "-m", "pollerlab.process.ends_with_parent"]
WAITS = ["pollerlab.examples.lasting_loop", "tcp://127.0.0.1:9"]  # where nobody is
STARTER = f"""
import subprocess, time
print(subprocess.Popen({TIED + WAITS}, stdin=subprocess.PIPE).pid, flush=True)
time.sleep(100)
"""
PIPE = subprocess.PIPE


def test_it_ends_when_its_pipe_closes():
    with subprocess.Popen(TIED + WAITS, stdin=PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
    assert process.returncode == 1


def test_it_ends_when_its_starter_is_killed():
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=PIPE, text=True) as starter:
        pid = int(starter.stdout.readline())
        assert psutil.pid_exists(pid)
        starter.kill()
    until(lambda: has_ended(pid))


@pytest.mark.parametrize(("code", "printed"), [("print(7)", "7\n"), ("raise SystemExit(3)", "")])
def test_it_runs_to_its_own_end_with_its_own_arguments(code, printed, tmp_path, monkeypatch):
    (tmp_path / "program.py").write_text(f"import sys\nassert sys.argv[1:] == ['a', '-b']\n{code}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with subprocess.Popen(
        [*TIED, "program", "a", "-b"], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True
    ) as process:
        process.wait(10)
        assert (process.stdout.read(), process.stderr.read()) == (printed, "")
    assert process.returncode == (3 if "3" in code else 0)
