"""What the breaks of claims need in the kernel.

Claims that only note that they fail, since what is broken for one of them may fail another before it; and the
names of the notebook, which are put back afterwards.
"""

from copy import copy

from pollerlab.scenery import claims

failed = []
"""The texts of those that have."""
_kept = {}


def claim(text, measured, **bounds):
    """As `pollerlab.scenery.claim`, but the cell goes on."""
    try:
        claims.claim(text, measured, **bounds)
    except claims.ClaimFailed:
        failed.append(text)


def keep(namespace):
    """Keep the variables of the cells.  Of lists, sets and dicts, the items: cells add some."""
    _kept.clear()
    _kept.update({name: _copied(namespace[name]) for name in filter(_of_a_cell, namespace)})


def put_back(namespace):
    """Make them what they were."""
    for name in [*filter(_of_a_cell, namespace)]:
        if name not in _kept:
            del namespace[name]
    namespace.update({name: _copied(value) for name, value in _kept.items()})


def _copied(value):
    return copy(value) if type(value) in (list, set, dict) else value


def _of_a_cell(name):
    """Whether it is not one of IPython's."""
    return not name.startswith("_") and name not in ("In", "Out", "get_ipython", "exit", "quit", "open")
