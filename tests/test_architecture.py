"""The house: what stands where in the package, and who may import what from whom."""

import ast
import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kernels import NOTEBOOKS, ROOT, code_cells

PACKAGE = ROOT / "src" / "pollerlab"
WINGS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
OPEN = {"pollerlab.scenery.plots"}
"""What others may import though the wing does not name it in ``__all__``: it waits to be asked for."""

# -- what stands where -------------------------------------------------------------------------------


def test_no_module_stands_outside_the_wings_but_these():
    assert {path.stem for path in PACKAGE.glob("*.py")} == {"__init__", "__main__", "terminal", "arguments"}


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_has_its_tests(wing):
    assert list((ROOT / "tests" / wing).glob("test_*.py"))


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_says_what_others_may_take_and_has_that(wing):
    module = importlib.import_module(f"pollerlab.{wing}")
    assert "Others take from here what ``__all__`` names" in " ".join(module.__doc__.split())
    for name in module.__all__:
        assert hasattr(module, name) or importlib.util.find_spec(f"{module.__name__}.{name}"), name


# -- who imports what --------------------------------------------------------------------------------


def imported(code, package=""):
    """The dotted names that *code* imports, which stands in *package*."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def from_wings(code, package=""):
    """``(wing, path inside it)`` for what *code* imports from wings, other than its own."""
    for name in imported(code, package):
        top, *path = name.split(".")
        if top == "pollerlab" and path and path[0] in {*WINGS} - {*package.split(".")[1:2]}:
            yield path[0], path[1:]


def is_offered(package, path):
    """Whether this path leads from a package to what it offers to others."""
    first, *rest = path
    inner = f"{package}.{first}"
    if rest:
        return inner in OPEN and is_offered(inner, rest)
    return inner in OPEN or first in importlib.import_module(package).__all__


def reached_past(code, package=""):
    """What *code* imports from inside a wing, although the wing does not offer it."""
    return [
        ".".join(["pollerlab", wing, *path])
        for wing, path in from_wings(code, package)
        if path and not is_offered(f"pollerlab.{wing}", path)
    ]


def package_of(path):
    """The package in which relative imports of this module begin."""
    return ".".join(path.relative_to(PACKAGE.parent).parent.parts)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_take_from_other_wings_what_these_offer(path):
    assert not reached_past(path.read_text(encoding="utf-8"), package_of(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_take_from_wings_what_these_offer(path):
    assert not [name for cell in code_cells(path) for name in reached_past(cell)]


@pytest.mark.parametrize("path", sorted((ROOT / "tools").glob("*.py")), ids=lambda path: path.stem)
def test_tools_take_from_wings_what_these_offer(path):
    assert not reached_past(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ("pollerlab.live", "from ..scenery import every, peers, plots"),
        ("pollerlab.live", "from ..scenery.plots import drawing"),
        ("pollerlab.live", "from .ways import WAYS"),
        ("pollerlab.scenery.plots", "from ..meter import Recording"),
        ("pollerlab", "from .judges import NoRoom, bench"),
        ("", "from pollerlab import EdgePoller, scenery"),
        ("", "import pollerlab.scenery"),
    ],
)
def test_what_is_offered_may_be_taken(package, code):
    assert not reached_past(code, package)


@pytest.mark.parametrize(
    ("package", "code", "name"),
    [
        ("pollerlab.judges", "from ..pollers.edge import EdgePoller", "pollers.edge.EdgePoller"),
        ("pollerlab.judges", "from ..pollers import edge", "pollers.edge"),
        ("pollerlab.judges", "def f():\n    from ..pollers import edge", "pollers.edge"),
        ("pollerlab.judges", "from ..scenery.meter import record", "scenery.meter.record"),
        ("pollerlab.live", "from ..scenery.plots import style", "scenery.plots.style"),
        ("pollerlab.live", "from ..scenery.plots.style import halo", "scenery.plots.style.halo"),
        ("pollerlab", "from .scenery.peers import is_subscription", "scenery.peers.is_subscription"),
        ("", "from pollerlab.scenery import *", "scenery.*"),
        ("", "import pollerlab.process.child as child", "process.child"),
    ],
)
def test_who_reaches_past_a_wing_is_noticed(package, code, name):
    assert reached_past(code, package) == [f"pollerlab.{name}"]


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_names_the_wings_that_it_imports(wing):
    _, found, told = importlib.import_module(f"pollerlab.{wing}").__doc__.partition("Imports ")
    assert found
    taken = {
        other
        for path in (PACKAGE / wing).rglob("*.py")
        for other, _ in from_wings(path.read_text(encoding="utf-8"), package_of(path))
    }
    assert taken <= set(re.findall(r"`pollerlab\.(\w+)`", told))


# -- the contracts that import-linter holds ----------------------------------------------------------


def lint_imports(folder):
    """Whether import-linter is content with the package in *folder*; and what it says."""
    command = shutil.which("lint-imports", path=Path(sys.executable).parent)
    done = subprocess.run([command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    plain = re.sub(r"\x1b\[[\d;]*m", "", done.stdout)  # version 2.5 writes in colour, whoever reads it
    return done.returncode == 0, " ".join(plain.split())


@pytest.fixture
def house(tmp_path):
    """A copy of the package with its contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "pollerlab", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_contracts_are_kept(house):
    kept, said = lint_imports(house)
    assert kept, said


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("pollers/edge", "from ..judges import fuzz"),
        ("exercises/run", "from ..live import run"),
        ("doctor/notes", "from ..exercises import check"),
        ("arguments", "from .process import own_context"),
        # Neighbours, which do not know of each other.
        ("live/ways", "from ..judges import curve"),
        ("judges/bench", "from ..live import run"),
        ("scenery/peers", "from ..process import held_back"),
        ("process/child", "from ..scenery import record"),
        ("examples/lasting_loop", "from ..arguments import checked"),
    ],
)
def test_an_import_from_above_or_beside_is_noticed(house, module, line):
    with (house / "pollerlab" / f"{module}.py").open("a") as file:
        file.write(f"\n\ndef late():\n    {line}\n")
    kept, said = lint_imports(house)
    assert not kept
    assert "A wing imports only from those below it BROKEN" in said
    assert "Contracts: 1 kept, 1 broken." in said


@pytest.mark.parametrize("module", ["scenery/machine", "exercises/__init__", "terminal"])
def test_ipywidgets_elsewhere_than_in_live_is_noticed(house, module):
    with (house / "pollerlab" / f"{module}.py").open("a") as file:
        file.write("\n\nimport ipywidgets\n")
    kept, said = lint_imports(house)
    assert not kept
    assert "Nothing but live knows ipywidgets BROKEN" in said
    assert "Contracts: 1 kept, 1 broken." in said


def test_a_wing_without_its_place_is_noticed(house):
    (house / "pollerlab" / "attic").mkdir()
    (house / "pollerlab" / "attic" / "__init__.py").touch()
    kept, said = lint_imports(house)
    assert not kept
    assert "pollerlab.attic" in said
