"""A program runs under the doctor as it runs without: what it sees of itself, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest
from until import has_ended, until

DOCTOR = [sys.executable, "-m", "pollerlab", "doctor"]
unix = pytest.mark.skipif(sys.platform == "win32", reason="no such signals, no fork")

SPINS = """\
import sys, time, zmq
context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.bind("tcp://127.0.0.1:*")
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    try:
        tasks.recv(zmq.NOBLOCK)
    except zmq.Again:
        pass
tasks.close()
context.term()
"""
WAITS = """\
import sys, zmq
with zmq.Context() as context, context.socket(zmq.PULL) as tasks:
    tasks.bind("tcp://127.0.0.1:*")
    print("ready", flush=True)
    tasks.poll(20_000)
"""


@pytest.fixture
def script(tmp_path):
    """A function that writes a program and returns its path."""

    def write(text, name="program.py"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def python(*words, **options):
    return subprocess.run(
        words, capture_output=True, text=True, timeout=60, cwd=options.pop("cwd", None), **options
    )


def both(path, *arguments, **options):
    """The same program without the doctor, and with it."""
    with_doctor = python(*DOCTOR, path, *arguments, **options)
    return python(sys.executable, path, *arguments, **options), with_doctor


def report_of(run):
    """What the doctor has written to stderr: the rest is the program's."""
    place = run.stderr.find("pollerlab doctor: ")
    return run.stderr[:place], run.stderr[place:]


# -- as it would run -------------------------------------------------------------------------------

LOOKS_AT_ITSELF = """\
import sys, os, __main__
print(__name__, sys.argv[1:], os.path.basename(sys.argv[0]), os.path.basename(__file__))
print(__main__.here if hasattr(__main__, "here") else None, __package__, __spec__)
here = "mine"
print(__main__.here, sys.path[0] == os.path.dirname(os.path.abspath(__file__)))
print(sys.stdin.read())
print("to stderr", file=sys.stderr)
sys.exit(7)
"""


def test_it_is_main_and_has_its_arguments_its_streams_and_its_exit_status(script):
    plain, seen = both(script(LOOKS_AT_ITSELF), "a", "--report", "-x", input="typed")
    assert (seen.stdout, seen.returncode) == (plain.stdout, plain.returncode)
    assert seen.returncode == 7
    assert report_of(seen)[0] == plain.stderr
    assert "It used no ZeroMQ socket." in report_of(seen)[1]


def test_a_module_runs_as_by_m(tmp_path):
    package = tmp_path / "parcel"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("from . import part\nprint(__name__, __package__, part.x)")
    (package / "part.py").write_text("import sys; x = sys.argv[1:]\nif __name__ == '__main__': print(x)")
    for name in ("parcel", "parcel.part"):
        plain = python(sys.executable, "-m", name, "1", "-m", cwd=tmp_path)
        seen = python(*DOCTOR, "-m", name, "1", "-m", cwd=tmp_path)
        assert (seen.stdout, seen.returncode) == (plain.stdout, 0)


@pytest.mark.parametrize(
    "line",
    [
        "1 / 0",
        "raise SystemExit('a word')",
        "raise KeyError('x')",
        "import atexit; atexit.register(print, 'bye')",
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()",
        "import os; print('out', flush=True); os._exit(5)",
        "import sys; sys.excepthook = lambda *_: print('mine'); [][0]",
        "import signal as s; s.signal(s.SIGTERM, lambda *_: print('told')); s.raise_signal(s.SIGTERM)",
        "import sys; sys.stderr.close()",
        "import sys; sys.stdout = None",
    ],
)
def test_it_ends_as_it_would(script, line):
    plain, seen = both(script(f"import zmq\nprint('begun', flush=True)\n{line}\n"))
    assert (seen.stdout, seen.returncode) == (plain.stdout, plain.returncode)
    mine, report = report_of(seen)
    assert mine == plain.stderr
    assert report.startswith("pollerlab doctor: program.py for ")


@unix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT, signal.SIGTERM])
def test_a_program_that_is_killed_or_brought_down_has_a_report(script, tmp_path, monkeypatch, number):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = subprocess.Popen([*DOCTOR, script(SPINS), "60"], stderr=subprocess.PIPE, text=True)
    written = f"pollerlab-doctor-*/{process.pid}.json"
    until(lambda: any("It spins" in path.read_text() for path in tmp_path.glob(written)), 30)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == -number
    assert "1. It spins (certain)" in errors
    assert "The process came to an end without a last look" in errors


@unix
def test_if_it_is_killed_before_anything_was_written_down_that_is_said(script, tmp_path):
    path = script("import os, signal\nprint('begun', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    for options in ([], ["--report", tmp_path / "report.txt"]):
        seen = python(*DOCTOR, *options, path)
        assert (seen.stdout, seen.returncode) == ("begun\n", -signal.SIGKILL)
        said = (tmp_path / "report.txt").read_text() if options else seen.stderr
        assert said.startswith("pollerlab doctor: program.py was killed or brought down before anything")


CATCHES = """\
import zmq
with zmq.Context() as context, context.socket(zmq.PULL) as tasks:
    tasks.bind("tcp://127.0.0.1:*")
    try:
        print("ready", flush=True)
        tasks.poll(20_000)
    except KeyboardInterrupt:
        print("caught")
"""


def sleeps(process):
    """Whether its thread sleeps for a while: a signal just before the system's wait is seen only after it."""
    before = process.num_ctx_switches()
    time.sleep(0.1)
    return process.status() == psutil.STATUS_SLEEPING and process.num_ctx_switches() == before


@unix
@pytest.mark.parametrize(
    ("text", "out", "code"), [(CATCHES, "ready\ncaught\n", 0), (WAITS, "ready\n", -signal.SIGINT)]
)
def test_ctrl_c_is_the_programs_own(script, text, out, code):
    process = subprocess.Popen(
        [*DOCTOR, script(text)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    first = process.stdout.readline()
    until(lambda: sleeps(psutil.Process(process.pid)))
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=20)
    assert (first + rest, process.returncode) == (out, code)
    assert "pollerlab doctor: program.py" in errors


def test_its_time_can_be_limited(script):
    # On Python 3.13, pyzmq loses an interrupt now and then in a call that raises, such as recv(NOBLOCK).
    spins = SPINS.replace("tasks.recv(zmq.NOBLOCK)", "tasks.poll(0)")
    begin = time.monotonic()
    seen = python(*DOCTOR, "--seconds", "0.7", script(spins), "30")
    assert time.monotonic() - begin < 15
    assert "1. It spins (certain)" in seen.stderr
    assert "KeyboardInterrupt" in seen.stderr


def test_a_program_that_does_not_end_when_its_time_is_up_is_ended(script):
    stubborn = WAITS.replace("    tasks.poll(20_000)", "    import signal\n") + (
        "    signal.signal(signal.SIGINT, lambda *_: None)\n    tasks.poll(60_000)\n"
    )
    seen = python(*DOCTOR, "--seconds", "0.5", script(stubborn))
    assert seen.returncode == 124


# -- what it writes --------------------------------------------------------------------------------


def test_files_and_the_exit_status(script, tmp_path):
    text, figures, picture = (tmp_path / name for name in ("report.txt", "report.json", "report.png"))
    options = ["--report", text, "--json", figures, "--plot", picture, "--fail"]
    seen = python(*DOCTOR, *options, script(SPINS), "1")
    assert (seen.stdout, seen.stderr, seen.returncode) == ("", "", 3)
    document = json.loads(figures.read_text())
    first = document["findings"][0]
    assert (first["ailment"], first["certain"], first["line"]) == ("spins", True, 8)
    assert first["text"] == "tasks.recv(zmq.NOBLOCK)"
    assert document["sockets"][0].startswith("tasks (PULL, tcp://127.0.0.1:")
    assert text.read_text().splitlines()[1].startswith("1. It spins (certain).  program.py:8:  tasks.recv")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert python(*DOCTOR, "--fail", script(WAITS.replace("20_000", "200"))).returncode == 0


def test_a_healthy_program_gets_a_line(script):
    seen = python(*DOCTOR, script(WAITS.replace("20_000", "600")))
    report = seen.stderr
    assert re.match(
        r"pollerlab doctor: program.py for \d+ ms; 1 thread, 1 socket, 0 messages received", report
    )
    assert "It waits well: MainThread waits at program.py:5 (tasks.poll(600)) and wanted" in report
    assert "Looked for: lost wake-up, " in report


# -- what cannot be run ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing.py"], "nothing.py cannot be read: No such file or directory."),
        (["."], ". is a folder: name the script, or run a module by -m."),
        (["-m", "no.such.module"], "there is no module no.such.module that can be run"),
        (["-m", "wrong"], "Python cannot compile it: "),
        (["wrong.py"], "Python cannot compile it: "),
        ([], "name a program, or a module by -m, or a process by --pid."),
        (["--pid", "1", "x.py"], "name a program, or a module by -m, or a process by --pid."),
        (["--plot", "x.txt", "wrong.py"], "cannot draw 'x.txt': choose a name that ends in .png"),
        (["--json", "no/where", "wrong.py"], "cannot write 'no/where': "),
        (["-m", "pollerlab", "doctor", "fine.py"], "A doctor looks at this program already: one at a time."),
    ],
)
def test_what_cannot_be_run_gets_a_sentence(tmp_path, words, sentence):
    (tmp_path / "wrong.py").write_text("def f(:\n")
    (tmp_path / "fine.py").write_text("")
    seen = python(*DOCTOR, *words, cwd=tmp_path)
    assert seen.returncode in (1, 2)
    first = seen.stderr.splitlines()[0]
    assert first.startswith(f"pollerlab doctor: {sentence}")
    assert "Traceback" not in seen.stderr


@pytest.mark.skipif(hasattr(sys, "remote_exec"), reason="can be looked at")
def test_a_process_that_runs_needs_a_newer_python():
    seen = python(*DOCTOR, "--pid", "1")
    assert seen.returncode == 2
    assert "can be looked at from Python 3.14 on" in seen.stderr


def test_what_runs_in_a_process_that_is_looked_at(tmp_path, script):
    """As `attach` has another process do it, where Python can."""
    text = f"""
import pathlib, time
from pollerlab.doctor import attached
attached.look({str(tmp_path)!r}, 1.0, False)
{SPINS.replace("float(sys.argv[1])", "1.2")}
"""
    assert python(sys.executable, script(text)).returncode == 0
    (path,) = tmp_path.glob("*.json")
    seen = json.loads(path.read_text())
    assert seen["final"]
    assert [finding["ailment"] for finding in seen["findings"]] == ["spins"]


# -- children --------------------------------------------------------------------------------------

PARENT = """\
import multiprocessing, subprocess, sys, time

def child(seconds):
    import zmq
    context = zmq.Context()
    tasks = context.socket(zmq.PULL)
    tasks.bind("tcp://127.0.0.1:*")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            tasks.recv(zmq.NOBLOCK)
        except zmq.Again:
            pass
    context.destroy()

if __name__ == "__main__":
    how = sys.argv[1]
    if how == "subprocess":
        code = "import sys; sys.path.insert(0, sys.argv[1]); import program; program.child(1)"
        folder = __file__.rpartition("/")[0]
        sys.exit(subprocess.run([sys.executable, "-c", code, folder]).returncode)
    process = multiprocessing.get_context(how).Process(target=child, args=(1,))
    process.start()
    process.join()
    sys.exit(process.exitcode)
"""


@unix
@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver", "subprocess"])
def test_children_are_followed(script, tmp_path, how):
    figures = tmp_path / "report.json"
    seen = python(*DOCTOR, "--children", "--json", figures, script(PARENT), how)
    assert seen.returncode == 0, seen.stderr
    document = json.loads(figures.read_text())
    assert document["findings"] == []
    ailments = [finding["ailment"] for child in document["children"] for finding in child["findings"]]
    assert ailments == ["spins"]
    assert "It spins (certain).  program.py:11 in child:" in seen.stderr


@unix
def test_without_being_asked_children_are_left_alone(script):
    seen = python(*DOCTOR, script(PARENT), "subprocess")
    assert "spins" not in report_of(seen)[1].replace("spins, out of turn", "")


AFTER_FORK = """\
import os, signal, time, zmq
context = zmq.Context()
tasks = context.socket(zmq.PULL)
tasks.bind("tcp://127.0.0.1:*")
child = os.fork()
if child == 0:
    tasks.recv(zmq.NOBLOCK)  # never returns
time.sleep(0.5)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
context.destroy(linger=0)
"""


@unix
def test_a_child_that_uses_its_parents_socket_is_told(script):
    seen = python(*DOCTOR, script(AFTER_FORK))
    assert "1. A socket made before fork() is used in the child (certain).  program.py:7:" in seen.stderr


# -- nothing is left -------------------------------------------------------------------------------


@unix
def test_no_process_and_no_folder_is_left(script, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen([*DOCTOR, script(WAITS)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    others = [other for other in psutil.process_iter() if _is_like(other, process.pid)]
    assert len(others) == 1  # the one that waits for its end
    assert psutil.Process(process.pid).children() == []
    process.kill()
    process.communicate(timeout=10)
    until(lambda: has_ended(others[0].pid))
    until(lambda: not os.listdir(tmp_path / "tmp"))


def _is_like(process, pid):
    """Another one that runs the same command: it was forked."""
    try:
        return process.pid != pid and process.cmdline() == psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def test_no_thread_of_the_doctor_is_seen_by_the_program(script):
    text = "import threading, time, zmq\ntime.sleep(1.3)\nprint(threading.enumerate())"
    plain, seen = both(script(text))
    assert re.sub(r"\d+", "", seen.stdout) == re.sub(r"\d+", "", plain.stdout)
