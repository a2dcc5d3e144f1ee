# shellcheck shell=bash
# ./dev run [FOLDER] [OPTION...]: everything after `run` is Symphony's own command line.
source "$ROOT/tools/dev/build.sh"

needs_display() { # ARGUMENT...
  [[ -z ${DISPLAY:-} && -z ${WAYLAND_DISPLAY:-} && -z ${QT_QPA_PLATFORM:-} ]] || return 1
  local argument
  for argument in "$@"; do
    case $argument in --offscreen | --version | --help | -h) return 1 ;; esac
  done
  case ${1:-} in search | status | doctor) return 1 ;; esac
}

dev_run() {
  # Before anything is installed or built: it would be a long wait for a refusal.
  if needs_display "$@"; then
    fail "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set). Without one:
  ./dev run --offscreen --screenshot FILE${1:+ [FOLDER]}"
  fi
  install_packages run build
  [[ -n ${DISPLAY:-} || -z ${WAYLAND_DISPLAY:-} ]] || install_packages wayland
  build_preset release program
  exec "$ROOT/build/release/bin/symphony" "$@"
}
