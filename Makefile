# `make help` lists what there is to do.

PORT    ?= 8000
WORKERS ?= 2
BIN     := .venv/bin

# Tests live in folders by what they need, so that nothing has to be skipped.
NEED_SYSTEM_PACKAGES := tests/servers tests/journeys tests/torture
NEED_NO_DATABASE     := tests/calendaring tests/couriers
# Start every database they need themselves. The browser is driven from a loop that Django's
# database must not be used beside, so the journeys are a run of their own.
CHOOSE_DATABASES     := tests/test_benchmarks.py tests/servers tests/journeys
PYTEST               := $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Setting up ---------------------------------------------------------------------------------

.PHONY: demo
demo: $(if $(wildcard .venv/installed),.venv/installed,.venv/runs) ## show a sample firm on http://127.0.0.1:8000 (PORT= changes it)
	@$(BIN)/daybook demo --port $(PORT)

.PHONY: install
install: .venv/installed ## set up .venv with all that running, testing and checking need

.venv/bin/uv: requirements/uv.txt tools/new_venv
	@tools/new_venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/runs: .venv/bin/uv requirements/app.txt pyproject.toml
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/app.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed: .venv/bin/uv requirements/dev.txt pyproject.toml
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# Testing ------------------------------------------------------------------------------------

.PHONY: test
test: .venv/installed ## run every test, on SQLite and then on PostgreSQL (Debian as root: installs what it needs)
	@tools/system_packages
	$(PYTEST) tests --ignore=tests/journeys
	$(PYTEST) tests/journeys
	$(BIN)/python tools/with_postgres.py -- $(PYTEST) tests $(NEED_NO_DATABASE:%=--ignore=%) $(CHOOSE_DATABASES:%=--ignore=%)

.PHONY: test-quick
test-quick: .venv/installed ## run the tests that need no system packages, on SQLite
	$(PYTEST) tests $(NEED_SYSTEM_PACKAGES:%=--ignore=%)

.PHONY: bench
bench: .venv/installed ## measure the promised speeds side by side with the usual ways
	@tools/system_packages
	$(BIN)/python -m benchmarks --check --write docs/performance.md

.PHONY: torture
torture: .venv/installed ## kill, cut, fill and freeze what can be, and show that nothing is lost (less than half an hour, as root)
	@tools/system_packages
	$(BIN)/python -m torture --write docs/reliability.md

# Checking -----------------------------------------------------------------------------------

.PHONY: check
check: check-style check-types check-layers check-templates check-browser check-django check-known-holes ## everything a change must pass besides the tests

.PHONY: check-style
check-style: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: check-types
check-types: .venv/installed
	$(BIN)/mypy

.PHONY: check-layers
check-layers: .venv/installed
	$(BIN)/lint-imports

.PHONY: check-templates
check-templates: .venv/installed
	$(BIN)/djlint src --lint --quiet
	$(BIN)/djlint src --check --quiet

.PHONY: check-browser
check-browser: node_modules/installed
	node_modules/.bin/eslint --max-warnings 0 'src/daybook/**/static/**/*.js'
	node_modules/.bin/tsc

node_modules/installed: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Checking the browser code needs Node 20 or newer with npm."; exit 1; }
	npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# Checked as an installation on https, because that is what Django's list is about.
.PHONY: check-django
check-django: export DAYBOOK_DATA := build/check
check-django: export DAYBOOK_PUBLIC_URL := https://diary.firm.example
check-django: .venv/installed
	$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

.PHONY: check-known-holes
check-known-holes: .venv/installed
	$(BIN)/python tools/known_holes.py requirements/app.txt requirements/dev.txt

.PHONY: bill
bill: .venv/installed ## write the bill of materials (CycloneDX) to build/daybook.cdx.json
	@mkdir -p build
	$(BIN)/python tools/bill_of_materials.py requirements/app.txt > build/daybook.cdx.json

# Keeping up ---------------------------------------------------------------------------------

PIN = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade --no-header

.PHONY: requirements
requirements: .venv/bin/uv ## pin the newest allowed version of every dependency
	$(PIN) pyproject.toml --extra build -o requirements/app.txt
	$(PIN) pyproject.toml --extra build --extra dev -o requirements/dev.txt
	echo uv | $(PIN) --no-annotate - -o requirements/uv.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved --silent --no-audit --no-fund
	@! grep -nE '://|^ *--(index|extra|find)' requirements/*.txt
	@! grep -n '"resolved"' package-lock.json
