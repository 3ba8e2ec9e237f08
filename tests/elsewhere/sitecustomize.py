"""Take away from Python what other systems lack, in each process that has this folder on its path.

The environment variable WITHOUT names the system: macos or windows.  Python imports this module by itself.
"""

import os
import select
import sys
import time

_MACOS = {select: ["epoll"], time: ["pthread_getcpuclockid"], os: ["sched_getaffinity"]}
_WINDOWS = {select: ["poll"], os: ["fork", "killpg", "register_at_fork"]}

for _lacking in {"macos": [_MACOS], "windows": [_MACOS, _WINDOWS]}[os.environ["WITHOUT"]]:
    for _module, _names in _lacking.items():
        for _name in _names:
            if hasattr(_module, _name):
                delattr(_module, _name)
if hasattr(os, "process_cpu_count"):  # from Python 3.13 on
    os.process_cpu_count = os.cpu_count

# It needs kqueue, which macOS has and Linux has not: it is not there, and Hypothesis looks for no plugin.
sys.modules["trio"] = None
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"
