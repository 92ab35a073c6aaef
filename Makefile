# The front door. `make` prints this help; every target works in a fresh clone.
SHELL := /bin/bash
UV := $(shell command -v uv 2>/dev/null || echo .venv/bin/uv)
RUN := $(UV) run --no-sync
name ?= all
SIZE ?= ci

.DEFAULT_GOAL := help
# Tests wait for servers half their time: half as many workers again as cores keep the cores busy.
WORKERS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN || echo 2) * 3 / 2 )))

.PHONY: help setup demo test check fast fmt types walls run rebuild bench chaos

help: ## Print this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

.venv/ready: pyproject.toml uv.lock
	@command -v uv >/dev/null 2>&1 || test -x .venv/bin/uv || { python3 -m venv .venv && .venv/bin/python -m pip install --quiet uv; }
	@$(UV) sync --frozen --inexact --quiet
	@touch .venv/ready

setup: .venv/ready ## Install everything into .venv (uv, or pip when uv is not there)

demo: setup ## Run a made-up district through one term, then serve the API
	@$(RUN) anseo demo

test: setup ## Run all tests against real PostgreSQL and a real broker
	@$(RUN) pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not chaos and not benchmark" --cov --cov-report=term

check: setup ## Style, types, walls and the tests of the pure floors
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(RUN) pytest -q tests/domain tests/processmanagers tests/projections tests/architecture

fast: setup ## Only the tests that need no server
	@$(RUN) pytest -q tests/domain tests/processmanagers tests/projections

fmt: setup ## Format and mend what can be mended
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

types: setup ## Types only
	@$(RUN) mypy

walls: setup ## Walls between floors only
	@$(RUN) lint-imports

run: setup ## Start every role over the given or embedded servers
	@$(RUN) anseo up

rebuild: setup ## Rebuild a read model and compare: make rebuild name=queue
	@$(RUN) anseo rebuild $(name)

bench: setup ## Measure ratios against a floor of the same run: make bench name=append
	@$(UV) sync --frozen --inexact --quiet --group bench
	@$(RUN) pytest -q -s -p no:randomly -m benchmark --timeout 3600 tests/benchmarks --figure $(name)
	@$(RUN) python -m tests.benchmarks.table $(name)

chaos: setup ## Kill, pause and cut off everything and count what is lost or doubled: SIZE=release does more
	@SIZE=$(SIZE) $(RUN) pytest -m chaos tests/chaos
