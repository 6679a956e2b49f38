#!/bin/sh
# make run: set-up, release build, server on 127.0.0.1:9140.
# More arguments for the server: make run ARGS="--listen 127.0.0.1:9200"
set -eu
. "$(dirname "$0")/build_env.sh"

stage() {
  echo "[$1/3] $2"
}
stage 1 "set-up"
tools/setup.sh run
stage 2 "build (the first one takes minutes, later ones seconds)"
if [ ! -f build/release/build.ninja ]; then configure release; fi
build release hinomi
stage 3 "hinomi serve --ops ops --data data"
exec build/release/hinomi serve --ops ops --data data "$@"
