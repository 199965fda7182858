# Everything sets itself up: a virtual environment in .venv, and on a machine without them, Docker Engine, buildx, an arm64
# emulator, a registry and base images from Debian packages (root needed only for those).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
EXAMPLE := golden/sklearn-digits/repo
FULL_EXAMPLE := golden/digits-federated/repo

# Packages as of which day `make runtimes` takes; empty for the day the table was last run.
AS_OF ?=

.PHONY: help setup worker demo demo-full broker test runtimes lint format bench bench-write bench-bake bench-flops bench-inference golden sizes clean

help: ## Show what there is.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/ready ## Make the development environment in .venv.

.venv/ready: pyproject.toml uv.lock
	@echo "==> Python environment in .venv"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "==> python3-venv is missing, installing it"; \
	  apt-get update -qq && apt-get install -y -qq python3-venv; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	@VIRTUAL_ENV=.venv $(BIN)/uv sync --quiet --frozen --active
	@touch $@

worker: setup ## Make this machine a worker: engine, buildx, emulator, registry, base image.
	@echo "==> Worker: engine, buildx, arm64 emulator, registry"
	@$(BIN)/fedbake doctor --fix
	@echo "==> Base image for Python 3.11 (minutes the first time, then cached)"
	@$(BIN)/fedbake base-image --python 3.11

demo: worker ## Compile an example, bake it for two platforms, push it, and train with the images.
	@PYTHONPATH=tests $(BIN)/python -m e2e.demo $(EXAMPLE)

demo-full: worker broker ## The same with data, MLflow, MQTT and observer around it, and the trained model served.
	@PYTHONPATH=tests $(BIN)/python -m e2e.demo_full $(FULL_EXAMPLE)

test: worker broker ## Run every test (engine, registry, emulator and MQTT broker included).
	@$(BIN)/pytest -n 2

broker:
	@PATH=/usr/sbin:$$PATH command -v mosquitto >/dev/null || { echo "==> MQTT broker: installing mosquitto"; \
	  apt-get update -qq && apt-get install -y -qq mosquitto; }

runtimes: setup broker ## Run the table of actor runtimes again; AS_OF=2027-01-31 takes the packages of that day.
	@TESTS_AS_OF=$(AS_OF) $(BIN)/pytest -v tests/unit/inference/test_inference_native.py \
	  $(addprefix tests/unit/actors/test_actor_,runtime_table.py data.py notices.py tracking.py)

lint: setup ## Check style and types.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@MYPYPATH=templates/actors/shared $(BIN)/mypy --strict templates/actors/shared/fedbake_actors templates/actors/shared/flops_utils
	@MYPYPATH=templates/actors/shared:templates/actors/inference $(BIN)/mypy --strict templates/actors/inference/fedbake_inference

format: setup ## Format the code.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## Measure starting and planning: ratios to baselines of the same run.
	@PYTHONPATH=tests $(BIN)/python -m bench.plans

bench-write: setup ## The same, kept in docs/performance.md.
	@PYTHONPATH=tests $(BIN)/python -m bench.plans --write

bench-bake: worker ## Measure bakes: ARGS="--rounds 3 --example keras --only cold --resume --write".
	@PYTHONPATH=tests $(BIN)/python -m bench.bakes $(ARGS)

bench-flops: worker broker ## Measure: a builder of FLOps whose images stand already.
	@PYTHONPATH=tests $(BIN)/python -m bench.standing $(ARGS)

bench-inference: setup ## Measure: the inference server beside mlflow models serve.
	@$(BIN)/python tests/bench/inference_bench.py

golden: setup ## Accept today's output as expected; review it with git diff.
	@$(BIN)/fedbake golden update golden
	@$(BIN)/python tests/golden/show_in_readme.py
	@$(BIN)/python -m fedbake.plan.schema > docs/plan.schema.json
	@$(BIN)/fedbake rules docs > docs/rules.md
	@$(BIN)/uv export --quiet --frozen --no-dev --no-emit-project --no-annotate --no-header \
	  --format requirements-txt > templates/builder/requirements.txt

sizes: worker ## Accept what the layers of the examples weigh; review it with git diff.
	@PYTHONPATH=tests $(BIN)/python -m e2e.sizes

clean: ## Remove what make setup made.
	rm -rf .venv
