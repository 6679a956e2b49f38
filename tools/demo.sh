#!/bin/sh
# make demo: set-up, release build, and the operations document at work with
# faults on a script (demo/). More: make demo ARGS="--quick", "--stay", "--help".
set -eu
. "$(dirname "$0")/build_env.sh"
tools/setup.sh demo
if [ ! -f build/release/build.ninja ]; then configure release; fi
build release hinomi
exec python3 -B -m demo "$@"
