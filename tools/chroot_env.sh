# shellcheck shell=sh
# Sourced by the tools that need a bare Debian 12 to themselves: a debootstrap
# chroot (bookworm, minbase) in $chroot, from the mirror and with the npm registry
# that this machine's own apt and npm use. Needs root. The base system is kept as
# build/bare/base.tar between runs.
bare=$root/build/bare

need_root() {
  if [ "$(id -u)" != 0 ]; then
    echo "$1: debootstrap and chroot need root: sudo make $1" >&2
    exit 3
  fi
}

# What apt reads of bookworm's main, as format says.
apt_targets() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' "Created-By: Packages" |
    awk '$2 ~ /^bookworm/ && $3 == "main"'
}

unmount_chroot() {
  for place in proc sys dev/pts dev/shm dev; do
    if mountpoint -q "$chroot/$place"; then umount -l "$chroot/$place" || true; fi
  done
  if mountpoint -q "$chroot"; then umount -l "$chroot" || true; fi
}

make_base() {
  mirror=$(apt_targets | awk '$2 == "bookworm" {print $1; exit}')
  [ -n "$mirror" ] || { echo "apt here has no bookworm main to take Debian from" >&2; exit 3; }
  echo "== debootstrap"
  rm -rf --one-file-system "$bare/base"
  debootstrap --variant=minbase bookworm "$bare/base" "$mirror" >"$bare/debootstrap.log" 2>&1 ||
    { tail -20 "$bare/debootstrap.log" >&2; exit 3; }
  tar -C "$bare/base" -cf "$bare/base.tar.part" .
  mv "$bare/base.tar.part" "$bare/base.tar"
  rm -rf "$bare/base"
}

# Its apt as ours: suites, proxy, names.
take_over_apt() {
  apt_targets | awk '{print "deb", $1, $2, "main"}' | sort -u >"$chroot/etc/apt/sources.list"
  apt-config dump 2>/dev/null | grep -iE '^Acquire::https?(::[^ ]*)?::?Proxy ' \
    >"$chroot/etc/apt/apt.conf.d/99proxy" || true
  cp -L /etc/resolv.conf "$chroot/etc/resolv.conf"
  cp -L /etc/hosts "$chroot/etc/hosts"
}

npm_setting() {
  command -v npm >/dev/null 2>&1 || return 0
  npm config get "$1" 2>/dev/null | grep -vxE 'null|undefined' || true
}

# Its npm as ours, where we have one: the registry and whom to trust, nothing else.
take_over_npm() {
  registry=$(npm_setting registry)
  authorities=$(npm_setting cafile)
  {
    if [ -n "$registry" ]; then echo "registry=$registry"; fi
    if [ -f "$authorities" ]; then
      cp -L "$authorities" "$chroot/etc/npm-authorities.crt"
      echo "cafile=/etc/npm-authorities.crt"
    fi
  } >"$chroot/root/.npmrc"
}

# fresh_chroot DIR: sets $chroot, and makes it anew and bare.
fresh_chroot() {
  chroot=$1
  mkdir -p "$bare"
  unmount_chroot
  rm -rf --one-file-system "$chroot"
  [ -f "$bare/base.tar" ] || make_base
  mkdir -p "$chroot"
  tar -C "$chroot" -xf "$bare/base.tar"
  take_over_apt
  take_over_npm
  # A mount of its own, as the root of a machine is: tests make namespaces there.
  mount --bind "$chroot" "$chroot" && mount --make-private "$chroot"
  mount -t proc proc "$chroot/proc"
  mount --rbind /sys "$chroot/sys" && mount --make-rslave "$chroot/sys"
  mount --rbind /dev "$chroot/dev" && mount --make-rslave "$chroot/dev"
}

# A new machine's environment; what leads to the mirror passes. In the background
# `exec_in_chroot` is the command itself, so that $! can be killed.
in_chroot() { (exec_in_chroot "$1"); }
exec_in_chroot() {
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    chroot "$chroot" sh -c "$1" </dev/null
}
