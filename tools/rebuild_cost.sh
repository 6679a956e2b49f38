#!/bin/sh
# make rebuild-cost: what a one-line change costs to rebuild and test, measured
# on this machine, as the table of CONTRIBUTING.md. Works on a copy of the tree.
#
# The changed line is a new one each time, so that no compiler cache knows it.
set -eu
. "$(dirname "$0")/build_env.sh"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$copy" 2>/dev/null || true
cd "$copy"
export CCACHE_BASEDIR="$copy"
cmake --preset dev >/dev/null
cmake --build --preset dev -j "$HN_JOBS" >/dev/null

# Wall time: mold's work is in a process that nobody waits for, so CPU time would leave it out.
seconds() {
  begun=$(date +%s%N)
  "$@" >"$copy/last.log" 2>&1 || { tail -20 "$copy/last.log" >&2; return 1; }
  awk -v wall="$(($(date +%s%N) - begun))" 'BEGIN { printf "%.1f s", wall / 1e9 }'
}
# row WHAT FILE TEST: appends a line to FILE, builds all, runs the tests it can touch.
row() {
  [ -f "$2" ] || return 0
  cp "$2" "$copy/saved"
  # A declaration: a header's end, beyond its guard, is read more than once.
  printf '\nextern int rebuilt_at_%s;\n' "$(date +%s%N)" >>"$2"
  rebuilt=$(seconds cmake --build --preset dev -j "$HN_JOBS")
  tested=$(seconds ctest --test-dir build/dev -L unit -R "$3" -j "$HN_JOBS")
  printf '| %s | `%s` | %s | %s |\n' "$1" "$2" "$rebuilt" "$tested"
  cp "$copy/saved" "$2"
  cmake --build --preset dev -j "$HN_JOBS" >/dev/null
}
echo "$(nproc) processors, $(c++ --version | head -1), preset dev"
echo
echo '| a new line in | file | rebuild all | test |'
echo '|---|---|---|---|'
for leaf in src/escalation/escalation.cc src/alarms/alarms.cc src/drivers/channels/webhook.cc src/os/files.cc; do
  row "a leaf's source" "$leaf" "^$(echo "$leaf" | cut -d/ -f2)\$"
done
row 'a source of `base/`' src/base/strings.cc '.'
row 'the header that all include' src/base/result.h '.'
