"""Print the path of a Python of some version that runs.

Usage: python tools/find_python.py 3.13    (the exit status is 1 if there is none)

It looks on the path, and among those of pyenv, whose commands on the path run only what was chosen.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def candidates(version):
    """Where it may be."""
    yield shutil.which(f"python{version}")
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(root.glob(f"versions/{version}*/bin/python{version}"))


def runs(path):
    """Whether it does more than say that it was not chosen."""
    return path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    found = next(filter(runs, candidates(sys.argv[1])), None)
    if not found:
        sys.exit(1)
    print(found)
