"""What public CI will do, as far as its files tell."""

import re

import check_jsonschema
import pytest
import yaml
from click.testing import CliRunner
from kernels import ROOT
from test_setup import PROJECT, conda_requirements

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TESTS = ROOT / ".github" / "workflows" / "tests.yml"
BOOK = ROOT / ".github" / "workflows" / "book.yml"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.M)[1].split())


def jobs(path=TESTS):
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def actions(path):
    """The actions that its jobs use, as ``name@version``."""
    return {step["uses"] for job in jobs(path).values() for step in job["steps"] if "uses" in step}


def is_valid(path):
    """Whether GitHub's schema of workflows allows it; and what is said if not."""
    done = CliRunner().invoke(
        check_jsonschema.main, ["--builtin-schema", "vendor.github-workflows", str(path)]
    )
    assert "Schema validation errors" in done.output or not done.exit_code, done.output
    return done.exit_code == 0, done.output


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_the_syntax_is_githubs(path):
    valid, why = is_valid(path)
    assert valid, why


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("runs-on:", "runs_on:"),
        ("pull_request:", "pull-request:"),
        ("timeout-minutes: 90", "timeout-minutes: long"),
        ("- run: make browser", "- runs: make browser"),
        ("steps:", "step:"),
        ("contents: read", "contents: maybe"),
    ],
)
def test_wrong_syntax_is_noticed(tmp_path, right, wrong):
    text = TESTS.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "tests.yml").write_text(text.replace(right, wrong))
    valid, _ = is_valid(tmp_path / "tests.yml")
    assert not valid


def test_it_runs_on_every_push_and_pull_request_and_weekly():
    when = yaml.safe_load(TESTS.read_text(encoding="utf-8"))[True]  # to YAML, `on` is a truth value
    assert {"push", "pull_request", "schedule"} <= when.keys()
    (weekly,) = when["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", weekly["cron"])


def test_what_a_job_does_is_a_target_of_the_makefile():
    for name, job in jobs().items():
        make, *words = job["steps"][-1]["run"].split()
        targets = [word for word in words if "=" not in word]
        assert make == "make", name
        assert targets, name
        assert TARGETS.issuperset(targets), name


def test_the_tests_run_on_every_system_with_the_oldest_and_the_newest_python():
    matrix = jobs()["test"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    oldest, binders, newest = matrix["python"]
    assert [f">={oldest}", binders, newest] == [PROJECT["requires-python"], "3.13", "3.x"]


def version_in(job):
    return next(step["with"]["python-version"] for step in job["steps"] if "python" in step.get("uses", ""))


def test_binder_is_rehearsed_with_binders_python_and_the_oldest_with_the_oldest():
    (binders,) = [str(r.specifier) for r in conda_requirements() if r.name == "python"]
    assert f"=={version_in(jobs()['binder'])}.*" == binders
    assert f">={version_in(jobs()['oldest'])}" == PROJECT["requires-python"]


def test_the_book_is_built_and_read_on_every_push_and_pull_request():
    assert {"push", "pull_request"} <= yaml.safe_load(BOOK.read_text(encoding="utf-8"))[True].keys()
    (make,) = [step["run"].split() for step in jobs(BOOK)["book"]["steps"] if "run" in step]
    assert make == ["make", "book", "book-check"]
    assert TARGETS.issuperset(make[1:])


def test_what_is_published_is_what_was_read_and_comes_from_main():
    book, publish = (jobs(BOOK)[name] for name in ("book", "publish"))
    assert book["steps"][-1]["with"]["path"] == "build/book"
    assert "if" not in book["steps"][-1]
    assert publish["needs"] == "book"
    assert "github.ref == 'refs/heads/main'" in publish["if"]
    assert "github.event_name != 'pull_request'" in publish["if"]


def test_only_what_publishes_may_write():
    workflow = yaml.safe_load(BOOK.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["book"]
    assert workflow["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_each_action_has_one_version():
    used = set().union(*map(actions, WORKFLOWS))
    assert len({action.split("@")[0] for action in used}) == len(used)
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used)
