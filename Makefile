# make lab    open the course in JupyterLab          make test    prove it: lint, tests, every notebook
# Both set up .venv first, and again only when pyproject.toml has changed.

PYTHON ?= python3
BIN := .venv/bin
FIRST := $(firstword $(sort $(wildcard notebooks/*.ipynb)))
LAB_ARGS ?=
MINUTES ?= 5
RUNS ?= 4

.PHONY: lab test lint notebooks browser fuzz soak drills clean

# tools/lab has JupyterLab's settings: nothing is saved unless the reader saves it.
lab: .venv/lab.installed
	$(BIN)/python -m jupyterlab --allow-root --ServerApp.root_dir=. --LabApp.app_settings_dir=tools/lab \
	    --LabApp.default_url=/lab/tree/$(FIRST) $(LAB_ARGS)

test: lint
	@echo "Now the tests and the notebooks. This takes about twenty minutes."
	$(BIN)/python -m pytest

lint: .venv/test.installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

# Runs the notebooks and stores their outputs; NOTEBOOKS=notebooks/01_blocking_recv.ipynb for one.
notebooks: .venv/test.installed
	$(BIN)/python tools/run_notebooks.py $(NOTEBOOKS)

# Runs each page in JupyterLab in a headless Chromium, and tries its controls; pictures of both themes go to
# build/screenshots.
browser: .venv/browser.installed
	$(BIN)/python -m pytest -m browser --durations=20 tests/browser

# Compares our pollers with zmq.Poller over random traffic, from a fresh seed: make fuzz MINUTES=60.
fuzz: .venv/test.installed
	$(BIN)/python tools/fuzz.py $(MINUTES)

# Runs all notebooks again and again under four loads, and adds to docs/soak.md.
soak: .venv/test.installed
	$(BIN)/python tools/soak.py $(RUNS)

# Runs notebooks twice and backwards, interrupts and restarts them: make drills NOTEBOOKS=... DRILLS="interrupt kill".
drills: .venv/test.installed
	$(BIN)/python tools/drills.py $(NOTEBOOKS) $(if $(DRILLS),--drill $(DRILLS))

clean:
	rm -rf .venv build src/*.egg-info

# The tests' set-up includes the lab's, and the browser's includes both.
.venv/lab.installed: EXTRA = lab
.venv/test.installed: EXTRA = test
.venv/browser.installed: EXTRA = browser
.venv/%.installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
	    { echo "There is no $(PYTHON) here: install Python 3.10 or later, or name it, as in 'make lab PYTHON=python3.12'."; exit 1; }
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$(EXTRA)]"
	@touch $@ .venv/lab.installed
	@if [ $(EXTRA) = browser ]; then touch .venv/test.installed; fi
