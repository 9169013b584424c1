#!/usr/bin/env bash
# Runs the decoders of photos under libFuzzer for so many seconds. What it found worth keeping stays in
# target/fuzz/corpus for the next run; a photo that crashes, hangs or takes too much memory in target/fuzz/found.
# The flags are those of `cargo fuzz --sanitizer none`, which the compiler takes without being a nightly one.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?how many seconds}

out=$PWD/target/fuzz
mkdir -p "$out/corpus" "$out/found"
host=$(rustc --version --verbose | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions --cfg fuzzing"
RUSTFLAGS="$coverage" CARGO_TARGET_DIR="$out" cargo build --release --locked --target "$host" \
  --manifest-path crates/thumbnailer/fuzz/Cargo.toml

if command -v ffmpeg >/dev/null; then
  for kind in jpg png gif tiff webp; do
    seed="$out/corpus/seed.$kind"
    [ -e "$seed" ] || ffmpeg -loglevel error -f lavfi -i testsrc=size=48x32 -frames:v 1 "$seed"
  done
else
  echo "fuzz: without ffmpeg it begins with no photo at all" >&2
fi
"$out/$host/release/photo" "$out/corpus" -artifact_prefix="$out/found/" \
  -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048
