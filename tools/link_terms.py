"""Link the first use of each term in each notebook to its line in the glossary.

Usage: python tools/link_terms.py

Takes away the links that are there, and makes them again.  Left out are code, headings, tables, the sentences
for pictures, other links, and all from *Your turn* on.
"""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"
LINK = re.compile(r"\[([^\]]+)\]\(\.\./docs/glossary\.md#[\w-]+\)")
LEFT_OUT = re.compile(
    r"```.*?```|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<details>.*?</details>|^#.*?$|^\|.*?$|^\*[^*]+\*$", re.S | re.M
)
ENDINGS = r"(?:s|es|ed|ing|ned|ning|ped|ping)?"


def terms(glossary: str) -> list[str]:
    """Its headings, the longest first: "lost wake-up" is not "wake-up"."""
    return sorted(re.findall(r"^## (.+)$", glossary, re.M), key=lambda term: (-len(term), term))


def anchor(term: str) -> str:
    """The part of a link after the #, as GitHub and the book form it from a heading."""
    return term.lower().replace(" ", "-")


def pattern(term: str) -> re.Pattern:
    """What counts as a use: "PUSH" or "PULL" for "PUSH and PULL"; plurals and forms of verbs as well."""
    words = [r"\s+".join(map(re.escape, word.split())) for word in term.split(" and ")]
    words = [re.sub("y$", "(?:y|ie)", word) for word in words]
    flags = 0 if term[:2].isupper() else re.I
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words)}){ENDINGS}(?![\w-])", flags)


def free_use(text: str, use: re.Pattern, longer: list[re.Pattern]) -> re.Match | None:
    """The first use of a term where it may be linked, and is not a part of a longer term."""
    uses = list(use.finditer(text))
    taken = [found.span() for kind in (LEFT_OUT, *longer) for found in kind.finditer(text)] if uses else []
    for found in uses:
        if not any(begin < found.end() and found.start() < end for begin, end in taken):
            return found
    return None


def linked(texts: list[str], glossary: str) -> list[str]:
    """The text cells of a notebook, in order, with the first use of each term linked."""
    texts = [LINK.sub(r"\1", text) for text in texts]
    end = next((n for n, text in enumerate(texts) if re.search(r"^## Your turn", text, re.M)), len(texts))
    longer: list[re.Pattern] = []
    for term in terms(glossary):
        for place, text in enumerate(texts[:end]):
            if found := free_use(text, pattern(term), longer):
                link = f"[{found.group()}](../docs/glossary.md#{anchor(term)})"
                texts[place] = text[: found.start()] + link + text[found.end() :]
                break
        longer.append(pattern(term))
    return texts


def main() -> None:
    """Rewrite the notebooks."""
    glossary = GLOSSARY.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
        for cell, text in zip(cells, linked([cell.source for cell in cells], glossary), strict=True):
            cell.source = text
        nbformat.write(notebook, path)
        print(f"{path.stem}: {sum(len(LINK.findall(cell.source)) for cell in cells)} terms")


if __name__ == "__main__":
    main()
