# One command each: `make demo` shows it, `make test` tests it, `make check` is what CI runs.

# the first that is new enough; another one: make PYTHON=/path/to/python3.12
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && echo $$python && break; done)
VENV   ?= .venv
BIN     = $(VENV)/bin
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test check lint types contracts wheel scale live format lock clean

demo: $(VENV)/installed
	@$(BIN)/orderferry demo

test: $(VENV)/developing
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: lint types contracts test wheel

lint: $(VENV)/developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/developing
	$(BIN)/mypy

contracts: $(VENV)/developing
	$(BIN)/lint-imports --no-cache

# builds the wheel, installs it in an empty environment and uses it as an operator would
wheel: $(VENV)/developing
	rm -rf dist build/wheel-venv build/acceptance
	$(BIN)/python -m build --quiet --no-isolation --wheel --outdir dist
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip install --quiet --disable-pip-version-check \
	    -c constraints.txt dist/*.whl pytest pytest-timeout pytest-xdist
	cp -R tests/acceptance build/acceptance
	cd build/acceptance && env -u PYTHONPATH ORDERFERRY="$(CURDIR)/build/wheel-venv/bin/orderferry" \
	    ../wheel-venv/bin/python -m pytest -q -n auto -p no:cacheprovider --rootdir . .

# `status` on a ledger of a million rows; make test has the same with fewer
scale: $(VENV)/developing
	ORDERFERRY_LEDGER_ROWS=1000000 $(BIN)/python -m pytest tests/cli/test_status_text.py \
	    --timeout 900 --durations 5 $(ARGS)

# the connector's conformance checks against a real shop: WOO_URL, WOO_KEY, WOO_SECRET, WOO_CA
live: $(VENV)/developing
	$(BIN)/python -m pytest -m live tests/live $(ARGS)

format: $(VENV)/developing
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# renews constraints.txt with the newest versions that pyproject.toml allows
lock:
	rm -rf build/lock-venv && $(PYTHON) -m venv build/lock-venv
	build/lock-venv/bin/python -m pip install --quiet -e '.[dev]' hatchling
	(echo '# The versions that are tested, for Python 3.11 to 3.13 (make lock renews them).'; \
	 build/lock-venv/bin/python -m pip freeze --exclude-editable) > constraints.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n '$(PYTHON)' || { echo 'orderferry needs Python 3.11 or newer; install one, or name' \
	    'it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

$(VENV)/developing: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/installed
