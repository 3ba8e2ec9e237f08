"""A diagnosis as JSON carries it, and in words: for a terminal, and for a notebook.

Everything is made from one dict, so that what another process has written can be shown as well.
"""

import html
import os
import sys
import textwrap
import time
from typing import Any

import zmq

from .ailments import AILMENTS, duration, examine, some
from .notes import Notes

__all__ = []  # it is for this wing

_WIDTH = 110
_WAITS = ("poll", "recv", "send", "select", "sleep", "term")


def diagnosis(notes: Notes, program: str) -> dict[str, Any]:
    """What was seen until now; to be called in any thread.

    :returns: ``program``, ``seconds``, ``findings`` (the worst first: ``ailment``, ``certain``, ``file``,
        ``line``, ``function``, ``text``, ``socket``, ``evidence``, ``cure``, ``loop``, ``lesson``),
        ``threads``, ``sockets``, ``received``, ``sent``, ``remarks``, the versions of Python and pyzmq, and,
        if it was asked for, ``lanes``.
    """
    for thread in list(notes.threads.values()):
        thread.read_from_elsewhere()
    threads = [_thread(thread, notes) for thread in notes.all_threads() if thread.lines]
    sockets = {note.number: note for note in list(notes.sockets.values())}
    seen = {
        "program": program,
        "pid": os.getpid(),
        "seconds": time.perf_counter() - notes.begin,
        "python": ".".join(map(str, sys.version_info[:3])),
        "pyzmq": zmq.__version__,
        "findings": [finding.as_json() for finding in examine(notes)],
        "threads": threads,
        "sockets": [note.title for _, note in sorted(sockets.items())][:100],
        "received": messages(notes, "recv"),
        "sent": messages(notes, "send"),
        "remarks": _remarks(notes),
    }
    if notes.lanes is not None:
        seen["lanes"] = _lanes(notes)
    return seen


def messages(notes: Notes, what: str) -> int:
    """How many have come ("recv"), or gone ("send")."""
    return sum(
        line.messages
        for thread in notes.all_threads()
        for line in list(thread.lines.values())
        if line.what == what
    )


def _thread(thread, notes: Notes) -> dict[str, Any]:
    waits = [line for line in list(thread.lines.values()) if line.what in _WAITS]
    busiest = max(waits, key=lambda line: line.calls, default=None)
    watched = max(time.perf_counter() - thread.begin, 1e-6)
    return {
        "name": thread.name,
        "seconds": watched,
        "cpu": thread.cpu,
        "wanted": (thread.cpu + thread.without_core) / watched,
        "waits_at": busiest and busiest.as_json(),
    }


def lanes_of(seen: dict[str, Any]) -> tuple[float, dict[tuple[str, str], list[float]], list[str], list[str]]:
    """What a diagnosis has as ``lanes``: bins, and whose they are.

    :returns: the width of a bin in seconds; the bins, by what and whose; the names of the sockets, sick ones
        first; and of the threads that did something, sick ones first, and those that did most.
    :raises ValueError: if it has none.
    """
    if "lanes" not in seen:
        raise ValueError("This diagnosis has no lanes: they are noted only if they are asked for.")
    bins = {(row["what"], row["whose"]): row["bins"] for row in seen["lanes"]["rows"]}
    sockets = [finding["socket"] for finding in seen["findings"]]
    sockets += [whose for what, whose in bins if what in ("received", "unread")]
    did = {
        whose: sum(bins["cpu", whose]) + sum(bins.get(("waited", whose), []))
        for what, whose in bins
        if what == "cpu"
    }
    sick = {finding["thread"] for finding in seen["findings"]}
    threads = [thread for thread in did if thread in sick or did[thread] > 0.01 * seen["seconds"]]
    threads.sort(key=lambda thread: (thread not in sick, -did[thread]))
    return seen["lanes"]["width"], bins, [name for name in dict.fromkeys(sockets) if name], threads


def _lanes(notes: Notes) -> dict[str, Any]:
    lanes = notes.lanes
    assert lanes is not None
    rows = [
        {
            "what": what,
            "whose": getattr(whose, "title", None) or getattr(whose, "name", ""),
            "bins": list(row),
        }
        for (what, whose), row in list(lanes.rows.items())
    ]
    return {"width": lanes.width, "rows": rows}


def _remarks(notes: Notes) -> list[str]:
    """What could not be seen here."""
    remarks = list(notes.stumbled)
    if "gevent" in sys.modules:
        remarks.append(
            "gevent is at work: receives and polls are seen, its own waits on descriptors are not, so a "
            "lost wake-up "
            "would go unnoticed."
        )
    if any(name in sys.modules for name in ("PyQt5", "PyQt6", "PySide2", "PySide6")):
        remarks.append(
            "Qt is at work: receives and polls are seen, its event loop's waits on descriptors are not, so "
            "a lost "
            "wake-up would go unnoticed."
        )
    if not hasattr(os, "eventfd") and sys.platform != "linux":
        remarks.append("Lost wake-ups are looked for on Linux only.")
    return remarks


# -- in words ----------------------------------------------------------------------------------------


def _plural(number: int, what: str) -> str:
    return f"{some(number)} {what}" + ("" if number == 1 else "s")


def heading(seen: dict[str, Any]) -> str:
    """Who was looked at, and for how long."""
    return (
        f"{seen['program']} for {duration(seen['seconds'])}; {_plural(len(seen['threads']), 'thread')}, "
        f"{_plural(len(seen['sockets']), 'socket')}, {_plural(seen['received'], 'message')} received, "
        f"{some(seen['sent'])} sent"
    )


def place(finding: dict[str, Any]) -> str:
    """``worker.py:41 in next_task``."""
    if not finding["file"]:
        return "an unknown line"
    name = os.path.basename(finding["file"])
    function = finding["function"]
    return f"{name}:{finding['line']}" + (f" in {function}" if function and function != "<module>" else "")


def well(seen: dict[str, Any]) -> str:
    """Of a healthy program: what it waits in, and what that costs."""
    parts = []
    for thread in seen["threads"]:
        if thread["waits_at"] is None:
            continue
        at = thread["waits_at"]
        parts.append(
            f"{thread['name']} waits at {place(at)} ({at['text'] or 'source not found'}) and wanted "
            f"{100 * thread['wanted']:.1f} % of a core"
        )
    if not seen["sockets"]:
        return "It used no ZeroMQ socket."
    return "It waits well: " + "; ".join(parts[:5]) + "." if parts else "Nothing ails it."


def as_text(seen: dict[str, Any]) -> str:
    """For a terminal."""
    lines = [f"pollerlab doctor: {heading(seen)}"]
    for number, finding in enumerate(seen["findings"], 1):
        sure = "certain" if finding["certain"] else "likely"
        who = f" [{finding['thread']}]" if finding["thread"] not in ("", "MainThread") else ""
        lines.append(
            f"{number}. {finding['title']} ({sure}).  {place(finding)}{who}:  {finding['text']}".rstrip(": ")
        )
        lines += _wrapped(" ".join(finding["evidence"]))
        lines += _wrapped("Cure: " + finding["cure"])
        lines += ["       " + line for line in finding["loop"].splitlines()]
        lines += _wrapped(f"Lesson: notebook {finding['lesson']}.")
    if not seen["findings"]:
        lines += _wrapped(well(seen))
        lines += _wrapped("Looked for: " + ", ".join(AILMENTS) + ".")
    for remark in seen["remarks"]:
        lines += _wrapped(f"Note: {remark}")
    for child in seen.get("children", []):
        lines += ["", as_text(child)]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="   ", subsequent_indent="   ", break_long_words=False)


def as_html(seen: dict[str, Any]) -> str:
    """For a notebook."""
    e = html.escape
    parts = [f"<p><b>pollerlab doctor</b>: {e(heading(seen))}</p>"]
    if not seen["findings"]:
        parts.append(f"<p>{e(well(seen))}<br><small>Looked for: {e(', '.join(AILMENTS))}.</small></p>")
    else:
        parts.append("<ol>")
        for finding in seen["findings"]:
            sure = "certain" if finding["certain"] else "likely"
            parts.append(
                f"<li><b>{e(finding['title'])}</b> ({sure}) — {e(place(finding))}: "
                f"<code>{e(finding['text'])}</code><br>"
                f"{e(' '.join(finding['evidence']))}<br>{e('Cure: ' + finding['cure'])}"
                f"<pre>{e(finding['loop'])}</pre><small>Lesson: notebook {e(finding['lesson'])}.</small></li>"
            )
        parts.append("</ol>")
    parts += [f"<p><small>{e(remark)}</small></p>" for remark in seen["remarks"]]
    return "".join(parts)
