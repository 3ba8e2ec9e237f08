"""A live page where no kernel runs: HTML that replays recorded runs, and needs nothing from elsewhere.

Where scripts do not run, as on GitHub, it is a still picture and a sentence.  Beside the live page itself, in
JupyterLab, it is hidden; in a notebook that was run, saved and opened again it is seen in the place of that.
"""

import html
import inspect
import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from . import ways
from .backpressure import send_when_there_is_room
from .experiment import Experiment, Settings, Trial
from .screens import last_rows_of, shown

__all__: list[str] = []  # nothing for readers: `room` and `watching` use it

LIVE_PAGE = "pollerlab-live-page"
"""The class of the live page: an output area that has one shows no recorded runs."""

_MODULES = ("lanes.js", "replay.js")
_NOTHING = """<img alt="Nothing has run" src="data:image/png;base64,{picture}">
<p>Nothing has run yet. With a kernel, run the cell, choose, and press Start.</p>
"""
_STILL = """<img alt="The last seconds of a run: {name}" src="data:image/png;base64,{picture}">
<p>This is a still picture of a run. Where scripts may run, as in the book, the run is replayed.
With a kernel, run the cell to have all controls.</p>
"""
_PAGE = """<style>
.jp-OutputArea:has(.{live}) .recorded-runs,
.jp-OutputArea:has(.recorded-runs):not(:has(.{live})) > .jp-OutputArea-child:has(> .jupyter-widgets) {{
    display: none
}}
</style>
<div class="recorded-runs">
{inside}</div>
"""
_RUNS = """<script type="application/json">{data}</script>
<script type="text/plain">{drawing}</script>
<script type="text/plain">{replay}</script>
<script>(root => {{
    const [data, drawing, replay] = [...root.querySelectorAll("script")].map(script => script.textContent)
    const load = text => {{
        const address = URL.createObjectURL(new Blob([text], {{type: "text/javascript"}}))
        return import(address).finally(() => URL.revokeObjectURL(address))
    }}
    const still = root.innerHTML
    let seen = false
    new ResizeObserver(() => {{
        if (seen === root.offsetWidth > 0) return
        seen = !seen
        if (!seen) root.innerHTML = still
        else Promise.all([load(replay), load(drawing)]).then(([replay, drawing]) =>
            seen && replay.show(root, JSON.parse(data), drawing.default))
    }}).observe(root)
}})(document.currentScript.parentNode)</script>
"""


def page(
    trials: Sequence[Trial], picture: bytes, controls: dict[str, str], summary: Callable[[Trial], str]
) -> str:
    """The page as HTML.

    :param trials: the recorded runs; the first is shown first.
    :param picture: a still one of the first, as PNG.
    :param controls: names of settings and their labels.  One that all runs have in common is left out.
    :param summary: what came of a run, in one line.
    """
    runs: list[dict[str, Any]] = [
        {
            "name": str(trial.settings),
            "settings": {name: getattr(trial.settings, name) for name in controls},
            "shown": shown(trial.settings),
            "code": _code(trial.settings),
            "seen": {"summary": summary(trial), "rows": last_rows_of(trial)},
        }
        for trial in trials
    ]
    still = _STILL.format(name=html.escape(runs[0]["name"]), picture=b64encode(picture).decode())
    return replaying(runs, controls, still)


def replaying(runs: Sequence[dict], controls: dict[str, str], still: str) -> str:
    """HTML that replays *runs*, dicts as ``replay.js`` takes them; *still* is for where no scripts run."""
    differ = [
        {"name": name, "label": label}
        for name, label in controls.items()
        if len({run["settings"][name] for run in runs}) > 1
    ]
    data = json.dumps({"controls": differ, "runs": runs}, ensure_ascii=False).replace("</", r"<\/")
    drawing, replay = (files(__package__).joinpath(name).read_text("utf-8") for name in _MODULES)
    inside = still + _RUNS.format(data=data, drawing=drawing, replay=replay)
    return _PAGE.format(live=LIVE_PAGE, inside=inside)


def nothing(picture: bytes) -> str:
    """The page as HTML before anything has run; *picture* is one of that, as PNG."""
    return _PAGE.format(live=LIVE_PAGE, inside=_NOTHING.format(picture=b64encode(picture).decode()))


def _code(settings: Experiment) -> str:
    """The loop that ran."""
    if isinstance(settings, Settings):
        return settings.source or ways.source(settings.way)
    return inspect.getsource(send_when_there_is_room)
