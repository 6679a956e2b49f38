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
# The sample app stands for the document's service `app`, so that there is
# something to watch; it ends with the server. Yours may be there already.
build/release/hinomi sample-app --listen 127.0.0.1:9141 &
sample=$!
trap 'kill "$sample" 2>/dev/null || true' EXIT
trap 'kill "$server" 2>/dev/null || true' INT TERM
build/release/hinomi serve --ops ops --data data "$@" &
server=$!
status=0
wait "$server" || status=$?
# A signal ends the first wait early; the server's own end is what counts.
if kill -0 "$server" 2>/dev/null; then
  status=0
  wait "$server" || status=$?
fi
exit "$status"
