#!/bin/sh
# make bench: every benchmark, on the release build; figures to standard output
# and to build/reports/bench/. HINOMI_BINARY measures another build.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/reports/bench
for script in bench/*_bench.py; do
  name=$(basename "$script" _bench.py)
  python3 -B -m "bench.${name}_bench" | tee "build/reports/bench/$name.txt"
done
