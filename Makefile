# One command each: `make demo` shows it, `make test` tests it, `make check` is what CI runs.

# the first that is new enough; another one: make PYTHON=/path/to/python3.12
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && echo $$python && break; done)
VENV   ?= .venv
FUZZ_SECONDS ?= 1800
CHILDREN ?= 1
BIN     = $(VENV)/bin
# how many tests at once; they wait for processes and timeouts, so more than there are cores pays
WORKERS ?= auto
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test check lint types contracts wheel scale screenshots many size points bench bench-peers \
    bench-small profile bulk attack kill week matrix provenance live fuzz mutants docs format lock clean

demo: $(VENV)/installed
	@$(BIN)/orderferry demo

test: $(VENV)/developing
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 15 $(ARGS)

check: lint types contracts test wheel

lint: $(VENV)/developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/developing
	$(BIN)/mypy

contracts: $(VENV)/developing
	$(BIN)/lint-imports --no-cache

# builds the wheel, installs it in an empty environment and uses it as an operator would; all of
# tests/acceptance works there: make wheel WHEEL_TESTS=.
WHEEL_TESTS ?= test_commands.py test_daemon.py test_init.py test_preview.py test_quarantine.py \
    test_status_page.py test_sync.py

wheel: $(VENV)/developing
	rm -rf dist build/wheel-venv build/acceptance
	$(BIN)/python -m build --quiet --no-isolation --wheel --outdir dist
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip install --quiet --disable-pip-version-check \
	    -c constraints.txt "$$(ls dist/*.whl)[sandbox]" pytest pytest-timeout pytest-xdist pyyaml
	cp -R tests/acceptance build/acceptance
	cd build/acceptance && env -u PYTHONPATH ORDERFERRY="$(CURDIR)/build/wheel-venv/bin/orderferry" \
	    ../wheel-venv/bin/python -m pytest -q -n auto -p no:cacheprovider --rootdir . \
	    $(WHEEL_TESTS)

# `status` and the status page on a ledger of a million rows; make test has the same with fewer
scale: $(VENV)/developing
	ORDERFERRY_LEDGER_ROWS=1000000 $(BIN)/python -m pytest tests/cli/test_status_text.py \
	    tests/web/test_scale.py --timeout 900 --durations 5 -s $(ARGS)

# the pictures of the status page in docs/images, from a made-up fortnight; needs Chromium
screenshots: $(VENV)/developing
	RENEW_DOCS=1 $(BIN)/python -m pytest tests/web/test_browser.py -k pictures -n 0 $(ARGS)

# `check` of 100 slow shops, with the time it takes; make test has 20
many: $(VENV)/developing
	CHECK_MERCHANTS=100 $(BIN)/python -m pytest tests/acceptance/test_check.py -k many -s $(ARGS)

# the query points of reading a Shopify shop, beside one big query; fails if a bound is broken
points: $(VENV)/developing
	$(BIN)/python bench/shopify_points.py

# speed and cost beside bounds; writes build/bench/. BENCH_ORDERS, BENCH_REPEAT, BENCH_ONLY,
# BENCH_LARGE=1; RENEW_DOCS=1 writes the tables of docs/performance.md
bench: $(VENV)/developing
	$(BIN)/python -m bench

# the same beside other people's connectors, which are installed under build/
bench-peers: $(VENV)/developing build/peers/dlt/installed build/peers/airbyte/installed
	BENCH_PEERS="$(CURDIR)/build/peers" $(BIN)/python -m bench

# where the time of a backfill goes; RENEW_DOCS=1 writes it to docs/performance.md
profile: $(VENV)/hunting
	$(BIN)/python -m bench.profile

# seconds: that the benchmark still runs, and that counts (requests, points, bytes) keep their bounds
bench-small: $(VENV)/developing
	BENCH_SMALL=1 $(BIN)/python -m bench

build/peers/%/installed: bench/peers/%.txt
	rm -rf build/peers/$* && $(PYTHON) -m venv build/peers/$*
	build/peers/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# a backfill of 100,000 Shopify orders by bulk operation, killed ten times; make test has 600 orders
bulk: $(VENV)/developing
	ORDERFERRY_BULK_ORDERS=100000 $(BIN)/python -m pytest tests/soak/test_bulk_kill.py \
	    -s --timeout 3600 $(ARGS)

# 500 lives of a shop, each of 50 steps with faults, deaths and restarts; make test has a few
attack: $(VENV)/developing
	ATTACK_EXAMPLES=500 ATTACK_STEPS=50 $(BIN)/python -m pytest tests/attack/test_machine.py \
	    -n 3 --timeout 7200 -p no:logging $(ARGS)

# kill -9 of the daemon at 200 random moments among 5,000 orders; make test has 5 among 200
kill: $(VENV)/developing
	KILL_TIMES=200 KILL_ORDERS=5000 $(BIN)/python -m pytest tests/attack/test_kill.py \
	    -s -p no:logging $(ARGS)

# a week of 50 shops; writes docs/week.md; make test has 4 shops
week: $(VENV)/developing
	WEEK_MERCHANTS=50 WEEK_POLL_MINUTES=15 WEEK_PLOT=docs/week.md $(BIN)/python -m pytest \
	    tests/attack/test_week.py -s -p no:logging $(ARGS)

# where every field of every golden case comes from, and of many made-up orders; make test has a few
provenance: $(VENV)/developing
	PROVENANCE_EVERY=1 PROVENANCE_EXAMPLES=100 $(BIN)/python -m pytest -n auto \
	    tests/mapping/test_provenance.py tests/mapping/test_docs.py --timeout 3600 $(ARGS)

# writes the tables of docs/reliability.md anew, as the tests measure them
matrix: $(VENV)/developing
	RENEW_DOCS=1 $(BIN)/python -m pytest tests/attack/test_matrix.py tests/attack/test_poison.py \
	    -n 0 -p no:logging $(ARGS)

# the state file's size after 300 days of 2,000 orders; make test has the same with 20 a day
size: $(VENV)/developing
	ORDERFERRY_ORDERS_A_DAY=2000 $(BIN)/python -m pytest tests/state/test_size.py \
	    --timeout 3600 -s $(ARGS)

# writes what is generated from the code: every configuration key, for people and for editors
docs: $(VENV)/developing
	$(BIN)/orderferry schema > docs/config.schema.json
	$(BIN)/orderferry schema --markdown > docs/configuration.md

# the connector's conformance checks against a real shop: WOO_URL, WOO_KEY, WOO_SECRET, WOO_CA
live: $(VENV)/developing
	$(BIN)/python -m pytest -m live tests/live $(ARGS)

# both mappings under a fuzzer for half an hour; CI has 30 seconds, make test a few hundred orders
fuzz: $(VENV)/hunting
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m tests.fuzz.run

# changes mapping in thousands of ways and counts the changes that its tests notice: an hour of one
# core. MUTANTS="mapping.money*" tries those alone; a second run tries what changed or survived
mutants: $(VENV)/hunting
	CHILDREN=$(CHILDREN) $(BIN)/python -m tests.mutants.run $(MUTANTS)
	$(BIN)/python -m tests.mutants.report

format: $(VENV)/developing
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# renews constraints.txt with the newest versions that pyproject.toml allows
lock:
	rm -rf build/lock-venv && $(PYTHON) -m venv build/lock-venv
	build/lock-venv/bin/python -m pip install --quiet -e '.[dev,hunt]' hatchling
	(echo '# The versions that are tested, for Python 3.11 to 3.13 (make lock renews them).'; \
	 build/lock-venv/bin/python -m pip freeze --exclude-editable) > constraints.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n '$(PYTHON)' || { echo 'orderferry needs Python 3.11 or newer; install one, or name' \
	    'it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[sandbox]'
	@touch $@

$(VENV)/developing: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/installed

$(VENV)/hunting: $(VENV)/developing
	$(PIP) -e '.[dev,hunt]'
	@touch $@ $(VENV)/developing $(VENV)/installed
