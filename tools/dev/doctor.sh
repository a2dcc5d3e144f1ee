# shellcheck shell=bash
# ./dev doctor: what this machine lacks, one line a question. Installs nothing.
source "$ROOT/tools/dev/packages.sh"
source "$ROOT/tools/dev/node.sh"

PROBLEMS=0

good() { printf '  ok       %s\n' "$*"; }
bad() {
  printf '  missing  %s\n' "$*"
  PROBLEMS=$((PROBLEMS + 1))
}

doctor_packages() {
  command -v dpkg-query >/dev/null || {
    bad "this is not a Debian system: see packaging/debian-packages.txt for what is needed"
    return
  }
  local section missing
  for section in run build test bench check; do
    mapfile -t missing < <(missing_packages "$section")
    if ((${#missing[@]})); then
      bad "Debian packages to $section: ${missing[*]}"
    else
      good "Debian packages to $section"
    fi
  done
}

doctor_machine() {
  if ((EUID == 0)) || command -v sudo >/dev/null; then
    good "packages can be installed ($( ((EUID == 0)) && echo root || echo sudo))"
  else
    bad "neither root nor sudo: an administrator has to install packages"
  fi
  if node_on_path_is_recent; then
    good "node $(node --version) and npm $(npm --version 2>/dev/null) on PATH"
  elif [[ -x $ROOT/.tools/node_modules/.bin/node ]]; then
    good "node $("$ROOT/.tools/node_modules/.bin/node" --version) in .tools/"
  else
    bad "Node 20.19 or 22.12 with npm 10: ./dev build puts the pinned ones into .tools/"
  fi
  if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]]; then
    good "a display (${WAYLAND_DISPLAY:-$DISPLAY})"
  else
    printf "  note     no display: only ./dev run --offscreen --screenshot FILE works here\n"
  fi
  local free
  free=$(df --output=avail --block-size=1M "$ROOT" | tail -n 1 | tr -d ' ')
  if ((free > 4096)); then good "$((free / 1024)) GiB free here"; else bad "disk space: $free MiB free, a full build takes 4096"; fi
  free=$(df --output=size --block-size=1M /dev/shm 2>/dev/null | tail -n 1 | tr -d ' ' || echo 0)
  if ((free >= 64)); then good "/dev/shm of $free MiB"; else bad "/dev/shm of 64 MiB or more (it has $free): web pages may crash"; fi
}

dev_doctor() {
  printf '%s\n' "this machine:"
  doctor_packages
  doctor_machine
  if [[ -x $ROOT/build/release/bin/symphony ]]; then
    printf '%s\n' "symphony:"
    "$ROOT/build/release/bin/symphony" doctor --json </dev/null |
      /usr/bin/python3 "$ROOT/tools/dev/doctor_lines.py" || PROBLEMS=$((PROBLEMS + 1))
  else
    printf '%s\n' "symphony: not built yet (./dev build)"
  fi
  ((PROBLEMS == 0))
}
