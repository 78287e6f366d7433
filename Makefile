# Every target works on a machine with Python >= 3.11 and nothing else: it makes $(VENV), with the
# `heliochrome` command in it, when it is missing or older than pyproject.toml.
#
#   make install                     the command, ready to use
#   make demo                        colorize sample photos into ./demo
#   make test                        all tests
#   make check                       style, format and types
#   make bench                       time and memory of colorize on this machine
#   make bench BENCH=restyle         the same of another script in benchmarks/
#
# Variables: VENV (folder of the virtual environment), PYTHON (interpreter that makes it), TORCH
# (what to give pip for PyTorch), ARGS (further arguments for the target's command), BENCH.

VENV ?= .venv
PYTHON ?= python3
ARGS ?=
BENCH ?= colorize
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The usual Linux wheels of PyTorch come with several GB of CUDA libraries that the tests do not
# need. Naming the version lets pip take a CPU build (2.13.0+cpu counts as newer than 2.13.0)
# wherever it is set up to see one; PyTorch's installation page says how. It comes without
# dependencies, which follow with everything else. A PyTorch that is installed already is left
# alone. For a machine with a GPU:
#   make test TORCH='torch>=2.9'
TORCH ?= torch==2.13.0

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench

help:
	@awk '!/^#/ { exit } { sub(/^# ?/, ""); print }' $(firstword $(MAKEFILE_LIST))

install: $(VENV)/.install-demo

demo: $(VENV)/.install-demo
	$(BIN)/heliochrome demo $(ARGS)

test: $(VENV)/.install-dev
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Operations are counted with onnx, which comes with what training needs.
bench: $(VENV)/.install-dev
	$(BIN)/python benchmarks/$(BENCH).py $(ARGS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "heliochrome needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.install-demo: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[demo]'
	@touch $@

$(VENV)/.install-dev: pyproject.toml | $(BIN)/python
	@$(BIN)/python -c 'import torch' 2>/dev/null || { echo "installing PyTorch"; \
	  $(PIP) --no-deps --retries 1 $(TORCH); }
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.install-demo
