"""What the breaks of claims need in the kernel.

Claims that only note that they fail, since what is broken for one of them may fail another before it; and the
names of the notebook, which are put back afterwards.
"""

from copy import copy

from pollerlab.scenery import claims

failed = []
"""The texts of those that have."""


def claim(text, measured, **bounds):
    """As `pollerlab.scenery.claim`, but the cell goes on."""
    try:
        claims.claim(text, measured, **bounds)
    except claims.ClaimFailed:
        failed.append(text)


def copied(namespace):
    """The variables of the cells.  Lists, sets and dicts are new ones with the same items: cells add."""
    return {
        name: copy(value) if type(value) in (list, set, dict) else value
        for name, value in namespace.items()
        if _of_a_cell(name)
    }


def put_back(namespace, variables):
    """Make those of *namespace* what they were when they were copied."""
    for name in [*filter(_of_a_cell, namespace)]:
        if name not in (*variables, "kept"):
            del namespace[name]
    namespace.update(copied(variables))


def _of_a_cell(name):
    """Whether it is not one of IPython's."""
    return not name.startswith("_") and name not in ("In", "Out", "get_ipython", "exit", "quit", "open")
