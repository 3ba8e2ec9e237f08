"""The doctor: any program that uses pyzmq is told how it waits, which line is to blame, and what cures it.

From a terminal, ``python -m pollerlab doctor my_program.py``; in a notebook::

    from pollerlab.doctor import diagnose

    with diagnose() as d:
        ...  # the loop
    d

Others take from here what ``__all__`` names.  Imports `pollerlab.pollers`, `pollerlab.process` and
`pollerlab.scenery`.

Data flows one way: `hooks` and `bells` see what the program does, `notes` has it in numbers, `ailments`
judges, and `report` says it.  `session` begins and ends that in a process, and `program` runs a program
under it.
"""

from .ailments import AILMENTS
from .attached import attach
from .notebook import Diagnosis, diagnose
from .program import CannotRun, Options, follow, run

__all__ = ["AILMENTS", "CannotRun", "Diagnosis", "Options", "attach", "diagnose", "follow", "run"]
