#!/bin/sh
# make bare-check: `make run` and `make test` on a bare Debian 12.
#
# A debootstrap chroot (bookworm, minbase) below build/bare, from the mirror and
# the npm registry that this machine's own apt and npm use, gets a clean clone of
# HEAD. There `make run` must answer on /healthz, and `make test` must pass. Needs
# root. The base system is kept as build/bare/base.tar between runs;
# BARE_STEPS="setup run test" chooses (setup: only tools/setup.sh run), and
# HN_STAGES which stages of `make test`.
set -eu
. "$(dirname "$0")/build_env.sh"
steps=${BARE_STEPS:-"run test"}
bare=$root/build/bare
chroot=$bare/debian
port=9140

if [ "$(id -u)" != 0 ]; then
  echo "bare-check: debootstrap and chroot need root: sudo make bare-check" >&2
  exit 3
fi
tools/setup.sh dev

mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' "Created-By: Packages" |
    awk '$2 == "bookworm" && $3 == "main" {print $1; exit}'
}
mirror=$(mirror)
[ -n "$mirror" ] || { echo "bare-check: apt here has no bookworm main to take Debian from" >&2; exit 3; }

unmount() {
  for place in proc sys dev/pts dev/shm dev; do
    if mountpoint -q "$chroot/$place"; then umount -l "$chroot/$place" || true; fi
  done
  if mountpoint -q "$chroot"; then umount -l "$chroot" || true; fi
}
server=
finish() {
  # The group: make, the build and the server.
  if [ -n "$server" ]; then kill -- "-$server" 2>/dev/null || true; fi
  unmount
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

mkdir -p "$bare"
unmount
rm -rf --one-file-system "$chroot"
if [ ! -f "$bare/base.tar" ]; then
  echo "== debootstrap"
  debootstrap --variant=minbase bookworm "$bare/base" "$mirror" >"$bare/debootstrap.log" 2>&1 ||
    { tail -20 "$bare/debootstrap.log" >&2; exit 3; }
  tar -C "$bare/base" -cf "$bare/base.tar.part" .
  mv "$bare/base.tar.part" "$bare/base.tar"
  rm -rf "$bare/base"
fi
mkdir -p "$chroot"
tar -C "$chroot" -xf "$bare/base.tar"
# Its apt as ours: suites, proxy, names.
apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' "Created-By: Packages" |
  awk '$2 ~ /^bookworm/ && $3 == "main" {print "deb", $1, $2, "main"}' | sort -u \
  >"$chroot/etc/apt/sources.list"
apt-config dump 2>/dev/null | grep -iE '^Acquire::https?(::[^ ]*)?::?Proxy ' \
  >"$chroot/etc/apt/apt.conf.d/99proxy" || true
cp -L /etc/resolv.conf "$chroot/etc/resolv.conf"
cp -L /etc/hosts "$chroot/etc/hosts"
# Its npm as ours, where we have one: the registry and whom to trust, nothing else.
npm_setting() {
  command -v npm >/dev/null 2>&1 || return 0
  npm config get "$1" 2>/dev/null | grep -vxE 'null|undefined' || true
}
registry=$(npm_setting registry)
authorities=$(npm_setting cafile)
{
  if [ -n "$registry" ]; then echo "registry=$registry"; fi
  if [ -f "$authorities" ]; then
    cp -L "$authorities" "$chroot/etc/npm-authorities.crt"
    echo "cafile=/etc/npm-authorities.crt"
  fi
} >"$chroot/root/.npmrc"
# A mount of its own, as the root of a machine is: tests make namespaces there.
mount --bind "$chroot" "$chroot" && mount --make-private "$chroot"
mount -t proc proc "$chroot/proc"
mount --rbind /sys "$chroot/sys" && mount --make-rslave "$chroot/sys"
mount --rbind /dev "$chroot/dev" && mount --make-rslave "$chroot/dev"

git clone -q --no-hardlinks "$root" "$chroot/src/hinomi"
in_chroot() {
  # A new machine's environment; what leads to the mirror passes.
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    chroot "$chroot" sh -c "cd /src/hinomi && $1" </dev/null
}
# A bare Debian has no make; the README's first line installs it with git.
in_chroot 'apt-get -q update && apt-get -q -y install --no-install-recommends make git' \
  >"$bare/make-git.log" 2>&1 || { tail -20 "$bare/make-git.log" >&2; exit 3; }

for step in $steps; do
  echo "== $step"
  begun=$(date +%s)
  case $step in
    setup) in_chroot 'tools/setup.sh run' ;;
    test) in_chroot "HN_STAGES='${HN_STAGES:-}' make test" ;;
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
