# The one door: what a person or a machine does with this repository, it does through these targets.
# `make help` lists them. Needs make and Python >= 3.11 with venv; everything else is set up on the first call.

PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python

# Empty where a window cannot be opened: on Linux without an X or Wayland display.
SCREEN := $(if $(filter Linux,$(shell uname -s)),$(DISPLAY)$(WAYLAND_DISPLAY),yes)

# Tests start hundreds of processes: they share their byte code, whatever the environment says about keeping it.
# They run side by side, one process per core; JOBS=0 runs them one after the other.
JOBS ?= auto
PYTEST := QT_QPA_PLATFORM=offscreen PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n $(JOBS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long soak check format bench results package clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /make \1 | /p' Makefile | awk -F' \\| ' '{printf "%-24s%s\n", $$1, $$2}'

# ------------------------------------------------------------------------------------------ environment

setup: .venv/.installed .venv/.libraries-run  ## the environment (.venv/) and the system libraries; the others call it

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "nndesigner needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12"; exit 1; }
	@test -x $(PY) || { echo "Creating .venv/"; $(PYTHON) -m venv .venv; } || \
		{ rm -rf .venv; echo "Python's venv is missing; on Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Installing the pinned dependencies into .venv/ (on the first call this downloads PyTorch and takes minutes)"
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.venv/.libraries-%: packaging/system-libraries | .venv/.installed
	@packaging/system-libraries $*
	@touch $@

# -------------------------------------------------------------------------------------------------- run

run: setup  ## open the designer on an example; without a display, train and export it into out/
ifneq ($(strip $(SCREEN)),)
	$(PY) -m nndesigner examples/digits-cnn.nnd
else
	@echo "There is no display (DISPLAY and WAYLAND_DISPLAY are empty): running the example without a window."
	QT_QPA_PLATFORM=offscreen $(PY) -m nndesigner run-headless examples/digits-cnn.nnd --out out
endif

# ------------------------------------------------------------------------------------------------ tests

test: check .venv/.libraries-test  ## everything that every commit must pass
	$(PYTEST)

test-long: check .venv/.libraries-test  ## the full counts (up to an hour)
	$(PYTEST) -m "not soak"

soak: .venv/.installed .venv/.libraries-test  ## what takes longer than that
	$(PYTEST) -m soak -o faulthandler_timeout=0

check: setup  ## format, lint, types, import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed  ## let ruff format and mend what it can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: setup  ## speed against hand-written baselines, into out/bench.json; ONLY=name runs a part
	$(PY) tests/bench/run.py $(ONLY)

results: setup  ## accuracy of the templates against hand-written networks, into docs/results.md; ONLY=name trains one
	$(PY) -m tests.results.run $(ONLY)

# ------------------------------------------------------------------------------------- package and clean

package: .venv/.installed  ## build the wheel into dist/
	$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@ls dist/*.whl

clean:  ## remove what the targets made, except .venv/
	rm -rf out dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find nndesigner tests -name __pycache__ -type d -prune -exec rm -rf {} +
