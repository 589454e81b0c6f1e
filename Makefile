# The front door. `make demo` shows Decant at work on a database of its own; `make test` and `make check` are what CI runs.
.DEFAULT_GOAL := build
.PHONY: build test check format record demo bench bench-copy bench-verify bench-detection fuzz

# Swift that we wrote; `.build` and what SwiftPM fetched are not among it.
swift_files = $(wildcard Package.swift Sources Tests Benchmarks)

build: ## The debug build.
	scripts/setup
	swift build

test: ## All tests, on real PostgreSQL with TLS; says at the end what was skipped and why.
	scripts/setup --test
	swift build --build-tests
	scripts/test

check: ## Format, imports, architecture, references, generated files up to date, and fuzz programs that link.
	scripts/setup
	swift format lint --strict --parallel --recursive $(swift_files)
	scripts/check-architecture
	scripts/check-references
	swift build --explicit-target-dependency-import-check error
	scripts/check-generated
	scripts/fuzz --link

format: ## Formats all Swift in place.
	swift format --in-place --parallel --recursive $(swift_files)

record: ## Writes the generated files and the golden stories anew; read the change before you commit it.
	scripts/setup --test
	swift build
	.build/debug/decant schema --write .
	DECANT_RECORD=1 swift test --filter ScenarioTests

fuzz: ## Random bytes for what reads files; FUZZ_SECONDS each (default 180).
	scripts/setup
	scripts/fuzz

demo: ## Plan, apply, drift and verify on a throw-away shop database.
	demo/run

bench: ## Figures for docs/performance.md, beside Terraform where it is installed.
	scripts/setup
	Benchmarks/run

bench-copy: ## A masked copy beside psql, pgcrypto and UPDATE in place, and a whole refresh beside pg_dump and pg_restore.
	scripts/setup --test
	Benchmarks/copy
	Benchmarks/refresh

bench-verify: ## A whole verification beside COPY TO, count(*) and ten queries; and what other tools leave behind.
	scripts/setup --test
	Benchmarks/verify
	Benchmarks/others

bench-detection: ## What the detectors find in a million rows about nobody, and what a value costs them.
	scripts/setup --test
	DETECTION_ROWS=1000000 swift test -c release -Xswiftc -enable-testing --scratch-path .build/detection \
	  --filter FalsePositiveTests
