"""Binder without Binder: what repo2docker makes of the tree, and a rehearsal on one core of this machine."""

from importlib.util import find_spec

if find_spec("repo2docker") is None:  # `make binder-check` installs it, `make test` does not
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter):
    """Print what the rehearsal has measured."""
    figures = [
        figure for report in terminalreporter.getreports("passed") for figure in report.user_properties
    ]
    if figures:
        terminalreporter.section("measured")
    for name, figure in figures:
        terminalreporter.write_line(f"{name}: {figure}")
