# shellcheck shell=bash
# Debian packages: what packaging/debian-packages.txt asks for, what is missing, how it gets installed.

packages_of() { # SECTION...
  awk -v wanted=" $* " '
    /^\[.*\]$/ { section = substr($0, 2, length($0) - 2); next }
    /^[a-z0-9]/ && index(wanted, " " section " ") { print $1 }
  ' "$ROOT/packaging/debian-packages.txt"
}

missing_packages() { # SECTION...
  local names
  mapfile -t names < <(packages_of "$@")
  # dpkg-query complains about names it never heard of; those are missing like the others.
  dpkg-query --show --showformat='${db:Status-Abbrev}${Package}\n' "${names[@]}" 2>/dev/null |
    awk -v names="${names[*]}" '
      /^.i / { installed[substr($0, 4)] = 1 }
      END {
        count = split(names, name, " ")
        for (i = 1; i <= count; i++) if (!(name[i] in installed)) print name[i]
      }'
}

install_packages() { # SECTION...
  if ! command -v dpkg-query >/dev/null; then
    say "this is not a Debian system: the equivalents of packaging/debian-packages.txt must be there already"
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "these Debian packages are missing, and there is neither root nor sudo here to install them. Ask an administrator for:
  apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  # The index is refreshed only here; an unreachable mirror is told by the install that follows.
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get --quiet --option DPkg::Lock::Timeout=600)
  "${as_root[@]}" "${apt[@]}" update >&2 </dev/null || say "the package index could not be refreshed; trying with the old one"
  "${as_root[@]}" "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >&2 </dev/null ||
    fail "these Debian packages could not be installed: ${missing[*]}
  Symphony is built on Debian 12 (bookworm). The message of apt-get above says why it refused."
}
