#!/bin/sh
# Builds and runs the comparison with other languages. Arguments are passed on: workloads and
# languages to keep, --rounds N, --out FILE. Takes some minutes to build the first time.
set -eu
cd "$(dirname "$0")"
cargo build --release --quiet
exec ./target/release/peers "$@"
