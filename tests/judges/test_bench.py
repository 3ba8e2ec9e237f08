import asyncio
import gc
import json
import os
import signal
import subprocess
import sys

import pytest
from until import until

from pollerlab import terminal
from pollerlab.judges import bench, contenders

pytestmark = [pytest.mark.usefixtures("nothing_left", "not_deaf_to_interrupts"), pytest.mark.timeout(60)]

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs epoll")
unix = pytest.mark.skipif(sys.platform == "win32", reason="no such limits, no Ctrl-C for one process alone")
TINY = bench.Effort(turns=2, untimed=5, turn_seconds=0.001)


@linux
@pytest.mark.parametrize("situation", contenders.SITUATIONS)
def test_each_contender_is_measured_in_each_situation(situation):
    results = list(bench.measure([situation], contenders.CONTENDERS, [4, 1], TINY))
    assert [(r.sockets, r.contender) for r in results] == [
        (n, name) for n in (1, 4) for name in contenders.CONTENDERS
    ]
    usual = {r.sockets: r.microseconds for r in results if r.contender == "zmq.Poller"}
    for r in results:
        assert r.situation == situation
        assert r.microseconds > 0
        assert r.spread >= 0
        assert r.ratio == pytest.approx(usual[r.sockets] / r.microseconds)


def test_curve_gives_the_medians_by_contender_and_count():
    curves = bench.curve("one ready", ["zmq.Poller", "Poller"], [1, 4], turns=2)
    assert {name: list(costs) for name, costs in curves.items()} == {"zmq.Poller": [1, 4], "Poller": [1, 4]}


def test_the_cost_of_zmq_poller_grows_with_the_sockets():
    costs = bench.curve("idle", ["zmq.Poller"], [1, 200], turns=3)["zmq.Poller"]
    assert costs[200] > 10 * costs[1]


@linux
def test_the_cost_of_edge_poller_does_not():
    costs = bench.curve("one ready", ["EdgePoller"], [1, 200], turns=3)["EdgePoller"]
    assert costs[200] < 5 * costs[1]


@pytest.mark.parametrize("count", [1, 4, 30])
def test_so_many_get_a_message(count):
    def numbers(situation):
        return {len(batch) for batch in contenders.batches_of(situation, count)}

    assert numbers("idle") == {0}
    assert numbers("one ready") == numbers("one ready, another each time") == {1}
    assert numbers("one in ten ready") == {max(1, count // 10)}
    assert numbers("all ready") == {count}


def test_one_ready_is_always_the_same_or_another_each_time():
    assert len(contenders.batches_of("one ready", 30)) == 1
    assert set(contenders.batches_of("one ready, another each time", 30)) == {(index,) for index in range(30)}
    assert contenders.batches_of("one ready, another each time", 30) == contenders.batches_of(
        "one ready, another each time", 30
    )


def test_fifty_trips_are_not_timed_and_three_at_least_are():
    asked = []

    def trips(number):
        asked.append(number)
        return 1.0 * number  # so slow that a turn is over with the first

    bench._turn(trips, bench.Effort(), most=float("inf"))
    assert sum(asked[:-1]) == 50
    assert asked[-1] == 3
    asked.clear()
    bench._turn(trips, bench.Effort(), most=2.0)
    assert sum(asked[:-1]) == 2


def test_a_contender_that_cannot_be_built_is_left_out_and_named(monkeypatch, capsys):
    def refuse():
        raise OSError(38, "This system does not report both edges")

    monkeypatch.setattr(bench, "EdgePoller", refuse)
    curves = bench.curve("idle", ["EdgePoller", "Poller"], [1], turns=1)
    assert list(curves) == ["Poller"]
    assert (
        capsys.readouterr().err == "bench: EdgePoller is left out: This system does not report both edges.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("idel", ["Poller"], [1]), "'idel' is unknown: choose from idle, one ready"),
        (("idle", ["poller"], [1]), "'poller' is unknown: choose from zmq.Poller"),
        (("idle", ["Poller"], [0]), "1 or more"),
        (("idle", ["Poller"], []), "1 or more"),
        (("idle", ["Poller"], [1], 0), "1 or more"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        bench.curve(*arguments)


def test_asyncio_is_refused_where_a_loop_runs():
    async def within():
        bench.curve("idle", ["asyncio tasks"], [1])

    with pytest.raises(RuntimeError, match="runs no event loop"):
        asyncio.run(within())


# -- the command line -------------------------------------------------------------------------------

SMALL = ["--sockets", "1", "4", "--quick"]


@linux
def test_the_files_and_the_table(tmp_path, capsys):
    file, plot = tmp_path / "results.json", tmp_path / "curves.png"
    assert terminal.main(["bench", *SMALL, "--json", str(file), "--plot", str(plot)]) == 0
    document = json.loads(file.read_text())
    assert {"system", "python", "pyzmq", "libzmq", "effort", "results"} == set(document)
    assert len(document["results"]) == len(contenders.SITUATIONS) * 2 * len(contenders.CONTENDERS)
    keys = {"situation", "sockets", "contender", "microseconds", "spread", "ratio"}
    assert all(set(row) == keys for row in document["results"])
    assert plot.read_bytes().startswith(b"\x89PNG")
    out, err = capsys.readouterr()
    assert err == ""  # no terminal: no progress
    rows = [line for line in out.splitlines() if line[:8].strip().isdigit()]
    assert len(rows) == len(document["results"])
    first = document["results"][0]
    assert rows[0].split() == [
        "1",
        "zmq.Poller",
        f"{first['microseconds']:.2f}",
        f"{first['spread']:.2f}",
        "1.00",
    ]


@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_a_file_that_cannot_be_written_is_refused_before_measuring(option, tmp_path, capsys):
    assert terminal.main(["bench", option, str(tmp_path / "no such directory" / "file.png")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("bench: cannot write '")
    assert err.endswith("No such file or directory: choose another file.\n")


def test_a_drawing_of_an_unknown_kind_is_refused(tmp_path, capsys):
    assert terminal.main(["bench", "--plot", str(tmp_path / "curves")]) == 2
    assert "choose a name that ends in .png, .svg, .pdf." in capsys.readouterr().err


def test_looking_at_the_files_leaves_them_as_they_were(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new.png"
    old.write_text("kept")
    with pytest.raises(SystemExit), pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "run", lambda *a, **k: sys.exit())
        terminal.main(["bench", "--json", str(old), "--plot", str(new)])
    assert old.read_text() == "kept"
    assert not new.exists()


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from pollerlab import terminal
status = terminal.main(sys.argv[1:])
assert resource.getrlimit(resource.RLIMIT_NOFILE) == ({soft}, {hard})
sys.exit(status)
"""


def complaints(stderr):
    """What it has printed, but for what another system than Linux lacks."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if sys.platform == "linux" or " is left out: " not in line)


def limited(soft, hard, *arguments):
    command = [sys.executable, "-c", LIMITED.format(soft=soft, hard=hard), "bench", "--quick", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@unix
def test_the_soft_limit_is_raised_and_the_hard_one_is_named():
    run = limited(100, 500, "--sockets", "1", "100", "300")
    assert run.returncode == 0, run.stderr
    assert complaints(run.stderr) == (
        "bench: the hard limit of open descriptors (RLIMIT_NOFILE, ulimit -Hn) is 500: "
        "left out 300 sockets.\n"
    )
    assert "     100  zmq.Poller" in run.stdout
    assert "     300  " not in run.stdout


@unix
def test_a_limit_too_low_for_any_is_refused():
    run = limited(100, 100, "--sockets", "300")
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.endswith(" is 100: too low for even 300 of these sockets.\n")
    assert len(complaints(run.stderr).splitlines()) == 1


@pytest.mark.timeout(300)  # beside others
@unix
def test_quick_takes_no_more_than_its_20_seconds():
    """Of CPU time: it waits for nothing, so this is how long it takes on a machine that is quiet."""
    before = os.times()
    command = [sys.executable, "-m", "pollerlab", "bench", "--quick"]
    subprocess.run(command, stdout=subprocess.DEVNULL, timeout=290, check=True)
    after = os.times()
    user, system = (after[n] - before[n] for n in (2, 3))  # of children that have ended
    assert 1 < user + system < 20


@unix
@pytest.mark.parametrize("rows", [1, 4, 9])
def test_ctrl_c_ends_it_cleanly(rows, tmp_path):
    file = tmp_path / "results.json"
    command = [sys.executable, "-u", "-m", "pollerlab", "bench", *SMALL, "--json", str(file)]
    with (tmp_path / "out").open("w+") as out, (tmp_path / "err").open("w+") as err:
        with subprocess.Popen(command, stdout=out, stderr=err) as process:
            try:
                until(lambda: len((tmp_path / "out").read_text().splitlines()) > rows)
                process.send_signal(signal.SIGINT)
                assert process.wait(10) == 0
            finally:
                process.kill()
    assert complaints((tmp_path / "err").read_text()) == ""
    assert not file.exists()


@unix
def test_a_terminal_sees_how_far_it_is():
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pollerlab", "bench", "--quick", "--sockets", "1"]
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, timeout=50, check=True)
        os.close(theirs)
        shown = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
    assert "0 of 5: idle, 1 sockets" in shown
    assert shown.endswith("\r\033[K")


@pytest.mark.parametrize("name", contenders.ASYNCIO)
def test_an_interrupt_inside_a_task_leaves_no_task(name, monkeypatch, caplog):
    moments = []

    def interrupt_the_third(clock=contenders._clock):
        moments.append(clock())
        if len(moments) == 3:
            raise KeyboardInterrupt
        return moments[-1]

    monkeypatch.setattr(contenders, "_clock", interrupt_the_third)
    with pytest.raises(KeyboardInterrupt):
        bench.curve("one ready", [name], [2], turns=1)
    gc.collect()
    assert caplog.text == ""  # where asyncio tells of pending tasks and exceptions that nobody took
