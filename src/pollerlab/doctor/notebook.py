"""The doctor around a few lines of a notebook, or of any program."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..arguments import checked
from .report import as_html, as_text, lanes_of
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

    @property
    def lanes(self) -> tuple[float, dict[tuple[str, str], list[float]], list[str], list[str]]:
        """What happened when, if `diagnose` was asked for it; `pollerlab.live.watch` draws it.

        The width of a bin in seconds; the bins; the names of the sockets, and of the threads, the sick first.
        A bin says how many messages of a socket were ``"received"`` in it, for how many seconds one was there
        and ``"unread"``, how many a thread ``"waited"``, and how many of ``"cpu"`` it used: the bins are by
        these words and the name.

        :raises ValueError: also if it was not asked for.
        """
        return lanes_of(self.figures)

    def __str__(self) -> str:
        return as_text(self.figures)

    def __repr__(self) -> str:
        return as_text(self._seen) if self._seen is not None else "<a diagnosis that is not ended yet>"

    def _repr_html_(self) -> str:
        return as_html(self.figures)


@checked
@contextmanager
def diagnose(program: str = "this block", *, lanes: bool = False) -> Iterator[Diagnosis]:
    """Look at what the process does in the block.

    All threads are looked at; sockets that were made before the block are, too, from their first use in it.
    The diagnosis is complete also when the block raises.

    :param program: what the report calls it.
    :param lanes: whether to note what happens when, for `pollerlab.live.watch`.
    :raises RuntimeError: if this process is looked at already.
    """
    diagnosis = Diagnosis()
    session = Session(program, lanes=lanes)
    session.begin()
    if (loop := asyncio._get_running_loop()) is not None:
        session.notes.begins_inside(loop)
    try:
        yield diagnosis
    finally:
        diagnosis._seen = session.end()
