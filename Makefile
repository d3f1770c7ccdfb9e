# Each target sets up what is missing first; see scripts/setup.
# ARGS goes to the server, e.g. `make run ARGS=--help`.
.PHONY: help run test watch check build release e2e torture bench lighthouse screenshots image drills

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: ## build and start Tributary on http://127.0.0.1:3000
	@scripts/setup run
	@scripts/build
	@scripts/run $(ARGS)

test: ## every test: formatting, lints, Rust tests, Playwright in Chromium
	@scripts/setup test
	@scripts/test check rust e2e

watch: ## rebuild and reload the page on every change (cargo leptos watch)
	@scripts/setup watch
	@scripts/watch $(ARGS)

check: ## formatting, lints, and the dependencies' licences, sources and known faults
	@scripts/setup check
	@scripts/test check

build: ## build server and front, debug
	@scripts/setup build
	@scripts/build

release: ## build an optimised release into target/release-bundle
	@scripts/setup release
	@scripts/build --release

e2e: ## Playwright only, against a freshly built server: all, or SPEC="notes activity"
	@scripts/setup test
	@E2E_SPECS="$(SPEC)" scripts/test e2e

torture: ## the oracle test at length: SEED=… MINUTES=5, or STEPS=… of a seed
	@scripts/setup build
	@TORTURE_SEED=$(SEED) TORTURE_MINUTES=$(MINUTES) TORTURE_STEPS=$(STEPS) scripts/test torture

bench: ## memory, latency, fan-out and catch-up of a release: all, or ARGS="fan-out --streams 5000"
	@scripts/setup release
	@scripts/build --release --server
	@scripts/bench $(ARGS)

drills: ## deploy/, rolling restarts, restores, other browsers and Postgres: all, or DRILL="restore image"
	@scripts/setup drills
	@scripts/build
	@DRILLS="$(DRILL)" scripts/test drills

image: ## the container image, by docker, podman or buildah
	@scripts/image

lighthouse: ## what Lighthouse says of a release build, and how much of it travels
	@scripts/setup lighthouse
	@scripts/build --release
	@scripts/test lighthouse

screenshots: ## make the pictures in docs/screenshots again
	@scripts/setup test
	@scripts/build
	@scripts/test screenshots
