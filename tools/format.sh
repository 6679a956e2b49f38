#!/bin/sh
# make format: rewrites our C++ sources as .clang-format says.
set -eu
. "$(dirname "$0")/build_env.sh"
git ls-files -z --cached --others --exclude-standard '*.cc' '*.h' |
  xargs -0 -r "${CLANG_FORMAT:-clang-format-19}" -i
