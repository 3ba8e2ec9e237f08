"""What ``import pollerlab`` brings along."""

import re
import subprocess
import sys

import pytest

NOT_THESE = {"matplotlib", "numpy", "PIL", "IPython", "ipywidgets", "psutil", "hypothesis", "asyncio"}


def imported_by(code):
    """The top-level packages that Python imports to run *code*, by its own account."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", run.stderr, re.M)}


def test_the_package_brings_nothing_that_is_slow_to_import():
    found = imported_by("import pollerlab")
    assert {"pollerlab", "zmq"} <= found
    assert found & NOT_THESE == set()


@pytest.mark.parametrize("name", ["matplotlib", "IPython", "ipywidgets", "psutil"])
def test_what_is_imported_is_noticed(name):
    assert name in imported_by(f"import pollerlab, {name}")
