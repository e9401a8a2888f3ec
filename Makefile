# Everything a newcomer types. `make setup` may be skipped: each target sets up what it needs itself.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN   := .venv/bin
RUN   := .venv/.run
DEV   := .venv/.dev
WEB   := web/node_modules/.package-lock.json
PORT  ?= 8080
export NO_MKDOCS_2_WARNING := 1
NAME  ?= render encodings turning isolation frames scale open search decide audit accounting viewer
# Tests that need a process for themselves: browsers; whole services, and what is held to a time.
BROWSERS := tests/browser
SERVICES := tests/journeys
PAGES    := $(wildcard $(BROWSERS)/test_[a-o]*.py)
VIEWERS  := $(wildcard $(BROWSERS)/test_[p-z]*.py)
# What takes minutes and is seen by `make conformance`.
LONG := tests/conformance/test_ohif.py tests/conformance/test_long_lists.py
PIP   := $(BIN)/python -m pip --disable-pip-version-check --quiet
INPUT := requirements/build.txt pyproject.toml

# What the service itself uses from the system, then what only checking, testing and measuring use.
DEMO_PACKAGES := python libseccomp2 nodejs npm
DEV_PACKAGES  := orthanc orthanc-dicomweb orthanc-gdcm postgresql rsyslog rsyslog-gnutls chromium-headless-shell nginx-light dcmtk \
                 gcc libc6-dev strace \
                 fonts-dejavu-core fonts-wqy-microhei fonts-tlwg-loma-otf fonts-lohit-deva libfribidi0

.PHONY: help setup demo check check-types check-style test bench conformance faults docs screenshots image-check lock clean packages demo-packages image-packages

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: packages $(DEV) $(WEB) ## install what developing needs: system packages, .venv and what the pages load

demo: demo-packages $(RUN) $(WEB) ## run the embedded exchange and say its address (PORT=8080)
	@exec $(BIN)/vitrine demo --port $(PORT)

check: check-types check-style ## formatting, lint, types, imports, documentation, pins

check-types: $(DEV) ## types alone
	$(BIN)/mypy

check-style: $(DEV) ## all of check but types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --strict --quiet
	.ci/no-addresses

test: setup ## the tests, with Orthanc and Chromium; those that take minutes are in conformance
	$(BIN)/pytest -n 3 --dist loadfile --durations=10 $(patsubst %,--ignore=%,$(BROWSERS) $(SERVICES) $(LONG))
	printf '%s\n' '$(PAGES)' '$(SERVICES)' '$(VIEWERS)' | xargs -P 3 -L 1 $(BIN)/pytest --durations=10

bench: setup ## measure against peers; one of them by NAME=render|encodings|turning|isolation|frames|scale|open|search|decide|audit|accounting|viewer
	@for name in $(NAME); do $(BIN)/python -m benchmarks.$$name; done

conformance: setup ## render the files of other packages here and by five other programs, and write what differs
	$(BIN)/python -m tests.conformance.rendering
	$(BIN)/pytest tests/conformance

faults: setup ## let archives, lines, disks and crashes do everything bad to the service, and write what comes of it
	$(BIN)/python -m tests.faults
	$(BIN)/pytest tests/faults
	VITRINE_CRASHES=40 $(BIN)/pytest tests/proxy/storage/test_crash.py tests/proxy/storage/test_views.py tests/proxy/storage/test_full_disk.py tests/proxy/storage/test_postgresql.py

docs: $(DEV) ## write the reference pages from the code, and build the documentation into site/
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict --quiet

screenshots: setup ## let the browser tests draw the pictures of the documentation again
	VITRINE_SCREENSHOTS=docs/assets $(BIN)/pytest tests/browser --durations=0

image-check: image-packages $(DEV) ## carry out the Dockerfile in a clean Debian root and start what it made (root, a few minutes)
	$(BIN)/python -m deploy.check_image

lock: $(DEV) ## pin everything again, with hashes
	@for name in build run signatures proofs postgresql dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --upgrade requirements/$$name.in -o requirements/$$name.txt; done
	.ci/no-addresses

clean: ## remove everything made, the virtual environment too
	rm -rf .venv .demo build dist site *.egg-info .mypy_cache .ruff_cache .hypothesis .import_linter_cache \
	  web/node_modules tests/*/node_modules tests/peers/*/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

packages: | demo-packages
	@.ci/system-packages $(DEV_PACKAGES)

image-packages:
	@.ci/system-packages debootstrap

demo-packages:
	@.ci/system-packages $(DEMO_PACKAGES)

$(BIN)/python: | demo-packages
	"$$(.ci/find-python)" -m venv .venv

$(RUN): requirements/run.txt $(INPUT) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt $(INPUT) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/build.txt -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(RUN)

$(WEB): web/package.json web/package-lock.json | demo-packages
	cd web && npm ci --ignore-scripts --no-audit --no-fund --silent
