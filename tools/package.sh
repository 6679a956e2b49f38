#!/bin/sh
# make package: build/package/hinomi_VERSION_ARCH.deb and hinomi-VERSION-linux-ARCH.tar.gz
#
# tools/package.sh [BINARY [DIR]]: of that binary, into DIR; by default of the
# release build, which is made first. The version is the binary's own. lintian has
# to be content.
set -eu
. "$(dirname "$0")/build_env.sh"
binary=${1:-}
out=${2:-build/package}
if [ -z "$binary" ]; then
  tools/setup.sh package
  if [ ! -f build/release/build.ninja ]; then configure release; fi
  build release hinomi
  binary=build/release/hinomi
fi
binary=$(realpath "$binary")
mkdir -p "$out"
out=$(realpath "$out")
version=$("$binary" --version | cut -d ' ' -f 2)
arch=$(dpkg --print-architecture)
# The same commit makes the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -c safe.directory="$root" log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
day() { date -u -d "@$SOURCE_DATE_EPOCH" "$@"; }

# What lies where on the machine, below $1; $2 is the prefix.
# $3 is zsh's folder there.
make_tree() {
  install -D -m 755 "$binary" "$1$2/bin/hinomi"
  "$binary" man "$1$2/share/man/man1" --date "$(day +%F)" >/dev/null
  mkdir -p "$1$2/share/bash-completion/completions" "$1$2/share/zsh/$3" \
    "$1$2/share/fish/vendor_completions.d"
  "$binary" completion bash >"$1$2/share/bash-completion/completions/hinomi"
  "$binary" completion zsh >"$1$2/share/zsh/$3/_hinomi"
  "$binary" completion fish >"$1$2/share/fish/vendor_completions.d/hinomi.fish"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
umask 022

# All of it below /usr/local, where it is unpacked: no file of the user is overwritten.
make_tarball() {
  name=hinomi-$version-linux-$arch
  tree=$work/$name
  make_tree "$tree" "" site-functions
  strip --strip-unneeded "$tree/bin/hinomi"
  install -d "$tree/lib/systemd/system"
  sed 's,/usr/bin/hinomi,/usr/local/bin/hinomi,; s,/usr/share/doc/hinomi/README.Debian,README.Debian,' \
    packaging/debian/hinomi.service >"$tree/lib/systemd/system/hinomi.service"
  install -D -m 644 packaging/debian/hinomi.sysusers "$tree/lib/sysusers.d/hinomi.conf"
  install -D -m 644 -t "$tree/share/doc/hinomi" LICENSE README.md README.ja.md \
    packaging/debian/README.Debian
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    -cf - "$name" | gzip -n >"$out/$name.tar.gz"
}

make_deb() {
  source=$work/hinomi
  mkdir -p "$source"
  make_tree "$source/tree" /usr vendor-completions
  install -D -m 644 -t "$source/tree/etc/hinomi" packaging/etc/*.yml
  cp -R packaging/debian "$source"
  printf 'hinomi (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- %s  %s\n' \
    "$version" "$version" "$(sed -n 's/^Maintainer: //p' packaging/debian/control)" \
    "$(LC_ALL=C day -R)" >"$source/debian/changelog"
  cp README.md README.ja.md "$source"
  echo 'README.md README.ja.md' >"$source/debian/docs"
  (cd "$source" && DESTINATION="$out" debian/rules binary) >"$work/dh.log" 2>&1 ||
    { cat "$work/dh.log" >&2; return 1; }
}

make_tarball
make_deb
deb=$out/hinomi_${version}_$arch.deb
lintian --allow-root --fail-on error,warning "$deb"
ls -s --block-size=k "$deb" "$out/hinomi-$version-linux-$arch.tar.gz"
