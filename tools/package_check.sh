#!/bin/sh
# make package-check: the package's whole life on a bare Debian 12.
#
# In a chroot (tools/chroot_env.sh) that is booted with its own systemd: install, first
# picture, command line, manual and completion, the unit's promises (sandbox, watchdog,
# replicas that live on), upgrade, remove, purge. tools/package_check.sh BINARY packages
# that binary instead of the release build's. Needs root.
set -eu
. "$(dirname "$0")/build_env.sh"
. tools/chroot_env.sh
need_root package-check
tools/setup.sh dev
work=$(mktemp -d)
chroot=$bare/package
url=http://127.0.0.1:9140
box=
apt='DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold'

finish() {
  # With its process 1 all others of the box end.
  if [ -n "$box" ]; then kill -9 "$box" 2>/dev/null || true; wait "$box" 2>/dev/null || true; fi
  unmount_chroot
  rm -rf "$work"
}
fail() {
  echo "package-check: $*" >&2
  if [ -n "$box" ]; then in_box 'journalctl -q -u hinomi -n 30 --no-pager' >&2 || true; fi
  exit 1
}
says() { echo "$1" | grep -qF -- "$2" || fail "expected '$2' in: $1"; }
until_true() {
  for _ in $(seq 150); do
    if eval "$2"; then return; fi
    sleep 0.2
  done
  fail "waited in vain for $1"
}

boot() {
  # --kill-child: with this one ends what it started.
  unshare --pid --mount --uts --ipc --cgroup --fork --kill-child tools/boot_chroot.sh "$chroot" \
    >"$work/boot.log" 2>&1 </dev/null &
  box=$!
  until_true 'systemd to be process 1' 'init=$(pgrep -P "$box" -x systemd)'
  until_true 'it to have booted' 'in_box "systemctl is-system-running" 2>/dev/null | grep -qE "running|degraded"'
}
in_box() {
  nsenter --target "$init" --pid --mount --uts --ipc --cgroup --root --wd \
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    sh -c "$1" </dev/null
}
as_user() { in_box "setpriv --reuid=$1 --regid=$1 --init-groups $2"; }
apt_in_box() { in_box "$apt $1" >"$work/apt.log" 2>&1 || { tail -30 "$work/apt.log" >&2; fail "apt-get $1"; }; }
show() { in_box "systemctl show -P $1 hinomi"; }
replica() { in_box 'pgrep -u hinomi -x sleep' || true; }

# The package $1 with another version, and another alarms.yml.
make_next() {
  dpkg-deb -R "$1" "$work/next"
  sed -i "s/^Version: .*/&+next/" "$work/next/DEBIAN/control"
  echo "# as the next version has it" >>"$work/next/etc/hinomi/alarms.yml"
  dpkg-deb --root-owner-group -b "$work/next" "$chroot/opt/next.deb" >/dev/null
}

check_where_daemons_may_not_start() {
  printf '#!/bin/sh\nexit 101\n' >"$chroot/usr/sbin/policy-rc.d"
  chmod 755 "$chroot/usr/sbin/policy-rc.d"
  in_chroot "$apt install --no-install-recommends systemd-sysv dbus man-db procps" >"$work/apt.log" 2>&1 ||
    { tail "$work/apt.log" >&2; fail "the bare system"; }
  said=$(in_chroot "$apt install --no-install-recommends /opt/hinomi.deb" 2>&1) || fail "$said"
  says "$said" 'sudo systemctl start hinomi && sudo hinomi token link'
  [ ! -e "$chroot/var/lib/hinomi/address" ] || fail "it was started although policy-rc.d forbids it"
  in_chroot "$apt purge --autoremove hinomi" >"$work/apt.log" 2>&1 || fail "purge without systemd"
  rm "$chroot/usr/sbin/policy-rc.d"
}

check_install() {
  begun=$(date +%s%N)
  apt_in_box 'install --no-install-recommends /opt/hinomi.deb'
  says "$(tail -5 "$work/apt.log")" "watches this machine on $url"
  says "$(curl -sf "$url/")" '<html'
  token=$(in_box 'cat /var/lib/hinomi/admin-token')
  now=$(curl -sf -H "Authorization: Bearer $token" "$url/api/hinomi/v1/now")
  says "$now" '"HighCPUUtilization"'
  until_true 'figures of this machine' 'in_box "hinomi query node_load1" | grep -q "node_load1{"'
  took=$((($(date +%s%N) - begun) / 1000000))
  echo "install (with what it depends on) to first picture: $took ms"
  [ "$took" -lt 60000 ] || fail "that is more than a minute"
}

check_command_line() {
  status=$(in_box 'hinomi status') || [ $? = 1 ]
  says "$status" HighCPUUtilization
  says "$(in_box 'hinomi token link' 2>&1)" "$url/api/hinomi/v1/session/link/"
  in_box 'useradd --groups hinomi sato && useradd suzuki'
  says "$(as_user sato 'hinomi alarm list')" HighMemoryUtilization
  says "$(as_user suzuki 'hinomi status' 2>&1 || true)" 'sudo adduser USER hinomi'
  in_box 'hinomi incident open "tried by hand" --severity info' >/dev/null
  says "$(in_box 'man hinomi')" 'runs your operations document'
  says "$(in_box 'man hinomi-incident-acknowledge')" 'hinomi incident acknowledge INC-7'
  says "$(in_box 'bash -c ". /usr/share/bash-completion/completions/hinomi;
    COMP_WORDS=(hinomi incident acknowledge \"\") COMP_CWORD=3; _hinomi; echo \${COMPREPLY[@]}"')" INC-1
}

# The host is seen as it is from within the sandbox.
check_sandbox() {
  until_true 'file systems' 'in_box "hinomi query node_filesystem_size_bytes" | grep -q "mountpoint=\"/home\""'
  size=$(in_box "hinomi query 'node_filesystem_size_bytes{mountpoint=\"/home\"}' --output json")
  says "$size" '"7340032"'
  says "$(in_box "hinomi query 'node_filesystem_readonly{mountpoint=\"/\"}' --output json")" '"0"]'
  says "$(in_box 'grep -E "NoNewPrivs|Seccomp:|CapBnd" /proc/$(systemctl show -P MainPID hinomi)/status |
    tr -s "\t\n" "  "')" 'CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2'
}

check_replicas_live_on() {
  in_box "sed -i 's/^services:/&\\n  job: {cluster: default, driver: process, command: [sleep, \"600\"], desired_count: 1}/' \
    /etc/hinomi/targets.yml && hinomi check /etc/hinomi && systemctl reload hinomi" >/dev/null || fail "the folder"
  until_true 'a replica' '[ -n "$(replica)" ]'
  first=$(replica)
  in_box 'systemctl restart hinomi'
  [ "$(replica)" = "$first" ] || fail "a restart ended the replica"
  in_box 'systemctl kill --kill-whom=main -s KILL hinomi'
  until_true 'the restart of a killed server' '[ "$(show NRestarts)" = 1 ] && [ "$(show ActiveState)" = active ]'
  until_true 'the replica to be found again' 'in_box "hinomi service tasks job" | grep -q "RUNNING"'
  [ "$(replica)" = "$first" ] || fail "another replica runs: $(replica), before $first"
}

check_watchdog() {
  in_box 'mkdir -p /run/systemd/system/hinomi.service.d && printf "[Service]\nWatchdogSec=4\n" \
    >/run/systemd/system/hinomi.service.d/quick.conf && systemctl daemon-reload && systemctl restart hinomi'
  sleep 6
  [ "$(show NRestarts)" = 0 ] || fail "the watchdog bites a server that works"
  in_box 'systemctl kill --kill-whom=main -s STOP hinomi'
  until_true 'the watchdog' '[ "$(show NRestarts)" = 1 ] && [ "$(show ActiveState)" = active ]'
  in_box 'rm -r /run/systemd/system/hinomi.service.d && systemctl daemon-reload && systemctl restart hinomi'
}

check_upgrade() {
  in_box 'echo "# ours" >>/etc/hinomi/alarms.yml; hinomi journal checkpoint >/tmp/checkpoint'
  before=$(show MainPID)
  apt_in_box 'install /opt/next.deb'
  case "$(show ActiveState) $(show MainPID)" in
    "active $before") fail "it was not restarted" ;;
    "active "*) ;;
    *) fail "it does not run any more" ;;
  esac
  says "$(in_box 'dpkg-query -W hinomi')" '+next'
  says "$(in_box 'tail -1 /etc/hinomi/alarms.yml')" '# ours'
  says "$(in_box 'hinomi incident list')" 'tried by hand'
  in_box 'hinomi journal verify --checkpoint /tmp/checkpoint' >/dev/null || fail "the journal is another one"
  [ "$(replica)" = "$first" ] || fail "the upgrade ended the replica"
}

check_remove() {
  apt_in_box 'remove hinomi'
  says "$(cat "$work/apt.log")" 'processes of the services that it ran go on'
  [ ! -e "$chroot/usr/bin/hinomi" ] || fail "the binary is still there"
  [ -e "$chroot/var/lib/hinomi/hinomi.db" ] || fail "the data are gone"
  says "$(in_box 'tail -1 /etc/hinomi/alarms.yml')" '# ours'
  [ "$(replica)" = "$first" ] || fail "the replica was ended"
}

check_purge() {
  # One with the same number, in a root of its own as in a container.
  uid=$(in_box 'id -u hinomi')
  in_box "mkdir -p /mnt/box && cp --parents /bin/sleep \$(ldd /bin/sleep | grep -o '/lib[^ ]*') /mnt/box &&
    setsid -f chroot --userspec=$uid:$uid /mnt/box /bin/sleep 601"
  apt_in_box 'purge hinomi'
  in_box 'pgrep -fx "/bin/sleep 601"' >/dev/null || fail "a container's process was ended"
  if in_box 'pgrep -fx "sleep 600"' >/dev/null; then fail "the replica is still there"; fi
  left=$(in_box 'find / -xdev -iname "*hinomi*" -not -path "/proc/*" -not -path "/opt/*" -not -path "/var/cache/man/*"
    grep -l hinomi /etc/passwd /etc/group /etc/shadow /etc/gshadow') || true
  [ -z "$left" ] || fail "this is left: $left"
}

# As README.md says it; the libraries are there since the package was.
check_tarball() {
  cp "$tarball" "$chroot/opt"
  in_box 'tar -C /usr/local --strip-components=1 -xzf /opt/hinomi-*.tar.gz &&
    systemd-sysusers && /usr/local/bin/hinomi init /etc/hinomi && systemctl daemon-reload &&
    systemctl enable --now hinomi' >"$work/tar.log" 2>&1 || { cat "$work/tar.log" >&2; fail "the tarball"; }
  [ "$(show ActiveState)" = active ] || fail "the tarball's service does not run"
  says "$(in_box 'hinomi alarm list' || [ $? = 1 ])" HighErrorRate
}

trap finish EXIT
trap 'exit 130' INT TERM HUP
if curl -s -o /dev/null "$url/"; then
  echo "package-check: something listens on port 9140 already; stop it first" >&2
  exit 3
fi
tools/package.sh ${1:+"$1" build/package}
deb=$(find build/package -name 'hinomi_*.deb' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d ' ' -f 2)
tarball=${deb%/*}/$(basename "$deb" | sed 's/^hinomi_\(.*\)_\(.*\)\.deb$/hinomi-\1-linux-\2.tar.gz/')
fresh_chroot "$chroot"
in_chroot 'apt-get -q update' >"$work/apt.log" 2>&1 || { tail -5 "$work/apt.log" >&2; fail "apt-get update"; }
cp "$deb" "$chroot/opt/hinomi.deb"
make_next "$deb"
echo "== where daemons may not start" && check_where_daemons_may_not_start
boot
in_box 'mount -t tmpfs -o size=7m tmpfs /home'
echo "== install" && check_install
echo "== command line" && check_command_line
echo "== sandbox" && check_sandbox
echo "== replicas" && check_replicas_live_on
echo "== watchdog" && check_watchdog
echo "== upgrade" && check_upgrade
echo "== remove" && check_remove
echo "== purge" && check_purge
echo "== tarball" && check_tarball
echo "package-check: passed"
