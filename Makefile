# All commands of the project. `make run` is the only one needed to start.

PYTHON3 ?= python3
VENV := .venv
PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(PYTHON) -m pip install -qq --disable-pip-version-check
TESTS ?=
# Each of the processes that tests start would compile the project anew where this is set.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadgroup
APPS := core exchange academics finance reporting oneroster portal school
SLOW := browser or process or scale
SAMPLE ?=

.DEFAULT_GOAL := help
.PHONY: help run install setup test test-fast mutants lint format bench screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## set up everything and serve on http://localhost:8000/ (PORT=8001 for another)
	@$(PYTHON) manage.py quickstart $(if $(PORT),--port $(PORT))

install: $(VENV)/.run ## create .venv with what a server needs, without test tools

setup: $(VENV)/.dev ## create .venv with the requirements, nothing else

test: $(VENV)/.dev ## run the whole test suite (TESTS="tests/core -k name" for a part)
ifeq ($(strip $(TESTS)),)
	@$(PYTEST) --cov --cov-report=
	@echo "Lines that the tests run, in percent (at least 95):"
	@status=0; for app in $(APPS); do printf '  %-10s ' $$app; \
	  $(PYTHON) -m coverage report --include="$$app/*" --format=total --fail-under=95 || status=1; done; exit $$status
else
	@$(PYTEST) $(TESTS)
endif

test-fast: $(VENV)/.dev ## the quick part: no browser, no processes, nothing large
	@$(PYTEST) -m "not ($(SLOW))"

mutants: $(VENV)/.dev ## make known mistakes and print those no test notices (SAMPLE=10 for a few)
	@$(PYTHON) -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE))

lint: $(VENV)/.dev ## check style, formatting, types, and who imports whom
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(VENV)/bin/lint-imports
	@$(PYTHON) -m mypy
	@$(PYTHON) -m djhtml --tabwidth 2 --check templates
	@$(VENV)/bin/oxfmt --check static
	@$(VENV)/bin/oxlint static
	@! LC_ALL=C.UTF-8 grep -rnE --include='*.html' --include='*.jinja' --include='*.css' --include='*.js' --exclude-dir=fonts \
	  '.{121}' templates static \
	  || { echo "These lines have more than 120 characters." >&2; exit 1; }

format: $(VENV)/.dev ## put code, templates, styles and scripts into the form that lint wants
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m djhtml --tabwidth 2 templates
	@$(VENV)/bin/oxfmt static

bench: $(VENV)/.dev ## run the benchmarks
	@$(PYTHON) -m benchmarks
	@$(PYTHON) -m benchmarks.policies
	@$(PYTHON) -m benchmarks.roles
	@$(PYTHON) -m benchmarks.growth
	@$(PYTHON) -m benchmarks.exports
	@$(PYTHON) -m benchmarks.imports
	@$(PYTHON) -m benchmarks.billing
	@$(PYTHON) -m benchmarks.money

screenshots: $(VENV)/.dev ## take the documentation's pictures again
	@$(PYTHON) docs/screenshots.py

clean: ## remove .venv and caches; keeps the data in var/
	@rm -rf $(VENV) .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is as old as the last installation of its requirements.
$(VENV)/.run: requirements.txt $(VENV)/.created
	@echo "Installing the requirements (once) ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing the development requirements (once) ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# A virtual environment whose Python is gone is made anew.
ifneq ($(shell $(PYTHON) -c 'print(1)' 2>/dev/null),1)
.PHONY: $(VENV)/.created
endif

$(VENV)/.created:
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON3) is $$($(PYTHON3) --version 2>&1)." \
	    "Install it, or name it: make PYTHON3=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON3) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv" >&2; \
	  exit 1; }
	@$(PYTHON3) -m venv --clear $(VENV)
	@touch $@
