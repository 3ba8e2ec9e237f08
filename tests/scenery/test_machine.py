import os
import re
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels import ROOT
from until import until

from pollerlab.scenery.machine import cores, preflight, quota

pytestmark = pytest.mark.usefixtures("nothing_left")

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux restricts and lends these")

CGROUP = "proc/self/cgroup"
MOUNTINFO = "proc/self/mountinfo"
ROOT_DISK = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"


def v2_mount(top="/", place="/sys/fs/cgroup"):
    options = "rw,nosuid,nodev,noexec,relatime shared:4"
    return f"{ROOT_DISK}30 23 0:26 {top} {place} {options} - cgroup2 cgroup2 rw,nsdelegate\n"


def v1_mounts(top="/"):
    """As of a systemd machine: some controllers share a mount, and links lead to it by their single names."""
    return (
        f"{ROOT_DISK}31 23 0:27 / /sys/fs/cgroup ro shared:9 - tmpfs tmpfs ro,mode=755\n"
        f"32 31 0:28 {top} /sys/fs/cgroup/cpuset rw,relatime shared:10 - cgroup cgroup rw,cpuset\n"
        f"33 31 0:29 {top} /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:11 - cgroup cgroup rw,cpu,cpuacct\n"
    )


def build(root, files):
    """Write *files*, a dict of paths and contents, below *root*."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode(errors="surrogateescape"))
    return root


def v1_limit(folder, runtime, period="100000"):
    return {f"{folder}/cpu.cfs_quota_us": f"{runtime}\n", f"{folder}/cpu.cfs_period_us": f"{period}\n"}


def v2_machine(root, group="/", mounts=None, **limits):
    """A machine where ``limits`` has the contents of cpu.max; each name is a path with __ for a slash."""
    folders = {name.replace("__", "/"): content for name, content in limits.items()}
    return build(
        root,
        {CGROUP: f"0::{group}\n", MOUNTINFO: mounts or v2_mount()}
        | {f"sys/fs/cgroup/{folder}/cpu.max": f"{content}\n" for folder, content in folders.items()},
    )


# -- version 2 --------------------------------------------------------------------------------------


def test_v2(tmp_path):
    assert quota(v2_machine(tmp_path, "/a/b", a__b="150000 100000")) == 1.5


def test_v2_with_another_period(tmp_path):
    assert quota(v2_machine(tmp_path, "/a", a="5000 20000")) == 0.25


def test_v2_max_is_no_limit(tmp_path):
    assert quota(v2_machine(tmp_path, "/a/b", a__b="max 100000", a="max 100000")) is None


@pytest.mark.parametrize(
    ("inner", "outer"), [("max 100000", "50000 100000"), ("200000 100000", "50000 100000")]
)
def test_a_tighter_limit_above_counts(tmp_path, inner, outer):
    machine = v2_machine(tmp_path, "/a/b/c", a__b__c=inner, a__b="300000 100000", a=outer)
    assert quota(machine) == 0.5


def test_a_looser_limit_above_does_not_count(tmp_path):
    assert quota(v2_machine(tmp_path, "/a/b", a__b="50000 100000", a="200000 100000")) == 0.5


def test_a_group_without_the_controller_is_limited_from_above(tmp_path):
    assert quota(v2_machine(tmp_path, "/a/b/c", a="50000 100000")) == 0.5


def test_limits_of_other_groups_do_not_count(tmp_path):
    machine = v2_machine(tmp_path, "/a", a__b="10000 100000", c="10000 100000", a="max 100000")
    assert quota(machine) is None


# -- version 1, and both ----------------------------------------------------------------------------


def v1_machine(root, group, limits, top="/", unified=""):
    groups = f"12:cpuset:/elsewhere\n4:cpu,cpuacct:{group}\n1:name=systemd:/user.slice\n{unified}"
    return build(root, {CGROUP: groups, MOUNTINFO: v1_mounts(top)} | limits)


def test_v1(tmp_path):
    limits = v1_limit("sys/fs/cgroup/cpu,cpuacct/a", 75000, 50000)
    assert quota(v1_machine(tmp_path, "/a", limits)) == 1.5


def test_v1_minus_one_is_no_limit(tmp_path):
    limits = v1_limit("sys/fs/cgroup/cpu,cpuacct/a", -1) | v1_limit("sys/fs/cgroup/cpu,cpuacct", -1)
    assert quota(v1_machine(tmp_path, "/a", limits)) is None


def test_v1_limit_above(tmp_path):
    limits = v1_limit("sys/fs/cgroup/cpu,cpuacct/a/b", -1) | v1_limit("sys/fs/cgroup/cpu,cpuacct/a", 50000)
    assert quota(v1_machine(tmp_path, "/a/b", limits)) == 0.5


def test_v1_needs_both_files(tmp_path):
    limits = v1_limit("sys/fs/cgroup/cpu,cpuacct/a", 50000)
    del limits["sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us"]
    assert quota(v1_machine(tmp_path, "/a", limits)) is None


def test_v1_mounts_of_other_controllers_do_not_count(tmp_path):
    limits = v1_limit("sys/fs/cgroup/cpuset/a", 50000)
    assert quota(v1_machine(tmp_path, "/a", limits)) is None


def test_hybrid_with_the_cpu_in_version_1(tmp_path):
    machine = v1_machine(
        tmp_path, "/a", v1_limit("sys/fs/cgroup/cpu,cpuacct/a", 50000), unified="0::/user.slice\n"
    )
    mounts = v1_mounts() + v2_mount(place="/sys/fs/cgroup/unified")
    build(machine, {MOUNTINFO: mounts, "sys/fs/cgroup/unified/user.slice/cgroup.procs": "1\n"})
    assert quota(machine) == 0.5


def test_hybrid_with_the_cpu_in_version_2(tmp_path):
    groups = "4:cpuset:/elsewhere\n0::/user.slice\n"
    mounts = v1_mounts().replace("rw,cpu,", "rw,") + v2_mount(place="/sys/fs/cgroup/unified")
    limit = {"sys/fs/cgroup/unified/user.slice/cpu.max": "50000 100000\n"}
    assert quota(build(tmp_path, {CGROUP: groups, MOUNTINFO: mounts} | limit)) == 0.5


# -- containers -------------------------------------------------------------------------------------


def test_a_container_with_a_namespace(tmp_path):
    machine = v2_machine(tmp_path, "/")
    build(machine, {"sys/fs/cgroup/cpu.max": "50000 100000\n"})
    assert quota(machine) == 0.5


def test_a_v1_container_without_a_namespace(tmp_path):
    limits = v1_limit("sys/fs/cgroup/cpu,cpuacct", 50000)
    assert quota(v1_machine(tmp_path, "/docker/4f5e", limits, top="/docker/4f5e")) == 0.5


def test_a_group_inside_a_container_without_a_namespace(tmp_path):
    mounts = v2_mount(top="/docker/4f5e")
    machine = v2_machine(tmp_path, "/docker/4f5e/in/side", mounts, **{"in": "50000 100000"})
    assert quota(machine) == 0.5


@pytest.mark.parametrize("group", ["/docker/4f5eb", "/docker", "/other", "/../docker/4f5e"])
def test_a_mount_of_another_group_does_not_count(tmp_path, group):
    machine = v2_machine(tmp_path, group, v2_mount(top="/docker/4f5e"))
    build(machine, {"sys/fs/cgroup/cpu.max": "50000 100000\n"})
    assert quota(machine) is None


def test_a_mount_from_outside_the_namespace_shows_a_group_above(tmp_path):
    machine = v2_machine(tmp_path, "/a", v2_mount(top="/../.."), a="10000 100000")  # another group a
    build(machine, {"sys/fs/cgroup/cpu.max": "50000 100000\n"})
    assert quota(machine) == 0.5


def test_a_group_beside_the_namespace(tmp_path):
    machine = v2_machine(tmp_path, "/../beside", v2_mount(top="/.."), beside="50000 100000")
    assert quota(machine) == 0.5


def test_a_group_outside_the_mount(tmp_path):
    machine = v2_machine(tmp_path, "/../beside")
    build(machine, {"sys/fs/cgroup/cpu.max": "50000 100000\n", "sys/fs/beside/cpu.max": "50000 100000\n"})
    assert quota(machine) is None


def test_odd_names(tmp_path):
    # /proc/self/cgroup has names as they are, mountinfo escapes a space and a backslash.
    mounts = v2_mount(top=r"/a\040b\134x2d:c", place=r"/sys\040fs")
    files = {
        CGROUP: "0::/a b\\x2d:c/é\u2028\n",
        MOUNTINFO: mounts,
        "sys fs/é\u2028/cpu.max": "50000 100000\n",
    }
    assert quota(build(tmp_path, files)) == 0.5


# -- whatever is there ------------------------------------------------------------------------------


def test_nothing_there(tmp_path):
    assert quota(tmp_path) is None
    assert quota(tmp_path / "missing") is None


@pytest.mark.parametrize("missing", [CGROUP, MOUNTINFO, "sys/fs/cgroup/a/cpu.max"])
def test_a_missing_file(tmp_path, missing):
    machine = v2_machine(tmp_path, "/a", a="50000 100000")
    (machine / missing).unlink()
    assert quota(machine) is None


@pytest.mark.parametrize(
    "content",
    ["", "50000", "50000 100000 1", "half 100000", "50000 0", "0 100000", "-1 100000", f"{10**400} 1", "\0"],
)
def test_a_malformed_limit_hides_no_other(tmp_path, content):
    assert quota(v2_machine(tmp_path, "/a/b", a__b=content, a="200000 100000")) == 2


@pytest.mark.parametrize("path", [CGROUP, MOUNTINFO])
def test_malformed_lines_hide_no_others(tmp_path, path):
    machine = v2_machine(tmp_path, "/a", a="50000 100000")
    content = (machine / path).read_text()
    build(machine, {path: f"\n \n:\n0:\n - \n - cgroup2\n1 2 3 4 5 - cgroup2\n{content}\n\n-"})
    assert quota(machine) == 0.5


@pytest.mark.parametrize("place", ["/mnt/\udcff", r"/mnt/\000", "/mnt/\0", "/" + "long" * 9999])
def test_a_mount_with_an_impossible_name_hides_no_others(tmp_path, place):
    machine = v2_machine(tmp_path, "/a", v2_mount(place=place) + v2_mount(), a="50000 100000")
    assert quota(machine) == 0.5


def test_a_folder_in_place_of_a_file(tmp_path):
    machine = v2_machine(tmp_path, "/a/b", a="200000 100000")
    (machine / "sys/fs/cgroup/a/b/cpu.max").mkdir(parents=True)
    assert quota(machine) == 2


@pytest.fixture
def unprivileged(tmp_path, monkeypatch):
    """Be somebody who may read *tmp_path*, as the current folder, and nobody's private files."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has other permissions")
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # root's folders above it are closed to others
    user = os.geteuid()
    if user == 0:
        try:
            os.seteuid(65534)
        except OSError as error:
            pytest.skip(f"root cannot become another user here: {error}")
    yield
    os.seteuid(user)


@pytest.mark.parametrize(
    ("closed", "expected"), [(CGROUP, None), (MOUNTINFO, None), ("sys/fs/cgroup/a/b/cpu.max", 2)]
)
def test_permission_denied(tmp_path, request, closed, expected):
    v2_machine(tmp_path, "/a/b", a__b="50000 100000", a="200000 100000")
    (tmp_path / closed).chmod(0)
    request.getfixturevalue("unprivileged")
    with pytest.raises(PermissionError):
        Path(closed).read_bytes()
    assert quota(".") == expected


PIECES = [
    *(
        " ",
        "\n",
        ":",
        "/",
        "..",
        "a",
        "0::",
        "4:cpu:/a\n",
        r"\040",
        r"\777",
        "\\",
        "\0",
        "\udcff",
        "é",
        "max",
    ),
    *("-1", "0", "50000", "9" * 400, "9" * 5000, "1_0", "1e9", "inf", "nan", "cgroup", "rw,cpu"),
    *(" - ", v2_mount(), v2_mount("/.."), "1 2 3 /a /sys - cgroup none rw,cpu\n", "0::/a\n", "0::/../a\n"),
]
garbage = st.binary() | st.lists(st.sampled_from(PIECES)).map(
    lambda pieces: "".join(pieces).encode(errors="surrogateescape")
)


@settings(deadline=None)  # disks can be slow
@given(
    st.just(b"4:cpu:/a\n0::/a\n") | garbage,
    st.just(f"{v1_mounts()}{v2_mount()}".encode()) | garbage,
    st.lists(garbage, min_size=4, max_size=4),
)
def test_no_content_raises(groups, mounts, limits):
    folders = ("sys/fs/cgroup", "sys/fs/cgroup/a", "sys/fs/cgroup/cpu,cpuacct/a")
    names = [f"{folders[0]}/cpu.max", f"{folders[1]}/cpu.max", *v1_limit(folders[2], "")]
    with tempfile.TemporaryDirectory() as root:
        for name, content in zip([CGROUP, MOUNTINFO, *names], [groups, mounts, *limits], strict=True):
            path = Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        found = quota(root)
    assert found is None or 0 < found < float("inf")


# -- cores ------------------------------------------------------------------------------------------


@pytest.fixture
def one_core():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    yield
    os.sched_setaffinity(0, allowed)


@linux
def test_cores_are_those_the_process_may_use():
    assert cores() == len(psutil.Process().cpu_affinity())


@linux
@pytest.mark.usefixtures("one_core")
def test_a_process_may_be_restricted_to_one_core():
    assert cores() == 1


def test_elsewhere_cores_are_all_of_the_machine(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores() == os.cpu_count()


# -- what is printed --------------------------------------------------------------------------------

HIDDEN = re.search(r"^regex: (.+)$", (ROOT / "tests/notebooks/nbval_sanitize.cfg").read_text(), re.M)[1]
COMMON = [
    "Your program may use ~N of this machine's processor cores.",
    "In each second it may use up to ~N seconds of CPU time, all its threads together.",
    "It runs on Python ~N with pyzmq ~N and ZeroMQ (libzmq) ~N.",
]
CAN_READ = (
    "One thread can read another's CPU clock here, so the CPU curve in your plots has 50 points a second."
)
CANNOT_READ = (
    "One thread cannot read another's CPU clock here: totals of CPU time are exact all the same,"
    " but the CPU curve in your plots has a point only where the loop marks something."
)
HELD_BACK = (
    "That CPU limit is less than one core: you will see a busy loop use less than 100 %, and now and"
    " then a longer wait, when the system holds your program back. The comparisons hold all the same."
)


def hidden(text):
    return re.sub(HIDDEN, "~N", text).splitlines()


@linux
def test_the_text_on_this_machine(capsys):
    preflight()
    assert hidden(capsys.readouterr().out)[:4] == [*COMMON, CAN_READ]


@linux
@pytest.mark.parametrize(
    ("limit", "fifth"),
    [("max 100000", []), ("100000 100000", []), ("99000 100000", [HELD_BACK]), ("1000 100000", [HELD_BACK])],
)
def test_the_text_by_limit(tmp_path, capsys, limit, fifth):
    preflight(v2_machine(tmp_path, "/a", a=limit))
    assert hidden(capsys.readouterr().out) == [*COMMON, CAN_READ, *fifth]


@linux
@pytest.mark.parametrize("version", [(6, 31, 0), (7, 0, 0), (7, 3, 9), (7, 4, 0), None])
def test_a_kernel_that_loses_wake_ups(tmp_path, capsys, monkeypatch, version):
    if version is None:
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    else:
        monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace(version_info=version))
    preflight(tmp_path)
    said = hidden(capsys.readouterr().out)
    assert said[:4] == [*COMMON, CAN_READ]
    if version and version[0] == 7 and version[1] < 4:
        (sentence,) = said[4:]
        assert sentence.startswith(
            "This notebook's kernel is ipykernel ~N. Its versions 7.0 to 7.3 lose a wake-up"
        )
        assert sentence.endswith("python -m pip install --upgrade ipykernel")
    else:
        assert said[4:] == []


def seconds(text):
    return float(re.search(r"up to ~([\d.]+) seconds", text)[1])


def test_cores_and_limit_are_taken_together(tmp_path, capsys):
    preflight(tmp_path)
    assert seconds(capsys.readouterr().out) == cores()
    preflight(v2_machine(tmp_path, "/a", a="25000 100000"))
    assert seconds(capsys.readouterr().out) == 0.25
    preflight(v2_machine(tmp_path, "/a", a="900000000 100000"))
    assert seconds(capsys.readouterr().out) == cores()


def test_the_numbers(tmp_path, capsys):
    preflight(tmp_path)
    text = capsys.readouterr().out
    assert f"use ~{cores()} of" in text
    assert f"Python ~{'.'.join(sys.version.split('.')[:2])} " in text
    assert f"pyzmq ~{'.'.join(zmq.pyzmq_version().split('.')[:2])} " in text
    assert f"(libzmq) ~{'.'.join(zmq.zmq_version().split('.')[:2])}.\n" in text


def test_a_system_that_lends_no_clocks(tmp_path, capsys, monkeypatch):
    monkeypatch.delattr(time, "pthread_getcpuclockid", raising=False)
    preflight(tmp_path)
    assert hidden(capsys.readouterr().out) == [*COMMON, CANNOT_READ]


@linux
def test_a_clock_that_is_read_slowly(tmp_path, capsys, monkeypatch):
    read = time.clock_gettime

    def slowly(clock):
        time.sleep(0.1)
        return read(clock)

    monkeypatch.setattr(time, "clock_gettime", slowly)
    preflight(tmp_path)
    assert hidden(capsys.readouterr().out) == [*COMMON, CAN_READ]


def is_read(clock):
    try:
        time.clock_gettime(clock)
    except OSError:
        return False
    return True


@linux
def test_a_clock_that_cannot_be_read(tmp_path, capsys, monkeypatch):
    clocks = []
    ended = threading.Thread(target=lambda: clocks.append(time.pthread_getcpuclockid(threading.get_ident())))
    ended.start()
    ended.join()
    until(lambda: not is_read(clocks[0]))  # join() is over a little before the thread is
    monkeypatch.setattr(time, "pthread_getcpuclockid", lambda ident: clocks[0])
    preflight(tmp_path)
    assert hidden(capsys.readouterr().out) == [*COMMON, CANNOT_READ]
