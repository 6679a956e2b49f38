#!/bin/sh
# make fuzz: every fuzzer for FUZZ_SECONDS (60). New inputs are collected below
# build/fuzz/found/NAME; crashes are kept there and end the run with 1.
set -eu
. "$(dirname "$0")/build_env.sh"
tools/setup.sh dev
configure fuzz
build fuzz
failed=""
for source in fuzz/*_fuzz.cc; do
  [ -e "$source" ] || { echo "there is no fuzzer yet"; exit 0; }
  name=$(basename "$source" _fuzz.cc)
  found=build/fuzz/found/$name
  mkdir -p "$found" "fuzz/corpus/$name"
  echo "== $name"
  "build/fuzz/fuzz/fuzz_$name" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/" \
    "$found" "fuzz/corpus/$name" >"$found.log" 2>&1 </dev/null || failed="$failed $name"
  grep -E 'stat::(number_of_executed_units|average_exec_per_sec)|SUMMARY|Test unit written' \
    "$found.log" || true
done
[ -z "$failed" ] || { echo "fuzz: failed:$failed (logs and inputs below build/fuzz/found)" >&2; exit 1; }
echo "fuzz: nothing found"
