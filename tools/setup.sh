#!/bin/sh
# Installs what this machine lacks: tools/setup.sh run|demo|package|test|dev
#
# Only Debian packages, only those that dpkg does not have. Does nothing, and
# needs no right, when all are there. Daemons that the packages bring are kept
# from starting: a policy-rc.d that answers 101 stands while apt works, and the
# former one is put back whatever happens; their units are disabled afterwards.
set -eu

cd "$(dirname "$0")/.."
policy=/usr/sbin/policy-rc.d
saved=/usr/sbin/policy-rc.d.before-hinomi
mark='# written by Hinomi set-up; removed at its end'

case "${1:-}" in
  run) lists="run" ;;
  demo) lists="run demo" ;;
  package) lists="run package" ;;
  test) lists="run demo package test" ;;
  dev) lists="run demo package test dev" ;;
  *)
    echo "usage: tools/setup.sh run|demo|package|test|dev" >&2
    exit 2
    ;;
esac

wanted() {
  for list in $lists; do
    sed 's/#.*//' "packages/$list.txt"
  done | tr -s ' \t\n' '\n' | sed '/^$/d' | sort -u
}

# True where the console can be built without Debian's node, which must never
# replace a newer one, or where there is no console to build.
node_not_needed() {
  [ -f web/package.json ] || return 0
  command -v npm >/dev/null 2>&1 || return 1
  major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
  [ "${major:-0}" -ge 18 ]
}

missing() {
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p')
  for package in $(wanted); do
    case "$package" in
      nodejs | npm) node_not_needed && continue ;;
    esac
    echo "$installed" | grep -qxF "$package" || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

restore_policy() {
  if [ -e "$policy" ] && grep -qF "$mark" "$policy"; then as_root rm -f "$policy"; fi
  if [ -e "$saved" ]; then as_root mv -f "$saved" "$policy"; fi
}

forbid_daemons() {
  restore_policy  # what a killed set-up may have left
  if [ -e "$policy" ]; then as_root mv "$policy" "$saved"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

installed_list() { dpkg-query -W -f '${Package}\n' | sort; }

# Nor at the next boot.
disable_new_services() {
  command -v systemctl >/dev/null 2>&1 || return 0
  for package in $(installed_list | comm -13 "$before" -); do
    dpkg -L "$package" | sed -n 's,^.*/systemd/system/\([^/@]*\.service\)$,\1,p'
  done | while read -r unit; do
    as_root systemctl disable "$unit" >/dev/null 2>&1 </dev/null || true
  done
}

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "set-up: this is no Debian; the packages of packages/*.txt must be there by other means" >&2
  exit 0
fi
packages=$(missing | tr '\n' ' ')
if [ -z "${packages% }" ]; then
  echo "set-up: every package is there"
  exit 0
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
  echo "set-up: these packages are missing, and installing them needs root or sudo: $packages" >&2
  exit 3
fi

echo "set-up: installing $packages"
before=$(mktemp)
trap 'restore_policy; rm -f "$before"' EXIT
trap 'exit 130' INT TERM HUP
installed_list >"$before"
forbid_daemons
apt="env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3"
# shellcheck disable=SC2086
as_root $apt update </dev/null
# shellcheck disable=SC2086
as_root $apt -o Dpkg::Options::=--force-confold install --no-install-recommends $packages </dev/null
disable_new_services
echo "set-up: done"
