#!/bin/sh
# make lint: format, text, layers, and clang-tidy.
#
# clang-tidy reads what differs from main (LINT_BASE) and what is not committed;
# `make lint FILES=all` reads everything, FILES="a.cc b.cc" just those.
set -eu
. "$(dirname "$0")/build_env.sh"
tidy=${CLANG_TIDY:-clang-tidy-19}
failed=0

sources() { git ls-files --cached --others --exclude-standard '*.cc' '*.h'; }
changed() {
  base=$(git merge-base HEAD "${LINT_BASE:-main}" 2>/dev/null || git rev-parse HEAD)
  { git diff --name-only --diff-filter=d "$base" -- '*.cc'
    git ls-files --others --exclude-standard '*.cc'; } | sort -u
}
case "${1:-changed}" in
  changed) files=$(changed) ;;
  all) files=$(sources | grep '\.cc$') ;;
  *) files="$*" ;;
esac

echo "format"
sources | xargs -r "${CLANG_FORMAT:-clang-format-19}" --dry-run -Werror || failed=1
echo "text"
python3 tools/check_text.py || failed=1
echo "layers"
python3 tools/check_layers.py || failed=1
if command -v shellcheck >/dev/null 2>&1; then
  echo "shell"
  shellcheck -x -P SCRIPTDIR -e SC1091,SC2016,SC2154,SC2119,SC2120 tools/*.sh .ci/run || failed=1
fi

echo "headers"
[ -f build/dev/build.ninja ] || configure dev
build dev hn_headers >build/headers.log 2>&1 || {
  cat build/headers.log
  failed=1
}

echo "clang-tidy: $(echo "$files" | sed '/^$/d' | wc -l) files"
if [ -n "$files" ]; then
  [ -f build/dev/compile_commands.json ] || configure dev
  # Flags that only g++ knows would be errors to clang, as would be what
  # libstdc++ 12 uses of itself though it is deprecated.
  echo "$files" | xargs -r -n 1 -P "$HN_JOBS" "$tidy" -p build/dev --quiet \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-deprecated-declarations \
    --extra-arg=-Wthread-safety || failed=1
fi
if [ "$failed" != 0 ]; then
  echo "lint: see above" >&2
  exit 1
fi
echo "lint: clean"
