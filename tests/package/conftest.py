"""The package as others get it: its wheel and its sdist, in environments that have nothing else."""

from importlib.util import find_spec

if find_spec("build") is None or find_spec("mypy") is None:  # `make package-check` installs them
    collect_ignore_glob = ["test_*.py"]
