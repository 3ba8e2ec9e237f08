"""A live page where no kernel runs: HTML that replays recorded runs, and needs nothing from elsewhere.

Where scripts do not run, as on GitHub, it is a still picture and a sentence.
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

_MODULES = ("lanes.js", "replay.js")
_STILL = """<img alt="The last seconds of a run: {name}" src="data:image/png;base64,{picture}">
<p>This is a still picture of a run. Where scripts may run, as in the book, the run is replayed.
With a kernel, run the cell to have all controls.</p>
"""
_PAGE = """<div class="recorded-runs">
{still}<script type="application/json">{data}</script>
<script type="text/plain">{drawing}</script>
<script type="text/plain">{replay}</script>
<script>(root => {{
    const [data, drawing, replay] = [...root.querySelectorAll("script")].map(script => script.textContent)
    const load = text => {{
        const address = URL.createObjectURL(new Blob([text], {{type: "text/javascript"}}))
        return import(address).finally(() => URL.revokeObjectURL(address))
    }}
    Promise.all([load(replay), load(drawing)]).then(([replay, drawing]) =>
        replay.show(root, JSON.parse(data), drawing.default))
}})(document.currentScript.parentNode)</script>
</div>
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
    return _PAGE.format(still=still, data=data, drawing=drawing, replay=replay)


def _code(settings: Experiment) -> str:
    """The loop that ran."""
    if isinstance(settings, Settings):
        return settings.source or ways.source(settings.way)
    return inspect.getsource(send_when_there_is_room)
