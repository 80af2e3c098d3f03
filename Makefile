# Thin aliases of what CI runs. Everything they need is put under this folder (.tools, .venv).
SHELL := /bin/bash
UV_VERSION := 0.13.9
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check lint unit e2e browser bench clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready  ## tools and dependencies, inside this folder

$(UV): Makefile scripts/bootstrap.sh
	@PYTHON="$(PYTHON)" UV_VERSION="$(UV_VERSION)" bash scripts/bootstrap.sh

.venv/.ready: $(UV) pyproject.toml uv.lock
	@$(UV) sync --quiet --locked --no-managed-python --python "$$(command -v $(PYTHON))"
	@touch $@

demo: setup  ## the dashboard over a simulated API on this machine
	@$(BIN)/analytics-dash demo

serve: setup  ## the dashboard over the API named in the settings
	@$(BIN)/analytics-dash serve

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

browser:
	@bash scripts/browser.sh

test: setup lint browser  ## everything: style, types, all tests, the browser too
	@$(BIN)/pytest -m "not e2e" -n auto
	@$(BIN)/pytest -m e2e

check: lint unit  ## the same without a browser

unit: setup
	@$(BIN)/pytest -m "not e2e" -n auto

e2e: setup browser
	@$(BIN)/pytest -m e2e

bench: $(UV)  ## rates, memory and waits beside peers, in an environment of its own; BENCH="--only past" for a part
	@UV_PROJECT_ENVIRONMENT=.venv-bench $(UV) sync --quiet --locked --no-default-groups --group bench --no-managed-python --python "$$(command -v $(PYTHON))"
	@.venv-bench/bin/python -m benchmarks $(BENCH)

clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache
