# What one does here, a line each; `make` alone lists it.  See CONTRIBUTING.md.

PYTHON ?= python3
BIN := .venv/bin
ROOM ?=
NAME ?= transport
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.DEFAULT_GOAL := help
.PHONY: help setup setup-rig lint types layers figures check format unit process test rig docs schemas screenshots bench ci

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## a virtual environment with all tools, and hooks that check each commit
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -e '.[dev]'
	$(BIN)/pre-commit install

setup-rig:  ## system packages for the rig of virtual GigE cameras (Debian, Ubuntu)
	$(SUDO) apt-get install -y iproute2 gir1.2-aravis-0.8 python3-gi python3-numpy

lint:  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:  ## mypy
	$(BIN)/mypy

layers:  ## imports only go down
	$(BIN)/lint-imports

figures:  ## figures of the structure and of the English, with their limits
	-$(BIN)/python tools/structure.py

check: lint types layers  ## lint, types and layers

format:  ## put code into its format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

unit:  ## unit tests; of one room: make unit ROOM=recording
	$(BIN)/python -m pytest -n 2 tests/unit/$(ROOM)

process:  ## tests with real child processes; of one subject: make process ROOM=rig
	$(BIN)/python -m pytest -n 2 $(if $(ROOM),$(wildcard tests/process/test_$(ROOM)*.py),tests/process)

test: check unit process  ## everything before a commit

rig:  ## the real Spinnaker SDK on virtual GigE cameras (root, CPython up to 3.11)
	$(SUDO) $(BIN)/python -m pytest -n 2 tests/rig --require-rig

docs:  ## the manual, into docs/_build
	$(BIN)/sphinx-build -W -b html docs docs/_build

screenshots:  ## the pictures of the manual, and the outputs of the notebooks
	$(BIN)/python docs/_screenshots/make.py --notebooks

schemas:  ## the JSON schemas of files that people write or read, into docs/_static/schemas
	for name in rig settings world report; do \
		$(BIN)/python -m llpyspin.rig.schemas $$name > docs/_static/schemas/$$name.schema.json; done

bench:  ## a table of measurements: make bench NAME=recording
	$(BIN)/python -m benchmarks.$(NAME)

ci:  ## everything that must hold for main, from nothing
	$(SUDO) bash .ci/run
