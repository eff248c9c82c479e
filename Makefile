# Everything a newcomer types. The environment is made on the first use of any target, and again when pyproject.toml changes.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Compiled modules are kept: without them each worker and each process that a test starts compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test unit check style mypy pyright imports compiled matrix sdist borders beside loads proof errors bench clean

help:
	@echo "make demo    a quick start against the fake, over real HTTP"
	@echo "make test    every check and every test"
	@echo "make check   ruff, mypy, pyright, import contracts"
	@echo "make unit    the tests that are not slow"
	@echo "make matrix  the tests on every interpreter found, and with the lowest dependencies"
	@echo "make sdist   the tests of the source distribution, unpacked elsewhere"
	@echo "make borders the tests beside other tools, each in an environment of its own"
	@echo "make proof   the long forms of the tests, and what it costs; takes long"
	@echo "make errors  write the pages of error messages again"
	@echo "make bench   what it costs, measured against its peers"

$(READY): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: name an interpreter, as in make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 9))' || { echo "Python 3.9 or later is needed, and $(PYTHON) is older: name another, as in make PYTHON=python3.12"; exit 1; }
	@echo "making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --editable ".[server,testing,plots]" --group dev
	@touch $(READY)

demo: $(READY)
	@$(BIN)/python -m demo

test: $(READY)
	@$(MAKE) --no-print-directory -j 2 style pyright mypy compiled imports
	$(BIN)/python -m pytest -q -n auto

unit: $(READY)
	$(BIN)/python -m pytest -q -n auto -m "not slow"

# Two at a time: mypy and pyright use one core each.
check: $(READY)
	@$(MAKE) --no-print-directory -j 2 style pyright mypy imports

style: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

mypy: $(READY)
	$(BIN)/mypy

pyright: $(READY)
	$(BIN)/pyright

imports: $(READY)
	$(BIN)/lint-imports

# Every worker would write the assertions of every test anew, if none had kept them before.
compiled: $(READY)
	@$(BIN)/python -m pytest -q --collect-only > $(VENV)/collected || { cat $(VENV)/collected; exit 1; }

matrix: $(READY)
	$(BIN)/nox --sessions tests lowest

sdist: $(READY)
	$(BIN)/nox --sessions sdist

# Two at a time: an environment is made of packages that are mostly waited for.
borders: $(READY)
	@$(MAKE) --no-print-directory -j 2 beside loads

beside: $(READY)
	$(BIN)/nox --sessions borders

loads: $(READY)
	$(BIN)/nox --sessions locust pre oldest

proof: $(READY)
	$(BIN)/python -m pytest -q -n auto -m proof
	$(BIN)/nox --sessions borders -- -m proof tests/borders --ignore tests/borders/locust
	$(BIN)/nox --sessions locust -- -m proof
	$(BIN)/python -m benchmarks

errors: $(READY)
	$(BIN)/python tests/errors/errors_page.py

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .nox build dist
