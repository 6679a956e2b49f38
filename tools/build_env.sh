# shellcheck shell=sh
# Sourced by the other tools: one place for parallelism and the compiler cache.
# Leaves what the caller has set.
cd "$(dirname "$0")/.." || exit
root=$(pwd)
export HOME="${HOME:-/root}"
# Paths in the cache are relative, so that two clones share it.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$root}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"

# As many jobs as processors, as long as each has a gigabyte and a half.
jobs_that_fit() {
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
  [ "$gigabytes" -ge 1 ] || gigabytes=1
  [ "$cores" -le "$gigabytes" ] && echo "$cores" || echo "$gigabytes"
}
HN_JOBS="${HN_JOBS:-$(jobs_that_fit)}"

# configure PRESET: quiet unless it fails.
configure() {
  mkdir -p "$root/build"
  if ! cmake --preset "$1" >"$root/build/configure-$1.log" 2>&1; then
    cat "$root/build/configure-$1.log" >&2
    echo "configuring the preset $1 failed; the whole output is above" >&2
    return 1
  fi
}

# build PRESET [TARGET...]
build() {
  preset=$1
  shift
  cmake --build --preset "$preset" -j "$HN_JOBS" ${1:+--target "$@"}
}
