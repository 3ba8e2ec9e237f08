"""Draw the cheat sheet, "Which wait?", on one page of A4: docs/cheat-sheet.pdf to print, and a picture of it.

Usage: python tools/cheat_sheet.py

The loops on it are those of docs/loops.py.
"""

import hashlib
import inspect
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FunctionType

from matplotlib.patches import FancyBboxPatch

from pollerlab.scenery.plots import Figure, colour_of, drawing

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
WIDTH, HEIGHT, MARGIN = 210, 297, 9  # mm
MM = 1 / 25.4  # inches

TREE = [
    # A question; what to call if the answer is yes, and a remark; the loop; the colour's way; the notebook.
    (
        "Is it an asyncio program already?",
        "await sock.recv()    await sock.poll(ms)",
        "Thousands of messages a second: zmq.asyncio.Poller, ordinary sockets.",
        "loop 4",
        "asyncio",
        "10",
    ),
    (
        "Is there something to send,\nand perhaps no room for it?",
        "POLLOUT",
        "In any of the ways below, but only while something is queued.",
        "loop 3",
        "poll",
        "05",
    ),
    (
        "One socket, and nothing else to do?",
        "sock.recv()",
        "Blocking: the cheapest, and the shortest code.",
        "",
        "blocking",
        "01",
    ),
    (
        "One socket, and a time to keep?",
        "sock.poll(ms)",
        "The wait ends with a message, or with the time.",
        "loop 1",
        "poll",
        "03, 09",
    ),
    (
        "Many peers, all of one kind?",
        "sock.bind(address)",
        "One socket for all of them, and then one of the two ways above.",
        "",
        "blocking",
        "08",
    ),
    (
        "A few sockets, or some dozens?",
        "zmq.Poller()",
        "One wait for all, each gets its turn, drain with a bound.",
        "loop 2",
        "poll",
        "04",
    ),
    (
        "Hundreds or thousands, mostly silent,\nin one thread, on Linux?",
        "pollerlab.EdgePoller()",
        "You pay for those that are ready, not for those registered.",
        "loop 2",
        "poll",
        "08",
    ),
]
ELSE = "Otherwise: zmq.Poller, and measure. Or, if they share nothing, a thread for each, blocked in recv()."

UNITS = [
    ("milliseconds, whole", "poll, rcvtimeo, sndtimeo, linger, reconnect_ivl"),
    ("seconds", "time.sleep, zmq.select, select, asyncio.wait_for"),
    ("poll(), poll(-1)", "for ever"),
    ("poll(0), poll(0.9)", "no wait at all: a loop around them spins"),
    ("until a deadline", "max(0, math.ceil(1000 * seconds_left))"),
    ("flags", "POLLIN 1, POLLOUT 2, both 3"),
    ("high-water mark", "messages, 1,000 on each side of a connection"),
    ("a wake-up", "about 50 to 100 µs, and some CPU time"),
]

TRAPS = [
    ("register(sock) without flags asks for POLLOUT too, and spins.", "06"),
    ("An empty poller returns at once, whatever its timeout.", "06"),
    ("event == zmq.POLLIN misses 3. Test with &.", "05"),
    ("A plain socket comes back as its number: sock.fileno().", "04"),
    ("elif, or a drain without a bound, starves the others.", "04"),
    ("One recv() after each nap or piece of work falls behind.", "02"),
    ("Each message restarts a timeout, but not a deadline.", "09"),
    ("POLLOUT says that there is room, not that a peer is there.", "05"),
    ("A PUB socket never waits. It drops.", "05"),
    ("A descriptor rings once. Ask EVENTS first, then sleep on it.", "07"),
    ("A REQ without an answer is stuck: ask with a new one.", "09"),
    ("One socket, one thread. Others send it a message.", "09b"),
    ("linger is -1: term() waits for ever. Choose.", "09b"),
    ("Unregister a socket before you close it.", "06"),
    ("A cancelled recv() can lose its message. Use poll().", "10"),
]


def loops() -> list[FunctionType]:
    """The functions of docs/loops.py, in order."""
    specification = spec_from_file_location("loops", DOCS / "loops.py")
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return [thing for thing in vars(module).values() if inspect.isfunction(thing)]


def code_of(loop: FunctionType) -> tuple[str, str]:
    """What a loop is for, and its lines without that."""
    source = inspect.getsource(loop)
    purpose = inspect.getdoc(loop)
    return purpose.rstrip("."), re.sub(r'\n    """.*?"""', "", source, count=1, flags=re.S).rstrip()


def digest() -> str:
    """Of all that the sheet is made from: it is in the PDF, so that a test sees when that is old."""
    sources = (Path(__file__), DOCS / "loops.py")
    text = "".join(source.read_text(encoding="utf-8") for source in sources)  # with any line ends
    return hashlib.sha256(text.encode()).hexdigest()


class Sheet:
    """A page on which things are placed in mm, from the upper left."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH * MM, HEIGHT * MM), facecolor="white")
        self._axes = self.figure.add_axes((0, 0, 1, 1), frameon=False)
        self._axes.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0), xticks=[], yticks=[])
        self.texts: list = []

    def text(self, x, y, text, size=8.0, **options):
        """Write *text*, whose upper left is there."""
        options = {"va": "top", "color": "#222222", "linespacing": 1.25} | options
        self.texts.append(self._axes.text(x, y, text, size=size, **options))

    def code(self, x, y, text, size=7.0, **options):
        """Write code."""
        self.text(x, y, text, size, family="DejaVu Sans Mono", **options)

    def heading(self, x, y, text):
        """Write the heading of a section."""
        self.text(x, y, text, 11, weight="bold")

    def box(self, x, y, width, height, edge, face="white"):
        """Draw a frame."""
        style = "round,pad=0,rounding_size=1.5"
        self._axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, ec=edge, fc=face, lw=1.1))

    def arrow(self, begin, end, label=""):
        """Draw an arrow between two places."""
        (x, y), style = (
            begin,
            {"arrowstyle": "-|>", "color": "#555555", "lw": 1.0, "shrinkA": 0, "shrinkB": 0},
        )
        self._axes.annotate("", end, begin, arrowprops=style)
        self.text(x + 1.6, y - 3.4 if end[1] == y else y + 0.4, label, 7, color="#555555")


def draw() -> Sheet:
    """The whole sheet."""
    with drawing():
        sheet = Sheet()
        sheet.text(MARGIN, 8, "Which wait?", 19, weight="bold")
        sheet.text(
            66, 9.2, "Waiting Well: ZeroMQ polling, measured. Numbers are those of the notebooks.", 8.5
        )
        sheet.text(66, 13.4, "Ask from the top, and take the first that fits.", 8.5, color="#555555")
        below = _draw_tree(sheet, 21)
        below = _draw_loops(sheet, below + 5)
        _draw_traps(sheet, below + 5)
    return sheet


def _draw_tree(sheet: Sheet, y: float) -> float:
    middle, answers, height, gap = 40, 86, 10.2, 3.8  # mm
    for question, call, remark, loop, way, number in TREE:
        if y > 21:
            sheet.arrow((middle, y - gap), (middle, y), "no")
        sheet.box(MARGIN, y, 62, height, "#8a8a8a", "#f4f2ec")
        sheet.text(middle, y + height / 2, question, 8.2, ha="center", va="center")
        sheet.arrow((MARGIN + 62, y + height / 2), (answers, y + height / 2), "yes")
        sheet.box(answers, y, WIDTH - MARGIN - answers, height, colour_of(way))
        sheet.code(answers + 2, y + 1.5, call, 8, weight="bold")
        sheet.text(answers + 2, y + 5.7, remark, 7.4)
        where = f"{loop} · {number}" if loop else number
        right = {"ha": "right", "weight": "bold", "color": colour_of(way)}
        sheet.text(WIDTH - MARGIN - 2, y + 1.5, where, 8, **right)
        y += height + gap
    sheet.text(MARGIN + 2, y - 1.6, ELSE, 8)
    return y + 2


def _draw_loops(sheet: Sheet, y: float) -> float:
    sheet.heading(MARGIN, y, "Four loops to copy")
    imports = "import math, time, zmq; from collections import deque; from contextlib import suppress"
    sheet.text(53, y + 0.9, f"docs/loops.py: {imports}", 7.2)
    width, ways = (WIDTH - 2 * MARGIN - 4) / 2, ("poll", "poll", "poll", "asyncio")
    ends = [y + 6, y + 6]  # of the two columns
    for number, loop in enumerate(loops()):
        column, (purpose, code) = number % 2, code_of(loop)
        x, top = MARGIN + column * (width + 4), ends[column]
        height = 9 + 2.98 * (code.count("\n") + 1)
        sheet.box(x, top, width, height, colour_of(ways[number]), "#fbfaf7")
        sheet.text(x + 2, top + 1.6, f"{number + 1}  {purpose}", 8.2, weight="bold")
        sheet.code(x + 2, top + 6.6, code, 6.7)
        ends[column] = top + height + 3
    ends[1] = _draw_units(sheet, MARGIN + width + 4, ends[1] + 1.5)
    return max(ends) - 3


def _draw_units(sheet: Sheet, x: float, y: float) -> float:
    sheet.heading(x, y, "Units")
    for what, meaning in UNITS:
        sheet.text(x, y + 8.6, what, 7.2, weight="bold", va="baseline")
        sheet.text(x + 31, y + 8.6, meaning, 7.2, va="baseline")
        y += 4.1
    return y + 8.6


def _draw_traps(sheet: Sheet, y: float) -> None:
    sheet.heading(MARGIN, y, "Traps")
    half = (len(TRAPS) + 1) // 2
    for place, (trap, number) in enumerate(TRAPS):
        x, line = MARGIN + 98 * (place // half), y + 9 + 4.2 * (place % half)
        sheet.text(x, line, trap, 7.6, va="baseline")
        sheet.text(x + 94, line, number, 7.6, va="baseline", ha="right", weight="bold")


def main() -> None:
    """Draw it and store it."""
    figure = draw().figure
    figure.savefig(DOCS / "cheat-sheet.pdf", metadata={"CreationDate": None, "Keywords": digest()})
    figure.savefig(DOCS / "cheat-sheet.png", dpi=130)


if __name__ == "__main__":
    main()
