# The commands everyone knows. Each needs nothing before it on Debian or Ubuntu with Rust.
.PHONY: up test lint bench chaos conformance

up: ## Run everything here; data is kept in .picup/
	cargo run --release --locked --package picup -- up

test: lint ## Test everything, on real private servers
	cargo build --locked --bins # which the chaos rig runs as processes
	cargo test --locked --workspace

lint: ## Format and lints, warnings denied
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

bench: ## Ours beside the bare thing, in the same run; ARGS="--only rebuild" for one figure
	cargo build --release --locked --package picup --package picup-bench
	target/release/picup-bench $(ARGS)

conformance: ## The tests on RabbitMQ 4.x and MySQL, from Debian's sid (as root)
	tests/conformance.sh

chaos: SECONDS = 60
chaos: SEED = 1
chaos: ## Everything killed, stopped and cut under load; then nothing may be lost
	cargo build --locked --bins
	target/debug/picup-chaos --seconds $(SECONDS) --seed $(SEED)
