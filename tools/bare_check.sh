#!/bin/sh
# make bare-check: `make run` and `make test` on a bare Debian 12.
#
# A chroot (tools/chroot_env.sh) gets a clean clone of HEAD. There `make run` must
# answer on /healthz, and `make test` must pass. Needs root;
# BARE_STEPS="setup run test" chooses (setup: only tools/setup.sh run), and
# HN_STAGES which stages of `make test`.
set -eu
. "$(dirname "$0")/build_env.sh"
. tools/chroot_env.sh
steps=${BARE_STEPS:-"run test"}
port=9140

need_root bare-check
tools/setup.sh dev

server=
finish() {
  # The group: make, the build and the server.
  if [ -n "$server" ]; then kill -- "-$server" 2>/dev/null || true; fi
  unmount_chroot
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

fresh_chroot "$bare/debian"
git clone -q --no-hardlinks "$root" "$chroot/src/hinomi"
# A bare Debian has no make; the README's first line installs it with git.
in_chroot 'apt-get -q update && apt-get -q -y install --no-install-recommends make git' \
  >"$bare/make-git.log" 2>&1 || { tail -20 "$bare/make-git.log" >&2; exit 3; }

for step in $steps; do
  echo "== $step"
  begun=$(date +%s)
  case $step in
    setup) in_chroot 'cd /src/hinomi && tools/setup.sh run' ;;
    test) in_chroot "cd /src/hinomi && HN_STAGES='${HN_STAGES:-}' make test" ;;
    run)
      # The chroot shares this machine's network.
      if curl -s -o /dev/null "http://127.0.0.1:$port/"; then
        echo "bare-check: something listens on port $port already; stop it first" >&2
        exit 3
      fi
      setsid sh -c "$(command -v env) -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        ${http_proxy:+http_proxy=$http_proxy} ${https_proxy:+https_proxy=$https_proxy} \
        chroot '$chroot' sh -c 'cd /src/hinomi && exec make run'" >"$bare/run.log" 2>&1 </dev/null &
      server=$!
      until curl -sf -o /dev/null "http://127.0.0.1:$port/healthz"; do
        kill -0 "$server" 2>/dev/null ||
          { tail -40 "$bare/run.log" >&2; echo "bare-check: make run ended" >&2; exit 1; }
        [ $(($(date +%s) - begun)) -lt 1800 ] ||
          { tail -40 "$bare/run.log" >&2; echo "bare-check: no answer in 30 minutes" >&2; exit 1; }
        sleep 2
      done
      cat "$bare/run.log"
      kill -- "-$server"
      wait "$server" || true
      server=
      ;;
    *) echo "bare-check: no step $step (setup, run, test)" >&2; exit 2 ;;
  esac
  echo "== $step: ok after $(($(date +%s) - begun)) s"
done
echo "bare-check: passed ($steps)"
