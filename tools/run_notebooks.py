"""Run notebooks and store their outputs, so that a second run changes only pictures and ``~`` numbers.

Usage: python tools/run_notebooks.py [NOTEBOOK ...]    (default: all)

All that is stored of a notebook comes from one run, so that its numbers and its pictures agree, and nothing
of when or where that was: no timestamps, no random ids, no version of Python.
The pictures of cells with one of the tags in `PICTURES` also become files of their own.
"""

import argparse
import base64
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
SECONDS_PER_CELL = 60
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = {  # by a cell's tag, where else its picture is kept: for the README
    "readme-map": ROOT / "docs" / "cost-latency-map.png",
    "readme-scale": ROOT / "docs" / "polling-at-scale.png",
}


def run(path: Path) -> None:
    """Execute the notebook at *path* from its first cell to its last, and store it.

    :raises nbclient.exceptions.CellExecutionError: if a cell raises; then nothing is stored.
    """
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
    for cell in new.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)  # needs its kernel, and its id is random
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
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
        print(f"running {path.name}", end="", flush=True)
        began = time.monotonic()
        run(path)
        print(f": {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
