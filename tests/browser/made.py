"""Notebooks made for the tests of the checks: a live piece as in the course, and what may be wrong."""

import nbformat

LIVE = """
import io, threading
import ipywidgets as widgets
from PIL import Image

def png(number):
    file = io.BytesIO()
    Image.new("RGB", (60, 40), (5 * number % 256, 90, 90)).save(file, "PNG")
    return file.getvalue()

start, stop = (widgets.Button(description=name) for name in ("Start", "Stop"))
reset = widgets.Button(description="Reset")
rate, size = (widgets.IntSlider(value, 1, 9, description=name) for name, value in (("rate", 3), ("size", 9)))
picture, status = widgets.Image(value=png(0), format="png"), widgets.HTML("Press Start.")
frames = widgets.Label("frame 0 of many")
over, lines = threading.Event(), []

def say(_=None):
    status.value = f"<b>{rate.value} a second, size {size.value}</b>"

def run():
    number = 0
    while not over.wait(0.1):
        number += 1
        picture.value, frames.value = png(number), f"frame {number} of many"

def begin(_):
    start.disabled, stop.disabled = True, False
    over.clear()
    say()
    threading.Thread(target=run, daemon=True).start()

def end(_):
    over.set()
    start.disabled, stop.disabled = False, True
    status.value = "Stopped."

def clear(_):
    lines.append("reset")
    status.value = " ".join(lines)

stop.disabled = True
start.on_click(begin)
stop.on_click(end)
reset.on_click(clear)
rate.observe(say, "value")
size.observe(say, "value")
box = widgets.VBox([rate, size, widgets.HBox([start, stop, reset]), status, picture, frames])
""".strip()

NO_MODEL = """
from IPython.display import display

view = {"model_id": "0123456789abcdef", "version_major": 2, "version_minor": 0}
display({"application/vnd.jupyter.widget-view+json": view, "text/plain": "a widget"}, raw=True)
""".strip()

NO_CLASS = """
import ipywidgets as widgets
import traitlets

class Gone(widgets.DOMWidget):
    _view_name = traitlets.Unicode("GoneView").tag(sync=True)
    _view_module = traitlets.Unicode("@jupyter-widgets/controls").tag(sync=True)

Gone()
""".strip()

NO_CHILD = NO_CLASS.replace("\nGone()", "\nwidgets.VBox([widgets.Label('fine'), Gone()])")

INVISIBLE = "import ipywidgets as widgets\nwidgets.IntSlider(layout={'display': 'none'})"


CONSOLE = """
from IPython.display import HTML, Javascript, display

display(Javascript("console.error('it is odd')"))
display(Javascript("setTimeout(() => { throw new Error('it is late') })"))
HTML('<img src="not_there.png">')
""".strip()


def write(lab, name, *sources):
    """Write a notebook with these code cells below the server's root: its path from there."""
    path = lab.root / "made" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(notebook, path)
    return f"made/{name}.ipynb"


def live(old="", new=""):
    """A cell that shows the live piece, with one thing in it changed, and with names of its own."""
    assert not old or LIVE.count(old) == 1, old
    return f"names = {{}}\nexec({LIVE.replace(old, new) if old else LIVE!r}, names)\nnames['box']"
