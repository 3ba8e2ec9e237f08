"""A plugin of pytest: the tests that need Linux leave themselves out, as they do on other systems."""

import sys
import sysconfig

import psutil  # noqa: F401  (which would refuse to be imported after this)

sysconfig.get_config_vars()  # kept, and not to be had after this on Python 3.13
sys.platform = f"not {sys.platform}"
