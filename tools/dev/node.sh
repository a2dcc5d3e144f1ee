# shellcheck shell=bash
# Node and npm for ui/: those on PATH when recent enough, else the pinned ones of tools/node, kept in .tools/.

node_on_path_is_recent() {
  local node npm known seen major minor version
  node=$(command -v node) && npm=$(command -v npm) || return 1
  # Asking node and npm for their versions takes 0.3 s, so the answer is kept until one of them changes.
  known="$ROOT/build/.node-on-path"
  seen=$(stat --dereference --printf='%n %Y %s\n' "$node" "$npm")
  [[ -f $known && $(<"$known") == "$seen" ]] && return 0

  version=$("$node" --version) && version=${version#v}
  major=${version%%.*} minor=${version#*.} minor=${minor%%.*}
  # vite's own range: ^20.19 or >= 22.12.
  ((major == 20 && minor >= 19 || major == 22 && minor >= 12 || major > 22)) || return 1
  version=$("$npm" --version 2>/dev/null) && ((${version%%.*} >= 10)) || return 1
  mkdir -p "$ROOT/build" && printf '%s' "$seen" >"$known"
}

use_node() {
  node_on_path_is_recent && return

  local tools="$ROOT/.tools"
  export PATH="$tools/node_modules/.bin:$PATH"
  cmp --silent "$ROOT/tools/node/package-lock.json" "$tools/installed.lock" && return

  [[ $(uname -m) == x86_64 ]] || fail "ui/ needs Node 20.19 or 22.12 and npm 10 on PATH (the pinned ones are for x86_64 only)"
  if [[ ! -x $tools/node_modules/.bin/node ]] && ! command -v npm >/dev/null; then
    install_packages node
  fi
  say "installing Node and npm into .tools/ (the ones on this machine are missing or too old)"
  mkdir -p "$tools"
  cp "$ROOT"/tools/node/package.json "$ROOT"/tools/node/package-lock.json "$ROOT"/tools/node/.npmrc "$tools/"
  (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 </dev/null) ||
    fail "npm could not install Node into .tools/; its message is above"
  hash -r
  say "node $(node --version), npm $(npm --version)"
  cp "$tools/package-lock.json" "$tools/installed.lock"
}
