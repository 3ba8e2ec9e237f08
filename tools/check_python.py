"""Say in one sentence what is wrong with the Python that runs this, if anything.

The Makefile runs it before it makes the virtual environment.  It must itself run on the oldest Python
that a reader may have, so it keeps to what Python 2 understands as well.
"""

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "This course needs Python 3.10 or later, and %s is Python %d.%d: name a newer one, "
        "as in `make lab PYTHON=python3.12`." % (sys.executable, sys.version_info[0], sys.version_info[1])
    )
try:
    import ensurepip  # noqa: F401  (Debian's python3 has venv without it, and then venv fails)
    import venv  # noqa: F401
except ImportError:
    sys.exit(
        "%s lacks the venv module: install it (on Debian and Ubuntu with `sudo apt install python3-venv`), "
        "or name another Python, as in `make lab PYTHON=python3.12`." % sys.executable
    )
