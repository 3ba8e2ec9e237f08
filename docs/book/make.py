"""Make the course a book: a web site in build/book.

Usage: python docs/book/make.py [--serve]

What Sphinx reads is laid out in build/book-source: the notebooks as they are, the README as the front page,
and the reference, of which a part is made from the package.
"""

import argparse
import shutil
import sys
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import sources
from PIL import Image
from sphinx.cmd.build import build_main

HERE = Path(__file__).resolve().parent
BUILD = sources.ROOT / "build"


def lay_out(folder: Path) -> None:
    """Put all that the book is made from into a *folder*, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sources.ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(sources.ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("book", "soak.md"))
    for part in ("reference", "static"):
        shutil.copytree(HERE / part, folder / part)
    shutil.copy2(sources.ROOT / "CHANGELOG.md", folder)
    for name, text in sources.made().items():
        (folder / name).write_text(text, encoding="utf-8")


def build(source: Path, site: Path) -> int:
    """Have Sphinx build the *site*, anew, as it warns of a page only when it reads it.

    :returns: the exit status, which is not 0 after a warning.
    """
    shutil.rmtree(site, ignore_errors=True)
    options = ["--quiet", "--fail-on-warning", "--jobs", "auto", "--conf-dir", str(HERE)]
    status = build_main([*options, "--doctree-dir", str(source / ".doctrees"), str(source), str(site)])
    for unused in [*site.rglob("*.map"), *site.rglob("fontawesome.js")]:  # a quarter of the site
        unused.unlink()
    for picture in (site / "_images").glob("*.png"):  # 256 colours are enough for a plot, at half the bytes
        with Image.open(picture) as image:
            image.convert("RGB").quantize(256).save(picture, optimize=True)
    return status


def serve(site: Path) -> None:
    """Show the *site* in a browser until Ctrl-C."""
    handler = partial(SimpleHTTPRequestHandler, directory=site)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"The book is at {address}. Ctrl-C ends it.", flush=True)
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def main() -> int:
    """Read the command line, build, and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--serve", action="store_true", help="show it in a browser until Ctrl-C")
    options = parser.parse_args()
    lay_out(BUILD / "book-source")
    status = build(BUILD / "book-source", BUILD / "book")
    if options.serve and not status:
        serve(BUILD / "book")
    return status


if __name__ == "__main__":
    sys.exit(main())
