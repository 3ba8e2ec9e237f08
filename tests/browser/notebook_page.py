"""A notebook in JupyterLab in a browser: open it, run it, and ask what a reader would see.

What JupyterLab knows, such as which cell has run, is asked of ``window.jupyterapp``; what is shown is looked
at in the page.  Each ``check_...`` raises an AssertionError that says what is wrong.
"""

from contextlib import suppress

from playwright.sync_api import Error
from until import until

WIDTH, HEIGHT = 1100, 1000  # of the window in CSS pixels
SECONDS = 60  # for a whole notebook, or for JupyterLab to start
SOON = 10  # seconds for what the page does by itself
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
WIDGET = "application/vnd.jupyter.widget-view+json"

# It takes "reset" out of the address when that is done; before, it may load itself once more.
IS_RESET = "window.jupyterapp && !location.search.includes('reset')"
OPEN = """async path => {
    const app = window.jupyterapp
    await app.restored
    window.panel = await app.commands.execute("docmanager:open", {path, factory: "Notebook"})
    await window.panel.context.ready
    await window.panel.revealed
    await window.panel.sessionContext.ready
    app.shell.collapseLeft()
}"""
CONNECTED = """() => {  // before it is, "Run All" runs only the text
    const kernel = window.panel.sessionContext.session?.kernel
    return kernel?.connectionStatus === "connected" && kernel.status === "idle"
}"""
RUN = """() => {
    window.hasRun = false
    window.jupyterapp.commands.execute("notebook:run-all-cells").finally(() => { window.hasRun = true })
}"""
CELLS = """() => window.panel.content.widgets.filter(cell => cell.model.type === "code").map(cell => ({
    source: cell.model.sharedModel.source,
    count: cell.model.executionCount,
    outputs: cell.model.outputs.toJSON(),
}))"""
NOT_SHOWN = """widget => window.panel.content.widgets.flatMap((cell, place) => {
    if (cell.model.type !== "code") return []
    return cell.model.outputs.toJSON().flatMap((output, number) => {
        const where = `cell ${place + 1}, output ${number + 1}: `
        const node = cell.outputArea.widgets[number]?.node
        const pictures = [...node?.querySelectorAll("img") ?? []]
        if ("image/png" in (output.data ?? {}) && !(widget in output.data) && !pictures.length)
            return [where + "there is no picture"]
        if (pictures.some(picture => !picture.complete || !picture.naturalWidth))
            return [where + "a picture is not shown"]
        if (!(widget in (output.data ?? {}))) return []
        const text = node?.innerText ?? ""
        const broken = /Loading widget|Error displaying widget|Failed to (create view|load model)/.test(text)
        if (broken || node?.querySelector(".jupyter-widgets-error-widget"))
            return [where + "a widget is broken: " + text.slice(0, 200)]
        const size = node?.querySelector(".jupyter-widgets")?.getBoundingClientRect()
        return size?.width && size?.height ? [] : [where + "a widget is not rendered"]
    })
})"""


class NotebookPage:
    """A notebook in a browser's page, one at a time.

    :param page: Playwright's.  It may have JupyterLab open already, which saves some seconds.
    :param lab: the server, a `lab.Lab`.
    """

    def __init__(self, page, lab):
        self.page = page
        self.lab = lab
        self.console = []
        """What came up on the browser's console as errors, and exceptions that nobody caught."""
        page.on("console", self._keep_message)
        page.on("pageerror", self._keep_exception)

    def _keep_message(self, message):
        if message.type == "error":
            self.console.append(f"{message.text} ({message.location['url']})")

    def _keep_exception(self, error):
        self.console.append(f"uncaught {error}")

    def open(self, path):
        """Open the notebook at *path*, from the server's root, in the light theme; wait for its kernel."""
        if not self.page.url.startswith(self.lab.address):
            self.page.goto(f"{self.lab.address}/lab?reset", wait_until="commit")
        self._wait_for(IS_RESET)
        self.page.evaluate(OPEN, path)
        self._wait_for(CONNECTED)
        self.set_theme("light")

    def run_all(self, seconds=SECONDS):
        """Run all cells, and wait for the end, which is also the first error."""
        self.page.evaluate(RUN)
        self._wait_for("window.hasRun", seconds)

    def interrupt_kernel(self):
        """As the stop button does."""
        self.page.evaluate("window.panel.sessionContext.session.kernel.interrupt()")

    def restart_kernel(self):
        """As the restart button does; wait until it is ready."""
        self.page.evaluate("window.panel.sessionContext.session.kernel.restart()")
        self._wait_for(CONNECTED)

    def _wait_for(self, condition, seconds=SECONDS):
        self.page.wait_for_function(condition, polling=50, timeout=1000 * seconds)

    def close(self):
        """End the kernel and close the notebook: whether the page is fit for another one.

        After an error it is not, since more may follow, and would be put down to the next one.
        """
        with suppress(Error):
            self.page.evaluate("window.panel.dispose()")
        self.lab.end_kernels()
        try:
            fit = self.page.locator(".jp-Dialog").count() == 0 and not self.console
        except Error:
            fit = False
        self.page.remove_listener("console", self._keep_message)
        self.page.remove_listener("pageerror", self._keep_exception)
        if not fit:
            self.page.close()
        return fit

    def cells(self):
        """The code cells: dicts with source, count and outputs, which are as in a notebook's file."""
        return self.page.evaluate(CELLS)

    def printed(self):
        """The text that the cells printed."""
        outputs = [output for cell in self.cells() for output in cell["outputs"]]
        return "".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")

    def boxes(self):
        """Locators of the widgets that are shown as outputs; each that should be shown must be."""
        boxes = self.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output > .jupyter-widgets").all()
        outputs = [output for cell in self.cells() for output in cell["outputs"]]
        wanted = sum(WIDGET in output.get("data", {}) for output in outputs)
        assert len(boxes) == wanted, f"{len(boxes)} of {wanted} widgets are shown"
        return boxes

    def set_theme(self, theme):
        """Switch to ``"light"`` or ``"dark"``."""
        name = THEMES[theme]
        self.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", name)
        self._wait_for(f"document.body.dataset.jpThemeName === {name!r}")

    def take_picture(self, path, part=None):
        """A screenshot of the whole notebook, or of the locator *part* of it.

        The window is made as high as the notebook is, for the time being.
        """
        outer = self.page.locator(".jp-NotebookPanel:visible .jp-WindowedPanel-outer")
        height = outer.evaluate("outer => outer.scrollHeight")
        self.page.set_viewport_size({"width": WIDTH, "height": height + 150})
        outer.evaluate("outer => outer.scrollTo(0, 0)")
        path.parent.mkdir(parents=True, exist_ok=True)
        (part or self.page).screenshot(path=path)
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def check_ran(notebook):
    """No error, nothing on stderr, and every cell has run, once and in order."""
    cells = notebook.cells()
    errors = []
    for number, cell in enumerate(cells, 1):
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                errors.append(f"code cell {number}: {output['ename']}: {output['evalue']}")
            elif output.get("name") == "stderr":
                errors.append(f"code cell {number}, stderr: {''.join(output['text'])}")
    assert not errors, "\n".join(errors)
    counts = [cell["count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1)), f"not every cell has run: {counts}"


def check_shown(notebook):
    """Every picture and every widget is rendered, within `SOON`."""
    wrong = []

    def nothing_wrong():
        wrong[:] = notebook.page.evaluate(NOT_SHOWN, WIDGET)
        return not wrong

    try:
        until(nothing_wrong, SOON)
    except TimeoutError:
        raise AssertionError("\n".join(wrong)) from None


def check_console(notebook):
    """Nothing came up on the browser's console as an error.

    JupyterLab 4.6 writes none of its own on a page without fault, so that nothing is left out here.
    """
    assert not notebook.console, "\n".join(notebook.console)
