"""Sphinx's settings for the book, which `make.py` builds."""

from sources import REPOSITORY

project = "Waiting Well"
author = "the authors of Waiting Well"
copyright = f"2026, {author}"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton"]

nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "sources.read_notebook"}
nb_render_markdown_format = "gfm"
nb_code_prompt_show = "Show"
nb_code_prompt_hide = "Hide"
myst_heading_anchors = 3
myst_heading_slug_func = "sources.slug"

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_mock_imports = ["anywidget", "ipywidgets"]  # the book shows what they do, and need not do it

templates_path = ["templates"]
html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "static/favicon.svg"
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
html_theme_options = {
    "repository_url": REPOSITORY,
    "repository_branch": "HEAD",
    "use_repository_button": True,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the search is in the side bar
    "launch_buttons": {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"},
}
html_static_path = ["static"]
html_css_files = ["book.css"]
copybutton_selector = "div.cell_input pre, div.highlight:not(.cell_output *) > pre"


def setup(app):
    """Leave out of docstrings what is not for readers, and know headings as GitHub spells them."""
    app.connect("autodoc-process-docstring", _for_readers)
    app.connect("doctree-read", _as_github_spells)


def _as_github_spells(app, doctree):
    """Let links to the glossary be in small letters: MyST before 5 wants those of the heading."""
    if app.env.docname.startswith("docs/"):
        slugs = app.env.metadata[app.env.docname].get("myst_slugs", {})
        for slug, place in list(slugs.items()):
            slugs.setdefault(slug.lower(), place)


def _for_readers(app, what, name, thing, options, lines):
    """Cut from a wing's docstring who takes what from where, which is for those who change it."""
    if what == "module":
        ends = [number for number, line in enumerate(lines) if line.startswith("Others take from here")]
        del lines[min(ends, default=len(lines)) :]
