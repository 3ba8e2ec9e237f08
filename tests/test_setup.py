"""The files from which the course is installed agree with each other."""

import importlib.metadata
import os
import re
import runpy
import subprocess
import sys

import pytest
import yaml
from kernels import ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL = PROJECT["optional-dependencies"]
CHECK_PYTHON = str(ROOT / "tools" / "check_python.py")


def conda_requirements():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    return [
        Requirement(re.sub(r"^(\w+)=([\d.]+)$", r"\1==\2.*", line)) for line in environment["dependencies"]
    ]


def test_the_two_environments_are_the_same():
    assert (ROOT / "environment.yml").read_bytes() == (ROOT / "binder" / "environment.yml").read_bytes()


def test_the_environment_agrees_with_the_project():
    listed = [Requirement(line) for line in PROJECT["dependencies"] + OPTIONAL["lab"] + OPTIONAL["test"]]
    wanted = {r.name: r.specifier for r in listed if r.name != PROJECT["name"]}
    conda = {r.name: r.specifier for r in conda_requirements()}
    python = conda.pop("python")
    assert conda.pop("pip") == SpecifierSet("")
    assert conda == wanted
    (version,) = python
    assert SpecifierSet(PROJECT["requires-python"]).contains(version.version.removesuffix(".*"))


def test_the_packages_that_were_asked_for_are_in_the_environment():
    assert {"pyzmq", "jupyterlab", "matplotlib", "nbval", "ipywidgets"} <= {
        r.name for r in conda_requirements()
    }


def test_what_is_installed_is_within_the_limits():
    found = {r.name: importlib.metadata.version(r.name) for r in conda_requirements() if r.name != "python"}
    outside = [r for r in conda_requirements() if r.name in found and found[r.name] not in r.specifier]
    assert not outside, found


@pytest.mark.parametrize("version", ["7.0.0", "7.0.1", "7.1.0", "7.2.0", "7.3.0", "7.3.5"])
def test_a_kernel_that_loses_wake_ups_is_kept_out(version):
    (kernel,) = (r for r in conda_requirements() if r.name == "ipykernel")
    assert version not in kernel.specifier
    assert {"6.29.0", "6.31.0", "7.4.0", "8.0.0"} <= {
        *kernel.specifier.filter(["6.29.0", "6.31.0", "7.4.0", "8.0.0"])
    }


NEWER_THAN_OURS = [
    "try:\n    pass\nexcept* ValueError:\n    pass\n",  # 3.11
    "names = ['a']\nfirst = f'{names['a']}'\n",  # 3.12
    "type Name = str\n",  # 3.12
]


@pytest.mark.parametrize("code", NEWER_THAN_OURS)
def test_syntax_that_the_oldest_python_does_not_have_is_refused(code):
    lint = [sys.executable, "-m", "ruff", "check", "--stdin-filename", str(ROOT / "src" / "new.py"), "-"]
    done = subprocess.run(lint, input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Python 3.10" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
@pytest.mark.parametrize("script", ["binder/postBuild", ".ci/run"])
def test_scripts_can_be_run(script):
    assert os.access(ROOT / script, os.X_OK)


def test_the_citation_agrees_with_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()  # what the format requires
    assert citation["title"] == (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix(
        "# "
    )
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert f"## {citation['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_book_needs_nothing_of_the_lab_and_they_nothing_of_it():
    extras = {name: {Requirement(line).name for line in lines} for name, lines in OPTIONAL.items()}
    others = set().union(*(names for name, names in extras.items() if name != "book"))
    assert {"sphinx", "myst-nb"} <= extras["book"]
    assert not extras["book"] & others


def test_binder_installs_the_package():
    assert "pip install --no-deps" in (ROOT / "binder" / "postBuild").read_text()


def test_a_good_python_passes_in_silence(capsys):
    runpy.run_path(CHECK_PYTHON)
    assert capsys.readouterr().out == ""


def test_an_old_python_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(
        SystemExit, match=r"needs Python 3\.10 or later, and .* is Python 3\.9: .*make lab PYTHON="
    ):
        runpy.run_path(CHECK_PYTHON)


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_named_with_the_remedy(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit, match=r"lacks the venv module: install it .*python3-venv"):
        runpy.run_path(CHECK_PYTHON)
