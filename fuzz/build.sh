#!/bin/sh
# Builds the fuzz targets with libFuzzer on the stable toolchain: what `cargo fuzz build -s none`
# does, without cargo-fuzz. Prints the directory of the binaries.
set -eu
cd "$(dirname "$0")"
command -v c++ >/dev/null || { echo "a C++ compiler is needed, for libFuzzer (apt-get install g++)" >&2; exit 1; }
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing ${RUSTFLAGS:-}" \
    cargo build --release --target "$host" "$@" >&2
echo "target/$host/release"
