# Homeroom from the command line: setup run build lint test bench measure-join measure-garbage.
#
# Stamps under build/stamps remember what is built, so that a second `make run` starts at once. PORT, DATA and HOST are
# handed to `homeroom serve`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
PY := $(VENV)/bin/python
STAMPS := build/stamps
PORT ?=
DATA ?=
HOST ?=
# Seconds for each fuzz target in `make test`.
FUZZ_SECONDS ?= 10
# One more pytest argument for a closer look: make test-python ARGS="-k tickets"
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export CARGO_TERM_PROGRESS_WHEN = never

RUST_SOURCES := $(shell find media/crates media/Cargo.toml media/Cargo.lock -name target -prune -o -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.lock' \) -print 2>/dev/null)
WEB_SOURCES := $(shell find web-client -path web-client/node_modules -prune -o -path web-client/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help setup run build lint lint-python lint-rust lint-web test test-rust test-fuzz test-python test-web test-wheel test-e2e bench measure-join measure-garbage screenshots check-tools clean

help:
	@echo "make setup            create the environment, build the engine and the web client"
	@echo "make run              the same, then start Homeroom with a demo session (PORT= DATA= HOST=)"
	@echo "make build            build the wheel, web client inside, into dist/"
	@echo "make lint test        what CI runs"
	@echo "make bench            what the engine takes for a forwarded packet"
	@echo "make measure-join     join to first picture, in a real browser"
	@echo "make measure-garbage  a class under malformed traffic"

# --- setup ------------------------------------------------------------------------------------------------------------

check-tools:
	@tools/check-tools.sh build

# Two at a time: the engine's build and the web client's do not need each other.
setup: check-tools
	@$(MAKE) -s -j2 $(STAMPS)/native $(STAMPS)/static

$(STAMPS)/python: requirements-dev.lock tools/check-tools.sh
	@mkdir -p $(STAMPS)
	@echo "homeroom: making the Python environment"
	@[ -x $(PY) ] || "$$(tools/check-tools.sh python)" -m venv $(VENV)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(PY) -m pip install --quiet --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@touch $@

# In place: `_native` lands beside media/_native.pyi, so the source tree is the product.
$(STAMPS)/native: $(STAMPS)/python $(RUST_SOURCES)
	@echo "homeroom: building the media engine (release)"
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(VENV)/bin/maturin develop --release --locked --skip-install --quiet
	@touch $@

$(STAMPS)/node: web-client/package-lock.json
	@mkdir -p $(STAMPS)
	@echo "homeroom: fetching the web client's packages"
	@cd web-client && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/static: $(STAMPS)/node $(WEB_SOURCES)
	@echo "homeroom: building the web client"
	@cd web-client && npm run --silent build -- --logLevel warn
	@rm -rf server/http/static && mkdir -p server/http && cp -r web-client/dist server/http/static
	@touch $@

# --- run and build ----------------------------------------------------------------------------------------------------

# exec: Ctrl-C reaches the supervisor itself, which stops everything that it started.
run: setup
	@exec $(PY) -m server serve --demo $(if $(PORT),--port $(PORT)) $(if $(DATA),--data $(DATA)) $(if $(HOST),--host $(HOST))

build: setup
	@rm -rf dist
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(VENV)/bin/maturin build --release --locked --out dist
	@ls -1 dist/*.whl

# --- lint -------------------------------------------------------------------------------------------------------------

lint: lint-python lint-rust lint-web

lint-python: $(STAMPS)/native
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --strict server signaling media recorder loadtest tests
	$(PY) -m mypy.stubtest media._native
	$(VENV)/bin/lint-imports --no-cache
	$(PY) -m signaling.export --check

lint-rust:
	cargo fmt --manifest-path media/Cargo.toml --all --check
	cargo fmt --manifest-path media/fuzz/Cargo.toml --check
	cargo clippy --manifest-path media/Cargo.toml --locked --workspace --all-targets -- -D warnings

lint-web: $(STAMPS)/node
	cd web-client && npm run --silent lint

# --- test -------------------------------------------------------------------------------------------------------------

test: test-rust test-fuzz test-python test-web test-wheel test-e2e

test-rust:
	cargo test --manifest-path media/Cargo.toml --locked --workspace

# A short fixed budget for every parser that sees foreign bytes.
test-fuzz:
	media/fuzz/run.sh $(FUZZ_SECONDS)

test-python: $(STAMPS)/native $(STAMPS)/static
	$(PY) -m pytest --ignore tests/e2e --ignore tests/faults --ignore tests/wheel $(ARGS)

test-web: $(STAMPS)/node
	cd web-client && npm run --silent test

# The wheel, alone in an empty environment.
test-wheel: build
	$(PY) -m pytest tests/wheel $(ARGS)

# Real browsers and a real server, in a network namespace of their own.
test-e2e: $(STAMPS)/native $(STAMPS)/static
	$(PY) -m pytest tests/e2e tests/faults $(ARGS)

# --- bench and measures -----------------------------------------------------------------------------------------------

# Nanoseconds of the engine for each forwarded packet, sealing included, sockets not.
bench:
	cargo run --manifest-path media/Cargo.toml --locked --release --package homeroom-sim --example forward

# Every test of the screens leaves pictures in build/screenshots; this keeps those that README and docs show.
SHOWN := device-check device-check-phone room room-phone room-speaker shared-screen
screenshots: setup
	$(PY) -m pytest tests/e2e/test_screens.py
	@mkdir -p docs/screenshots
	@for name in $(SHOWN); do cp build/screenshots/$$name-light.png build/screenshots/$$name-dark.png docs/screenshots/; done

measure-join: setup
	$(PY) -m tests.measure.join

measure-garbage: setup
	$(PY) -m tests.measure.garbage

clean:
	rm -rf build dist web-client/dist server/http/static media/*.so media/target
