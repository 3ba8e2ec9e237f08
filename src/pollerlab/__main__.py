"""``python -m pollerlab``: see `pollerlab.terminal`."""

import sys

from .terminal import main

if __name__ == "__main__":
    sys.exit(main())
