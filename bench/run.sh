#!/bin/sh
# make bench: every benchmark, on the release build; figures to standard output
# and to build/reports/bench/. HINOMI_BINARY measures another build. Exits 1 if a
# figure fell short, after all of them.
set -eu
cd "$(dirname "$0")/.."
reports=build/reports/bench
mkdir -p "$reports"
short=""

measure() {
  name=$1
  shift
  # The status of a pipe is its last command's, so the measuring one writes its own.
  { "$@" && echo 0 >"$reports/$name.status" || echo 1 >"$reports/$name.status"; } |
    tee "$reports/$name.txt"
  [ "$(cat "$reports/$name.status")" = 0 ] || short="$short $name"
}

for script in bench/*_bench.py; do
  name=$(basename "$script" _bench.py)
  measure "$name" python3 -B -m "bench.${name}_bench"
done
measure tsdb python3 -B bench/tsdb/run.py
measure console node bench/console_bench.mjs
[ -z "$short" ] || { echo "bench: short of a bound:$short" >&2; exit 1; }
