"""Run notebooks and store their outputs, so that a second run changes only pictures.

Usage: python tools/run_notebooks.py [NOTEBOOK ...]    (default: all)

Nothing is stored of when or where a notebook ran: no timestamps, no random ids, no version of Python.
Text that differs only in ``~`` numbers, which the tests do not compare either, stays as it was stored.
The pictures of cells with one of the tags in `PICTURES` also become files of their own.
"""

import argparse
import base64
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbval.plugin import get_sanitize_patterns

ROOT = Path(__file__).resolve().parent.parent
PATTERNS = get_sanitize_patterns((ROOT / "tests" / "nbval_sanitize.cfg").read_text())
SECONDS_PER_CELL = 60
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = {  # by a cell's tag, where else its picture is kept: for the README
    "readme-map": ROOT / "docs" / "cost-latency-map.png",
    "readme-scale": ROOT / "docs" / "polling-at-scale.png",
}


def sanitised(text: str) -> str:
    """*text* as the tests compare it."""
    for pattern, replacement in PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text


def keep_stored_text(new: dict, stored: dict) -> None:
    """Put text of *stored* back into *new*, wherever both say the same once sanitised."""
    for key, value in new.items():
        before = stored.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            keep_stored_text(value, before)
        elif isinstance(value, str) and isinstance(before, str) and sanitised(value) == sanitised(before):
            new[key] = before


def run(path: Path) -> None:
    """Execute the notebook at *path* from its first cell to its last, and store it.

    :raises nbclient.exceptions.CellExecutionError: if a cell raises; then nothing is stored.
    """
    stored = nbformat.read(path, as_version=4)
    new = nbformat.read(path, as_version=4)
    NotebookClient(
        new,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    new.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell, before in zip(new.cells, stored.cells, strict=True):
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)  # useless without its kernel, and its id is random
        for output, output_before in zip(cell.get("outputs", []), before.get("outputs", []), strict=False):
            keep_stored_text(output, output_before)
        for tag in PICTURES.keys() & set(cell.metadata.get("tags", [])):
            PICTURES[tag].write_bytes(base64.b64decode(cell.outputs[0].data["image/png"]))
    nbformat.write(new, path)


def main() -> None:
    """Read the command line and run the notebooks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "notebooks", nargs="*", type=Path, default=sorted((ROOT / "notebooks").glob("*.ipynb"))
    )
    for path in parser.parse_args().notebooks:
        print(f"running {path.name}", flush=True)
        run(path)


if __name__ == "__main__":
    main()
