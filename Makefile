# The commands everyone knows. Each needs nothing before it on Debian or Ubuntu with Rust and Node.
.PHONY: up test build web test-web format lint bench chaos fuzz conformance build-tools

# Lints while it compiles: what `cargo clippy` does, with another command of cargo's than `check`. So nothing is
# compiled once to be looked at and once more to be run.
LINTED = RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=--deny__CLIPPY_HACKERY__warnings

up: build-tools web ## Run everything here; data is kept in .picup/
	cargo run --release --locked --package picup -- up

test: format build test-web ## Format, lints and tests, on real private servers
	$(LINTED) RUST_TEST_THREADS=4 cargo test --locked --workspace # most tests wait more than they work

web: web/dist/index.html ## The web app's build, where its sources are newer

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/proto proto -type f -not -path 'web/src/gen/*') $(wildcard web/*.*)
	cd web && npm run build

web/node_modules/.package-lock.json: web/package-lock.json
	@command -v npm >/dev/null || { echo "Install Node 20 or newer (it brings npm)" >&2; exit 1; }
	cd web && npm ci

test-web: build web ## The web app: format, types, its own tests, and a real browser on a whole Pic-up
	scripts/install-browser.sh
	cd web && npm run format && npm run check && npm test && npm run test:browser

build: build-tools ## All there is at once, with the features that tests ask for: nothing is compiled twice
	$(LINTED) cargo build --locked --workspace --all-targets

format:
	cargo fmt --all --check

lint: format build-tools ## Format and lints, warnings denied
	cargo clippy --locked --workspace --all-targets -- --deny warnings

bench: build-tools web ## Ours beside the bare thing, in the same run; ARGS="--only rebuild" for one figure
	cargo build --release --locked --package picup --package picup-command-svc --package picup-bench
	target/release/picup-bench $(ARGS)

conformance: build-tools ## The S3 code on garage, and the tests on RabbitMQ 4.x and MySQL from Debian's sid (as root)
	$(LINTED) tests/conformance.sh $(ARGS)

chaos: SECONDS = 60
chaos: SEED = 1
chaos: build ## Everything killed, stopped and cut under load; then nothing may be lost
	target/debug/picup-chaos --seconds $(SECONDS) --seed $(SEED)

fuzz: SECONDS = 60
fuzz: build-tools ## The decoders of photos under libFuzzer; what breaks them is kept in target/fuzz/found
	scripts/fuzz.sh $(SECONDS)

build-tools: ## cmake and nasm, installed where they are missing
	@scripts/install-build-tools.sh
