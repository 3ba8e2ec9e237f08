"""The links of the README and of CONTRIBUTING lead somewhere."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from kernels import NOTEBOOKS, ROOT

TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}


def targets(text):
    """The targets of its links and pictures, those of references included."""
    plain = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
    return re.findall(r"\]\(([^)\s]+)\)", plain) + re.findall(r"^\[[^\]]+\]: (\S+)$", plain, re.M)


def anchors(text):
    """The headings of a text as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def unresolved(text):
    """The targets that are on this machine, and not there."""
    there = [target for target in targets(text) if not target.startswith("https://")]
    return [
        target
        for target in there
        if not (target[1:] in anchors(text) if target.startswith("#") else (ROOT / target).exists())
    ]


def binder_links(text):
    return [target for target in targets(text) if target.startswith("https://mybinder.org/v2/")]


def opened_by(link):
    """The file that a link to Binder opens in JupyterLab."""
    (labpath,) = parse_qs(urlsplit(link).query)["labpath"]
    return ROOT / unquote(labpath)


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files_that_are_there(name):
    assert targets(TEXTS[name])
    assert unresolved(TEXTS[name]) == []


def test_a_link_to_what_is_not_there_is_noticed():
    text = "[a](notebooks/99_gone.ipynb), [b](#nowhere), ![c](docs/gone.png)\n\n[d]: src/gone\n"
    assert unresolved(text) == ["notebooks/99_gone.ipynb", "#nowhere", "docs/gone.png", "src/gone"]


@pytest.mark.parametrize("name", TEXTS)
def test_notebooks_that_commands_name_are_there(name):
    named = set(re.findall(r"notebooks[/\\](\d\d[a-z]?_\w+\.ipynb)", TEXTS[name]))
    assert named
    assert named <= {path.name for path in NOTEBOOKS}


def test_binder_opens_the_first_notebook_in_jupyterlab():
    (link,) = binder_links(TEXTS["README.md"])  # the repository's name stands in one place
    assert opened_by(link) == NOTEBOOKS[0]
    assert opened_by(link).is_file()


def test_the_badge_and_the_text_take_that_link():
    assert len(re.findall(r"\]\[binder\]", TEXTS["README.md"])) >= 2


def test_the_name_of_the_repository_is_in_one_place():
    (link,) = binder_links(TEXTS["README.md"])
    owner, repository = re.fullmatch(r"/v2/gh/([^/]+)/([^/]+)/HEAD", urlsplit(link).path).groups()
    places = [text.count(f"gh/{owner}/{repository}") for text in TEXTS.values()]
    assert sum(places) == 1
    after = TEXTS["README.md"].partition(f"[binder]: {link}\n")[2]
    assert after.startswith(f"[book]: https://{owner}.github.io/{repository}/\n")
