#!/bin/sh
# tools/boot_chroot.sh CHROOT: a Debian with its own systemd as process 1, in
# namespaces. For tools/package_check.sh, which makes them:
#   unshare --pid --mount --uts --ipc --cgroup --fork --kill-child tools/boot_chroot.sh CHROOT
# The network is this machine's.
set -eu
chroot=$1
mount --make-rprivate /
for place in sys dev; do
  if mountpoint -q "$chroot/$place"; then umount -R -l "$chroot/$place"; fi
done
mount -t proc proc "$chroot/proc"
# The kernel is everybody's.
mount --bind "$chroot/proc/sys" "$chroot/proc/sys"
mount -o remount,bind,ro "$chroot/proc/sys"
mount -t sysfs -o ro sysfs "$chroot/sys"
mount -t cgroup2 cgroup2 "$chroot/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$chroot/run"
mount -t tmpfs -o mode=755 tmpfs "$chroot/dev"
mkdir "$chroot/dev/pts" "$chroot/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$chroot/dev/pts"
ln -s pts/ptmx "$chroot/dev/ptmx"
for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  # shellcheck disable=SC2086
  set -- $device
  mknod -m 666 "$chroot/dev/$1" c "$2" "$3"
done
# The root itself: from a mere chroot no user namespace can be made.
cd "$chroot"
pivot_root . mnt
umount -l /mnt
exec env -i container=hinomi-check PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system systemd.unit=multi-user.target
