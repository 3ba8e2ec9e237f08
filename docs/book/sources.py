"""What the book is made from, and how it differs from what GitHub and JupyterLab show of the same files."""

import re
from argparse import ArgumentParser, HelpFormatter, _SubParsersAction
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import nbformat

from pollerlab import terminal
from pollerlab.doctor import AILMENTS
from pollerlab.pollers import DIFFERENCES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPOSITORY = "https://github.com/" + re.search(r"mybinder\.org/v2/gh/([^/]+/[^/]+)/", README)[1]
"""Where the course is published: the README has its name."""

_IN_WORDS = re.compile(r"^\*([^*]+)\*$", re.M)  # a paragraph in italics
_HEADING = re.compile(r"^#+ (.+)$", re.M)
_LINK = re.compile(r"\]\(((?!https:)(?!docs/\S+\.png)[^)\s]+)\)")  # to a heading or a file, but no picture
_PICTURE = re.compile(r"!\[[^]]+\]")  # and its words
_ROW = re.compile(r"^\|.*\|$", re.M)
_CHART = "<!-- In the book, the chart stands here. -->"
_BADGE = re.compile(r"^\[!\[[^]]*\]\(https:.+\n\n", re.M)
_REFERENCE = [
    *(Path("reference", name) for name in ("pollers", "differences", "doctor", "ailments")),
    *(Path("reference", name) for name in ("command_line", "scenery", "wings")),
    Path("CHANGELOG.md"),
]


def slug(title: str) -> str:
    """The anchor of a heading, as JupyterLab spells it."""
    return title.replace(" ", "-")


def read_notebook(text: str) -> nbformat.NotebookNode:
    """A notebook, with what myst-nb wants to know of its cells: which are folded, and what pictures show.

    :raises ValueError: if no sentence puts a picture into words.
    """
    notebook = nbformat.reads(text, as_version=4)
    for place, cell in enumerate(notebook.cells):
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "hide-input"]
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            alt = _in_words(notebook.cells[place + 1 :])
            if not alt:
                raise ValueError(f"No sentence in italics follows the picture of this cell:\n{cell.source}")
            cell.metadata["mystnb"] = {"image": {"alt": alt}}
    return notebook


def _in_words(cells: list) -> str:
    """The sentence in italics in the next text cell, on one line; empty if there is none."""
    text = next((cell.source for cell in cells if cell.cell_type == "markdown"), "")
    found = _IN_WORDS.search(text)
    return " ".join(found[1].replace("`", "").split()) if found else ""


def made() -> dict[str, str]:
    """The pages that are made from other files, or from the package: text by file name."""
    return {
        "index.md": front_page(),
        "docs/chart_of_symptoms.md": chart(),
        "docs/cheat_sheet.md": cheat_sheet(),
        "reference/ailments.md": ailments(),
        "reference/command_line.md": command_line(),
        "reference/differences.md": differences(),
    }


def front_page() -> str:
    """The README as the book's first page, and the order of the others.

    The badge is left out, which would come from elsewhere.  Links to its own headings are spelled as
    JupyterLab does, and those to files that are not in the book lead to the repository.  The chart of
    symptoms stands here too, and the picture of the cheat sheet leads to its page.
    """
    anchors = {_githubs_slug(title): slug(title.replace("`", "")) for title in _HEADING.findall(README)}
    course = [path.relative_to(ROOT) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    docs = [path.relative_to(ROOT) for path in sorted((ROOT / "docs").glob("*.*")) if path.stem != "soak"]
    docs.append(Path("docs", "cheat_sheet.md"))
    look_up = sorted(path for path in docs if path.suffix == ".md")
    there = {path.as_posix() for path in [*course, *docs]}

    def target(link: re.Match) -> str:
        name = link[1]
        if name.startswith("#"):
            return f"](#{anchors[name[1:]]})"
        return link[0] if name in there else f"]({REPOSITORY}/blob/HEAD/{name})"

    text = _BADGE.sub("", README).replace(".png)](docs/cheat-sheet.pdf)", ".png)](docs/cheat_sheet.md)")
    text = _PICTURE.sub(lambda words: " ".join(words[0].split()), text)  # or no space is left at a line's end
    text = _LINK.sub(target, text)
    text = text.replace(_CHART, "\n".join(_ROW.findall(chart())).replace("../notebooks/", "notebooks/"))
    return "\n".join([text, *_contents("The course", course), *_contents("To look up", look_up + _REFERENCE)])


def _githubs_slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _contents(caption: str, pages: list[Path]) -> list[str]:
    names = [path.with_suffix("").as_posix() for path in pages]
    return ["```{toctree}", ":hidden:", f":caption: {caption}", *names, "```", ""]


def chart() -> str:
    """The chart of symptoms, in which each case leads to its place in the clinic."""
    cases = {}
    for path in sorted((ROOT / "notebooks").glob("1[23]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        for title, number in re.findall(r"^## (Case (\d+):.*)$", text, re.M):
            cases[number] = f"[case {number}](<../notebooks/{path.name}#{slug(title)}>)"
    text = (ROOT / "docs" / "chart_of_symptoms.md").read_text(encoding="utf-8")
    return re.sub(r"\bcase (\d+)", lambda case: cases[case[1]], text)


def cheat_sheet() -> str:
    """The cheat sheet as a page: what stands on it, from the tool that draws it, to read on a telephone."""
    tool = _cheat_sheets_tool()
    rows = [
        f"| {' '.join(question.split())} | `{call}` {remark} | {loop} | {_links(where)} |"
        for question, call, remark, loop, _, where in tool.TREE
    ]
    loops = [tool.code_of(loop) for loop in tool.loops()]
    return "\n".join(
        [
            _CHEAT_SHEET,
            *rows,
            f"\n{tool.ELSE}\n\n## Four loops to copy\n\n{{download}}`loops.py` has them all.\n",
            *(f"### Loop {at}: {aim}\n\n```python\n{code}\n```\n" for at, (aim, code) in enumerate(loops, 1)),
            "## Units\n\n| what | unit or meaning |\n|---|---|",
            *(f"| {what} | {meaning} |" for what, meaning in tool.UNITS),
            "\n## Traps\n",
            *(f"- {trap} {_links(where)}" for trap, where in tool.TRAPS),
            "",
        ]
    )


_CHEAT_SHEET = """# The cheat sheet: which wait?

Ask from the top, and take the first that fits. On one page of A4, to print: {download}`cheat-sheet.pdf`.

| ask | if so | copy | where |
|---|---|---|---|"""


def _cheat_sheets_tool() -> ModuleType:
    specification = spec_from_file_location("cheat_sheet", ROOT / "tools" / "cheat_sheet.py")
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _links(numbers: str) -> str:
    """Links to notebooks, of which *numbers* has those: ``"03, 09"``."""
    paths = [next((ROOT / "notebooks").glob(f"{number}_*.ipynb")) for number in numbers.split(", ")]
    return ", ".join(f"[{path.stem.partition('_')[0]}](../notebooks/{path.name})" for path in paths)


def differences() -> str:
    """The table of where our pollers differ from zmq.Poller."""
    rows = [
        f"| `{row.what}` | {row.usual} | {row.ours} | {row.edge or row.ours} | {row.why} |"
        for row in DIFFERENCES
    ]
    return "\n".join([_DIFFERENCES, *rows, ""])


_DIFFERENCES = """# Where our pollers differ from `zmq.Poller`

Each row can be run, as `pollerlab.pollers.DIFFERENCES`, and notebook
[06](../notebooks/06_the_rules.ipynb) does so. Everything else is the same.

| what you do | `zmq.Poller` | `Poller` | `EdgePoller` | why |
|---|---|---|---|---|"""


def ailments() -> str:
    """What the doctor finds: the cure of each ailment, and where the course has it."""
    parts = [_AILMENTS]
    for name, ailment in sorted(AILMENTS.items(), key=lambda item: -item[1].harm):
        number, section = ailment.lesson.split(", ", 1)
        (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        link = f"[{ailment.lesson}](<../notebooks/{path.name}#{slug(section)}>)"
        parts.append(
            f"## {ailment.title}\n\n*{name}.* {ailment.cure}\n\n```python\n{ailment.loop.rstrip()}\n```\n\n"
            f"Notebook {link}.\n"
        )
    return "\n".join(parts)


_AILMENTS = """# What the doctor finds

`python -m pollerlab doctor my_program.py` runs a program and says which of these ails it, the worst first.
Each has its name, a cure, the lines that replace the sick ones, and the place in the course where you can see
it happen.
"""


def command_line() -> str:
    """What ``--help`` prints, of the command line and of each command."""
    parser = terminal._parser()
    (commands,) = (action.choices for action in parser._actions if isinstance(action, _SubParsersAction))
    parts = ["# The command line", _as_text(parser)]
    for name, command in commands.items():
        parts += [f"## {name}", _as_text(command)]
    return "\n\n".join([*parts, ""])


def _as_text(parser: ArgumentParser) -> str:
    parser.formatter_class = partial(HelpFormatter, width=_COLUMNS)
    parser.color = False  # from Python 3.14 on it would be in colour, in a terminal
    return f"```text\n{parser.format_help()}```"


_COLUMNS = 76  # as many as a page has room for on a laptop
