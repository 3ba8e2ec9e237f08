"""The recorded runs that a live page replays where no kernel runs: whether what is stored is shown."""

import json
import re

from kernels import NOTEBOOKS, read
from until import until

STANDS_STILL = """async canvas => {
    for (let before = null, since = 0; performance.now() < since + 400 || !since;) {
        const now = canvas.toDataURL()
        if (now !== before) [before, since] = [now, performance.now()]
        await new Promise(resolve => setTimeout(resolve, 50))
    }
    return canvas.toDataURL()
}"""


def recorded_page(path):
    """The HTML that a notebook has stored of its live page; None if it has none."""
    for cell in read(path).cells:
        for output in cell.get("outputs", []):
            if "recorded-runs" in (page := output.get("data", {}).get("text/html", "")):
                return page
    return None


WITH_RECORDED_RUNS = [path for path in NOTEBOOKS if recorded_page(path)]


def recorded_data(page):
    """What the HTML of a page has: a dict with ``controls`` and ``runs``."""
    return json.loads(re.search(r'<script type="application/json">(.*)</script>', page)[1])


def check_each_control_picks_its_run(root, data):
    """Choose each run by the controls: what is shown is that run, and looks like no other.

    :param root: Playwright's locator of the page.
    :raises AssertionError: if it is not.
    """
    canvas, pictures = root.locator("canvas"), set()
    until(canvas.count)
    for run in data["runs"]:
        for control in data["controls"]:
            value = run["settings"][control["name"]]
            root.get_by_label(control["label"], exact=True).select_option(label=str(value))
        title = canvas.get_attribute("aria-label")
        assert title.endswith(f"Recorded: {run['name']}"), f"{run['name']} was chosen, and it shows {title}"
        assert root.locator("pre").text_content() == run["code"]
        assert run["seen"]["summary"] in root.inner_text()
        pictures.add(canvas.evaluate(STANDS_STILL))
    assert len(pictures) == len(data["runs"]), "two runs look the same"
    root.get_by_role("button", name="Replay").click()
    try:
        until(lambda: canvas.evaluate("canvas => canvas.toDataURL()") not in pictures)
    except TimeoutError:
        raise AssertionError("it is not replayed") from None
