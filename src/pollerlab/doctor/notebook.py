"""The doctor around a few lines of a notebook, or of any program."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..arguments import checked
from .report import as_html, as_text
from .session import Session


class Diagnosis:
    """What `diagnose` has seen, once its block has ended: as text, as rich output, and as figures.

    :raises ValueError: from each of them, as long as the block has not ended.
    """

    def __init__(self) -> None:
        self._seen: dict[str, Any] | None = None

    @property
    def figures(self) -> dict[str, Any]:
        """What JSON can carry, as ``python -m pollerlab doctor --json`` writes it."""
        if self._seen is None:
            raise ValueError("The diagnosis is there once the `with` block has ended.")
        return self._seen

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was found, the worst first: ``ailment``, ``certain``, ``line``, ``evidence``, ``cure`` and so
        on."""
        return self.figures["findings"]

    def __str__(self) -> str:
        return as_text(self.figures)

    def __repr__(self) -> str:
        return as_text(self._seen) if self._seen is not None else "<a diagnosis that is not ended yet>"

    def _repr_html_(self) -> str:
        return as_html(self.figures)


@checked
@contextmanager
def diagnose(program: str = "this block") -> Iterator[Diagnosis]:
    """Look at what the process does in the block.

    All threads are looked at; sockets that were made before the block are, too, from their first use in it.
    The diagnosis is complete also when the block raises.

    :param program: what the report calls it.
    :raises RuntimeError: if this process is looked at already.
    """
    diagnosis = Diagnosis()
    session = Session(program)
    session.begin()
    if (loop := asyncio._get_running_loop()) is not None:
        session.notes.begins_inside(loop)
    try:
        yield diagnosis
    finally:
        diagnosis._seen = session.end()
