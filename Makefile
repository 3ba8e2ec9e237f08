# make lab    open the course in JupyterLab          make test    prove it: lint, tests, every notebook
# Both set up .venv first, and again only when pyproject.toml has changed.

PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# The oldest Python that is here, for the oldest versions of everything.
OLDEST ?= $(if $(shell python3.10 -V 2>/dev/null),python3.10,$(PYTHON))
# Outputs are compared on Linux. Elsewhere cells are run, and their claims checked.
LAX := $(if $(filter Linux,$(shell uname -s)),,--nbval-lax)
FIRST := $(firstword $(sort $(wildcard notebooks/*.ipynb)))
LAB_ARGS ?=
MINUTES ?= 5
CYCLES ?= 1000
EXAMPLES ?= 200
RUNS ?= 4

# Or each of some hundred processes would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: lab test test-pythons compat programs exercises-check doctor-check doctor-wild lint notebooks browser book book-serve book-check binder-check binder-image package-check types test-oldest test-elsewhere fuzz faults soak drills classroom clean

# tools/lab has JupyterLab's settings: nothing is saved unless the reader saves it.
lab: .venv/lab.installed
	$(BIN)/python -m jupyterlab --allow-root --ServerApp.root_dir=. --LabApp.app_settings_dir=tools/lab \
	    --LabApp.default_url=/lab/tree/$(FIRST) $(LAB_ARGS)

test: lint
	@echo "Now the tests and the notebooks. This takes some five minutes."
	$(BIN)/python -m pytest -n auto $(LAX)

# The tests once more, with the oldest version that pyproject.toml allows of each package, and on the oldest
# Python that is here; outputs are not compared.
test-oldest:
	$(OLDEST) -m venv --clear build/oldest
	build/oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	build/oldest/bin/python tools/lower_limits.py > build/oldest/limits.txt
	build/oldest/bin/python -m pip install --quiet --disable-pip-version-check --requirement build/oldest/limits.txt
	build/oldest/bin/python -m pytest -n auto --nbval-lax

# The tests and notebooks without what macOS and Windows lack.
ELSEWHERE := PYTHONPATH=tests/elsewhere $(BIN)/python -m pytest -n auto
test-elsewhere: .venv/test.installed
	WITHOUT=macos $(ELSEWHERE) -p not_linux tests
	WITHOUT=windows $(ELSEWHERE) --nbval-lax notebooks

# The tests on each Python of these that is here, each in an environment of its own: make test-pythons PYTHONS=3.12
PYTHONS ?= 3.10 3.11 3.12 3.13 3.14
test-pythons:
	@for version in $(PYTHONS); do \
	    found=$$($(PYTHON) tools/find_python.py $$version) || { echo "No Python $$version here: left out."; continue; }; \
	    echo "Python $$version: $$found"; \
	    $$found -m venv build/python$$version && \
	    build/python$$version/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[test]" && \
	    build/python$$version/bin/python -m pytest -n auto $(LAX) || exit; \
	done

# The doctor and Jupyter kernels of these versions of ipykernel: 7.3.0 loses wake-ups, the others do not.
KERNELS ?= 7.3.0 7.4.0 6.31.0
doctor-wild:
	@for version in $(KERNELS); do \
	    $(PYTHON) -m venv build/ipykernel$$version && \
	    build/ipykernel$$version/bin/python -m pip install --quiet --disable-pip-version-check --editable . \
	        jupyter_client ipykernel==$$version && \
	    build/ipykernel$$version/bin/python tools/doctor_wild.py || exit; \
	done

lint: .venv/test.installed
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports --no-cache

# Runs the notebooks and stores their outputs; NOTEBOOKS=notebooks/01_blocking_recv.ipynb for one.
notebooks: .venv/test.installed
	$(BIN)/python tools/run_notebooks.py $(NOTEBOOKS)

# Runs each page in JupyterLab in a headless Chromium, and tries its controls; pictures of both themes go to
# build/screenshots.
browser: .venv/browser.installed
	$(BIN)/python -m pytest -n 2 -m browser --durations=20 tests/browser

# The course as a web site, in build/book; and the same, shown in a browser until Ctrl-C.
book: .venv/book.installed
	$(BIN)/python docs/book/make.py

book-serve: .venv/book.installed
	$(BIN)/python docs/book/make.py --serve

# Builds it, and reads each page in a headless Chromium, wide and narrow, light and dark.
book-check: .venv/book.installed .venv/browser.installed
	$(BIN)/python -m pytest -m book --durations=10 tests/browser/test_book.py

# What Binder will make of the tree, and a rehearsal: an ordinary user, one core, what binder/environment.yml names.
binder-check: .venv/binder.installed
	$(BIN)/python -m pytest -m binder tests/binder

# With Docker: the image that Binder will build of the last commit, and the notebooks in it, on one core and on half.
IMAGE := waiting-well
binder-image: .venv/binder.installed
	rm -rf build/image && git clone --quiet . build/image
	$(BIN)/python -m repo2docker --no-run --user-id 1000 --user-name jovyan --image-name $(IMAGE) build/image
	docker run --rm --memory 1g --cpus 1 $(IMAGE) python -m pytest -p no:cacheprovider notebooks
	docker run --rm --memory 1g --cpus 0.5 $(IMAGE) python -m pytest -p no:cacheprovider --nbval-lax notebooks

# The wheel and the sdist: built, installed into empty environments, and imported there; and the types.
package-check: .venv/package.installed
	$(BIN)/python -m pytest -m package tests/package

types: .venv/package.installed
	$(BIN)/python -m mypy

# What the doctor costs, on a quiet machine; then its patients, quiet and with a busy process for each core.
doctor-check: .venv/test.installed
	QUIET=1 $(BIN)/python -m pytest --quiet --capture=no tests/doctor/test_overhead.py tests/doctor/test_bells.py
	$(BIN)/python tools/doctor_check.py $(RUNS)

# Hands in all answers of tests/support/answers, quiet and with a busy process for each core; then mutants of them.
exercises-check: .venv/test.installed
	$(BIN)/python tools/exercises_check.py $(RUNS)
	$(BIN)/python tools/mutants.py

# Compares our pollers with zmq.Poller over random traffic, from a fresh seed: make fuzz MINUTES=60.
fuzz: .venv/test.installed
	$(BIN)/python tools/fuzz.py $(MINUTES)

# pyzmq's own tests with each of our pollers in the place of zmq.Poller: what differs, and why.
compat: .venv/test.installed
	$(BIN)/python tools/compat.py

# Programs that others wrote, in an environment of their own, with each of our pollers in the place of zmq.Poller.
programs:
	$(PYTHON) -m venv build/programs
	build/programs/bin/python -m pip install --quiet --disable-pip-version-check --editable . parsl ipyparallel circus
	build/programs/bin/python tools/programs.py

# The drills that the tests do a little of: make faults CYCLES=10000 EXAMPLES=1000 for many.
faults: .venv/test.installed
	STEP=1 CYCLES=$(CYCLES) EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -rP tests/test_faults.py tests/test_bad_input.py

# Runs all notebooks again and again under five loads, and adds to docs/soak.md.
soak: .venv/test.installed
	$(BIN)/python tools/soak.py $(RUNS)

# Runs notebooks twice and backwards, interrupts and restarts them: make drills NOTEBOOKS=... DRILLS="interrupt kill".
drills: .venv/test.installed
	$(BIN)/python tools/drills.py $(NOTEBOOKS) $(if $(DRILLS),--drill $(DRILLS))

# A class on this machine: HEADS kernels run 04 at once, and then 11, beginning within a minute.
HEADS ?= 30
classroom: .venv/test.installed
	$(BIN)/python tools/classroom.py --heads $(HEADS) $(NOTEBOOKS)

clean:
	rm -rf .venv build src/*.egg-info

# The tests' set-up includes the lab's, the book's neither, and the others both.
.venv/lab.installed: EXTRA = lab
.venv/test.installed: EXTRA = test
.venv/browser.installed: EXTRA = browser
.venv/book.installed: EXTRA = book
.venv/binder.installed: EXTRA = binder
.venv/package.installed: EXTRA = package
.venv/%.installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
	    { echo "There is no $(PYTHON) here: install Python 3.10 or later, or name it, as in 'make lab PYTHON=python3.12'."; exit 1; }
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$(EXTRA)]"
	@touch $@ $(if $(filter book,$(EXTRA)),,.venv/lab.installed $(if $(filter lab,$(EXTRA)),,.venv/test.installed))
