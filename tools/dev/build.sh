# shellcheck shell=bash
# ./dev build [PRESET], and what run, test and bench build before they start.
source "$ROOT/tools/dev/packages.sh"
source "$ROOT/tools/dev/node.sh"

build_preset() { # PRESET TARGET...
  local preset=$1 directory="$ROOT/build/$1"
  shift
  use_node
  mkdir -p "$directory"
  # Two builds of one tree at once would trample each other: the second waits, then finds nothing to do.
  (
    flock 9
    # A build tree knows where it was made: after the checkout moved, it is of no use.
    if [[ -f $directory/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$directory/CMakeCache.txt"; then
      find "$directory" -mindepth 1 ! -name .lock -delete
    fi
    if [[ ! -f $directory/build.ninja ]]; then
      (cd "$ROOT" && cmake --preset "$preset") || exit 1
    fi
    cmake --build "$directory" --target "$@"
  ) 9>"$directory/.lock" >&2 </dev/null || fail "the build failed; the first error above is the one to read"
}

dev_build() {
  local preset=${1:-release}
  (($# <= 1)) || fail_usage "build takes one preset"
  case $preset in
    release | debug | asan | tsan) install_packages run build && build_preset "$preset" all ;;
    fuzz) install_packages run build fuzz && build_preset fuzz fuzzers ;;
    *) fail_usage "there is no preset '$preset' (release, debug, asan, tsan, fuzz)" ;;
  esac
}
