#!/bin/sh
# make test: set-up, then every test, in stages; their minutes at the end, and as
# the last line `N passed, N failed`. Exit code 0: all passed.
#
# HN_SEED picks the sample that long loops run (default: from the commit, so that
# all samples are walked over time). HN_STAGES="checks unit" runs only those.
set -u
. "$(dirname "$0")/build_env.sh"
export HN_SEED="${HN_SEED:-$(($(printf '%d' "0x$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1)")))}"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}"
reports=$root/build/reports
rm -rf "$reports"
mkdir -p "$reports"

# tests STAGE PRESET [ctest argument...]: a stage that finds no test has failed.
tests() {
  stage=$1 preset=$2
  shift 2
  mkdir -p "$reports/$stage"
  GTEST_OUTPUT="xml:$reports/$stage/" ctest --test-dir "build/$preset" -j "$HN_JOBS" \
    --output-on-failure --no-tests=error --output-junit "$reports/$stage/ctest.xml" "$@" </dev/null
}

# Threads are in these; the rest of the code runs on the control thread alone. A quarter of
# them a run, by the seed; HN_THREADED=all, as in `make soak`, takes them all.
threaded_modules() {
  case "${HN_THREADED:-$((HN_SEED % 4))}" in
    0) modules="base os store http" ;;
    1) modules="metrics logs" ;;
    2) modules="store drivers" ;;
    3) modules="rules app" ;;
    *) modules="base os store http metrics logs drivers rules app" ;;
  esac
  for module in $modules; do
    set -- src/"$module"/*_test.cc
    [ -e "$1" ] && echo "$module"
  done
}

stage_setup() { tools/setup.sh test; }
stage_asan() { configure asan && build asan; }
stage_checks() { tests checks asan -L check; }
stage_unit() { tests unit asan -LE 'check|replay|sample'; }
stage_replay() { tests replay asan -L replay; }
stage_sample() {
  echo "seed $HN_SEED"
  tests sample asan -L sample
}
# Walks on one thread over every byte or call say nothing here and take long.
stage_tsan() {
  modules=$(threaded_modules)
  walks='BlockSetFaultTest.*:BlockSetTest.SaysTheSame*:BlockTest.AByte*:BlockMergeTest.*'
  walks="$walks:ChunkTest.*:IndexTest.*:HeadLogTest.*"
  # shellcheck disable=SC2046
  configure tsan && build tsan $(echo "$modules" | sed 's/$/_test/') &&
    GTEST_FILTER="-$walks" tests tsan tsan -R "^($(echo "$modules" | paste -sd '|'))\$"
}
stage_release() { configure release && build release; }
# Servers and browsers side by side on few processors: up to three that fail are judged once
# more, each alone. What passes only then is named in the end.
stage_e2e() {
  tests e2e release && return
  log=build/release/Testing/Temporary/LastTestsFailed.log
  [ "$(wc -l <"$log")" -le 3 ] || return 1
  echo "== e2e, what failed, alone"
  ctest --test-dir build/release --rerun-failed -j 1 --output-on-failure \
    --output-junit "$reports/e2e/alone.xml" </dev/null
}

failed=""
table=""
started=$(date +%s)

# minutes_since SECONDS
minutes_since() { awk "BEGIN {printf \"%.1f\", ($(date +%s) - $1) / 60}"; }

# ended STAGE EXIT_CODE BEGUN: a line of the table.
ended() {
  if [ "$2" = 0 ]; then result=ok; else
    result=FAILED
    failed="$failed $1"
  fi
  table="$table$(printf '%-10s %6s min  %s' "$1" "$(minutes_since "$3")" "$result")
"
}

# The sample is one long test on one processor: the builds after it go on beside it.
sample_started=""
start_sample() {
  sample_started=$(date +%s)
  stage_sample >"$reports/sample.log" 2>&1 &
  sample=$!
}
# So that nothing is slowed down by it that looks at a clock.
await_sample() {
  [ -n "$sample_started" ] || return 0
  wait "$sample"
  code=$?
  echo "== sample, which ran meanwhile"
  cat "$reports/sample.log"
  ended sample "$code" "$sample_started"
  sample_started=""
}

for name in ${HN_STAGES:-setup asan checks unit replay sample tsan release e2e}; do
  case "$name" in
    sample)
      start_sample
      continue
      ;;
    e2e) await_sample ;;
  esac
  echo "== $name"
  begun=$(date +%s)
  "stage_$name"
  ended "$name" $? "$begun"
  # Without packages or an instrumented build nothing after it means anything.
  case "$name$result" in setupFAILED | asanFAILED) break ;; esac
done
await_sample

echo
echo "stage        minutes"
printf '%s' "$table"
printf '%-10s %6s min\n' total "$(minutes_since "$started")"
[ -z "$failed" ] || echo "failed stages:$failed"
echo
# Fails where nothing ran at all, unless no stage with tests was asked for.
if tools/count_tests.py "$reports"/*/; then counted=ok; else counted=nothing; fi
case " ${HN_STAGES:-checks} " in
  *" checks "* | *" unit "* | *" replay "* | *" sample "* | *" tsan "* | *" e2e "*) ;;
  *) counted=ok ;;
esac
[ -z "$failed" ] && [ "$counted" = ok ]
