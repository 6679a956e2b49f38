#!/bin/sh
# make soak: the long loops whole, which `make test` only samples: every CTest
# labelled `sample` or `soak`, with HN_SOAK=1, on the -O2 build with tests.
set -eu
. "$(dirname "$0")/build_env.sh"
tools/setup.sh test
configure soak
build soak
HN_SOAK=1 ctest --test-dir build/soak -L 'sample|soak' --output-on-failure --timeout 86400 --no-tests=ignore
# `make test` takes a quarter of the threaded modules a run.
HN_THREADED=all HN_STAGES=tsan tools/test.sh
