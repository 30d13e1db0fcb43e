# Everything runs in .venv, which is made on first use and brought up to date when setup.cfg,
# pyproject.toml, constraints.txt or the set of packages changes.

VENV := .venv
BIN := $(VENV)/bin
# The first of these that starts and is at least 3.11; choose another with `make PYTHON=...`.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$python; break; fi; done)
PACKAGES := $(wildcard $(addsuffix /__init__.py,fieldtheory diagrams replicas renormalization))
INPUTS := setup.cfg pyproject.toml constraints.txt $(PACKAGES)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo sweep-demo train-check docs test notebooks fuzz lint bench accuracy clean

help:
	@echo "make sweep-demo a sweep of a million points, timed beside a loop over single curves"
	@echo "make train-check real networks of five widths, whose excess over kernel regression falls as 1/width"
	@echo "make demo      learning curve of a deep network: theories and simulation, into demo/curve.svg"
	@echo "make docs      the reference site, into docs/_build; a warning is an error"
	@echo "make test      lint, then all tests and doctests"
	@echo "make lowest    a selection of tests with the oldest versions that setup.cfg allows"
	@echo "make notebooks every notebook from a clean kernel, two at a time, beside its stored outputs"
	@echo "make fuzz      10,000 command lines and calls at random (others with CASES=... SEED=...), then each"
	@echo "               argument of each call replaced by each of many objects"
	@echo "make lint      ruff and mypy --strict"
	@echo "make bench     the benchmarks"
	@echo "make accuracy  every theory against brute-force simulations; others with FILE=..."
	@echo "make clean     remove what the above made (but .venv)"

demo: $(VENV)/.installed
	mkdir -p demo
	$(BIN)/fieldtheory curve --kernel ntk --activation relu --hidden-layers 3 \
		--weight-variance 1 --bias-variance 1 --input-scale 0.02 --dim 50 --target 1:1,2:1 --ridge 0 \
		--n 50:3500:12 --theory auto --theory equivalent-kernel --renormalise-at 3 \
		--simulate 4 --seed 0 --out demo/curve.svg

sweep-demo: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.sweeps

docs: $(VENV)/.installed-test
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs docs/_build

train-check: export OMP_NUM_THREADS = 1
train-check: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.train_check

# the same code, the same verdict: properties are tried on the same examples here, on others by `pytest` alone
# two processes for two cores: a second thread of BLAS in each waits for a core, and spins
test notebooks: export OPENBLAS_NUM_THREADS = 1
test notebooks: export OMP_NUM_THREADS = 1
test: lint notebooks
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --hypothesis-seed=0 --ignore=tests/test_notebooks.py

# The least that setup.cfg asks for, in an environment of its own: what every call needs, spectra, commands, figures
lowest: $(VENV)-lowest/.installed
	OMP_NUM_THREADS=1 $(VENV)-lowest/bin/python -m pytest -p no:cacheprovider --quiet --hypothesis-seed=0 \
		tests/diagrams/test_generate.py tests/workbench/test_plots.py tests/workbench/test_cli_derive.py

$(VENV)-lowest/.installed: setup.cfg .ci/lower_bounds.py | $(BIN)/pip
	$(BIN)/python -m venv --clear --without-pip $(VENV)-lowest
	$(BIN)/python .ci/lower_bounds.py pytest hypothesis python-flint >$(VENV)-lowest/bounds.txt
	$(BIN)/python -m pip --python $(VENV)-lowest/bin/python install --quiet --disable-pip-version-check \
		--requirement $(VENV)-lowest/bounds.txt
	@touch $@

# one at a time to each process, not file by file; what a text makes is stored by `python -m tests.notebooks`
notebooks: $(VENV)/.installed-test
	$(BIN)/python -m pytest --numprocesses=2 --dist=load --maxschedchunk=1 tests/test_notebooks.py

CASES ?= 10000
SEED ?= 0
fuzz: $(VENV)/.installed-test
	$(BIN)/python -m tests.fuzz --cases $(CASES) --seed $(SEED)
	$(BIN)/python -m tests.fuzz --walk

lint: $(VENV)/.installed-test
	$(BIN)/ruff check
	$(BIN)/mypy --strict

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

accuracy: $(VENV)/.installed
	$(BIN)/python -m benchmarks.accuracy $(FILE)

clean:
	rm -rf $(VENV)-lowest demo docs/_build docs/api docs/gallery build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: $(INPUTS) | $(BIN)/pip
	@echo "Installing deep-fieldtheory into $(VENV) (the first time takes a minute or two)"
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-test: $(INPUTS) | $(BIN)/pip
	@echo "Installing deep-fieldtheory and its test tools into $(VENV) (the first time takes a minute or two)"
	$(PIP_INSTALL) --editable '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: $(INPUTS) | $(BIN)/pip
	@echo "Installing deep-fieldtheory and what it is compared with into $(VENV) (the first time takes a minute or two)"
	$(PIP_INSTALL) --editable '.[bench]'
	@touch $(VENV)/.installed $@

# Debian ships ensurepip, which venv needs, in a package of its own: use virtualenv if that is there instead.
$(BIN)/pip:
	@if test -z "$(PYTHON)"; then \
		echo "No Python 3.11 or newer found. Install one, or name it: make PYTHON=python3.12" >&2; exit 1; \
	elif $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	elif $(PYTHON) -m virtualenv --version >/dev/null 2>&1; then $(PYTHON) -m virtualenv --quiet $(VENV); \
	elif virtualenv --version >/dev/null 2>&1; then virtualenv --quiet --python $(PYTHON) $(VENV); \
	else \
		echo "$(PYTHON) cannot make a virtual environment: its module venv or ensurepip is missing." >&2; \
		echo "On Debian or Ubuntu: apt install python3-venv. Elsewhere install virtualenv," >&2; \
		echo "or name another Python: make PYTHON=python3.12" >&2; exit 1; \
	fi
