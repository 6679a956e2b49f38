#!/bin/sh
# make bench: the benchmarks under bench/, on the release build.
set -eu
. "$(dirname "$0")/build_env.sh"
[ -x bench/run.sh ] || { echo "bench: there is no benchmark yet (bench/run.sh)" >&2; exit 3; }
tools/setup.sh dev
configure release
build release
exec bench/run.sh
