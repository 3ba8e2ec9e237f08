"""What can be seen of a notebook without running it."""

import base64
import inspect
import json
import re

import pytest
from kernels import NOTEBOOKS, ROOT, read

from pollerlab import Poller
from pollerlab.examples import lasting_loop
from pollerlab.live import ways
from pollerlab.live.backpressure import send_when_there_is_room

LONGEST_CELL = 20
LONGEST_SOLUTION = 25
WIDEST_LINE = 80  # what JupyterLab shows on a laptop, beside its side bar
SOLUTION = "# Solution (click to open)"
EXEMPTIONS = {
    "nbval-ignore-output",
    "nbval-raises-exception",
    "nbval-skip",
    "raises-exception",
}
MOST_EXEMPTIONS = 2  # in the whole series
SAVED = (
    "saved by JupyterLab? `git restore notebooks` brings back the stored run, `make notebooks` makes another"
)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells_of(path, kind):
    return [cell for cell in read(path).cells if cell.cell_type == kind]


def text_of(path):
    return "\n\n".join(cell.source for cell in cells_of(path, "markdown"))


def number_of(path):
    """Of a notebook, as in its name and its title: 09, or 09b for one that goes on from 09."""
    return re.match(r"\d\d[a-z]?(?=_)", path.stem).group()


def test_there_are_notebooks():
    numbers = [number_of(path) for path in NOTEBOOKS]
    assert numbers == sorted(set(numbers))
    assert len(NOTEBOOKS) >= 2


@each_notebook
def test_every_code_cell_was_run_in_order_without_an_error(path):
    code = cells_of(path, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), SAVED
    outputs = [output for cell in code for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"], SAVED
    assert not [output for output in outputs if output.get("name") == "stderr"]


@each_notebook
def test_code_cells_are_short(path):
    for cell in cells_of(path, "code"):
        lines = cell.source.splitlines()
        longest = LONGEST_SOLUTION if lines[0] == SOLUTION else LONGEST_CELL
        assert len(lines) <= longest, cell.source


def too_wide(source):
    return [line for line in source.splitlines() if len(line) > WIDEST_LINE]


@each_notebook
def test_code_fits_on_a_laptop(path):
    assert [line for cell in cells_of(path, "code") for line in too_wide(cell.source)] == []


@pytest.mark.parametrize(
    "shown", [Poller, lasting_loop, *ways.WAYS.values(), send_when_there_is_room], ids=lambda it: it.__name__
)
def test_what_is_shown_from_source_fits_as_well(shown):
    assert too_wide(inspect.getsource(shown)) == []


def test_a_line_that_is_too_wide_is_seen():
    assert too_wide(f"short\n{'x' * 81}\n{'y' * 80}") == ["x" * 81]


@each_notebook
def test_the_opening_and_the_closing_are_there(path):
    text = text_of(path)
    assert re.match(rf"# {number_of(path)} · .+", text), "a title with the notebook's number"
    for part in ("**You will be able to**", "**Time:**", "**You need:**", "**Predict.**"):
        assert part in text, part
    headings = re.findall(r"^## (.+)", text, re.M)
    assert headings[-2:] == ["Your turn", "What we saw"]


@each_notebook
def test_claims_and_pictures_are_there(path):
    code = "\n".join(cell.source for cell in cells_of(path, "code"))
    assert code.count("claim(") >= 5
    pictures = [
        out for cell in cells_of(path, "code") for out in cell.outputs if "image/png" in out.get("data", {})
    ]
    assert len(pictures) >= 3


@each_notebook
def test_every_picture_is_put_into_words(path):
    """A sentence in italics, in the next text cell, for readers who cannot see the picture."""
    cells = read(path).cells
    for place, cell in enumerate(cells):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            after = next(later.source for later in cells[place:] if later.cell_type == "markdown")
            assert re.search(r"^\*[^*]+\*$", after, re.M), f"no sentence for the picture of:\n{cell.source}"


@each_notebook
def test_links_resolve(path):
    for target in re.findall(r"\]\(([^)]+)\)", text_of(path)):
        if not target.startswith(("https://", "#")):
            assert (path.parent / target.partition("#")[0]).is_file(), target


@each_notebook
def test_the_one_before_is_linked(path):
    place = NOTEBOOKS.index(path)
    if place > 0:
        assert f"]({NOTEBOOKS[place - 1].name})" in text_of(path)
    if place + 1 < len(NOTEBOOKS):
        assert f"]({NOTEBOOKS[place + 1].name})" in text_of(path)


@each_notebook
def test_no_fixed_port_and_nothing_beyond_this_machine(path):
    for cell in cells_of(path, "code"):
        assert not re.search(r"tcp://[^\"']*:\d", cell.source), "a fixed port"
        for host in re.findall(r"tcp://([^:\"']+)", cell.source):
            assert host == "127.0.0.1"


@each_notebook
def test_no_trace_of_the_machine_or_the_time(path):
    raw = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|Users|work|tmp)/|[A-Z]:\\\\", raw)
    notebook = json.loads(raw)
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}, SAVED
    assert notebook["metadata"]["language_info"] == {"name": "python"}, SAVED
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"tags", "jupyter"}


@each_notebook
def test_figures_are_png(path):
    for cell in cells_of(path, "code"):
        for output in cell.outputs:
            assert not {"image/svg+xml", "image/jpeg"} & set(output.get("data", {}))


def test_exemptions_are_few_and_explained():
    exempt = []
    for path in NOTEBOOKS:
        for cell in cells_of(path, "code"):
            assert not re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)", cell.source), "use a tag, not a comment"
            if EXEMPTIONS & set(cell.metadata.get("tags", [])):
                assert "# not compared, because" in cell.source
                exempt.append((path.name, cell.id))
    assert len(exempt) <= MOST_EXEMPTIONS
    assert not [name for name, _ in exempt if name[:2] in {"01", "02"}]


def test_the_readme_lists_every_notebook():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        assert f"](notebooks/{path.name})" in readme


@pytest.mark.parametrize(
    ("tag", "picture"), [("readme-map", "cost-latency-map.png"), ("readme-scale", "polling-at-scale.png")]
)
def test_the_readmes_pictures_are_those_stored_in_the_notebooks(tag, picture):
    tagged = [
        cell for path in NOTEBOOKS for cell in cells_of(path, "code") if tag in cell.metadata.get("tags", [])
    ]
    (cell,) = tagged
    stored = base64.b64decode(cell.outputs[0].data["image/png"])
    assert (ROOT / "docs" / picture).read_bytes() == stored, SAVED
    assert f"](docs/{picture})" in (ROOT / "README.md").read_text(encoding="utf-8")


@each_notebook
def test_no_address_over_inproc_is_fixed(path):
    """A closed socket gives its address up a moment later: a cell that is run again finds it in use."""
    for cell in cells_of(path, "code"):
        assert not re.search(r"\binproc://[^{\"']*[\"']", cell.source), cell.source
