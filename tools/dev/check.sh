# shellcheck shell=bash
# ./dev check [--fix] [--changed]: what a reviewer should not have to look for.
source "$ROOT/tools/dev/build.sh"

FAILED=()

step() { # NAME COMMAND...
  local name=$1
  shift
  say "$name"
  "$@" >&2 </dev/null || FAILED+=("$name")
}

# Files git knows or would add, so that a new file is checked before its first commit.
source_files() { # PATTERN...
  if "$CHANGED"; then
    git -c safe.directory=* -C "$ROOT" diff --name-only --diff-filter=d HEAD -- "$@"
    git -c safe.directory=* -C "$ROOT" ls-files --others --exclude-standard -- "$@"
  else
    git -c safe.directory=* -C "$ROOT" ls-files --cached --others --exclude-standard -- "$@"
  fi | while IFS= read -r file; do [[ -f $ROOT/$file ]] && printf '%s\n' "$file"; done
}

check_cpp() {
  local files
  mapfile -t files < <(source_files '*.h' '*.cpp')
  ((${#files[@]})) || return 0
  if "$FIX"; then
    step "clang-format" clang-format -i "${files[@]}"
  else
    step "clang-format" clang-format --dry-run -Werror "${files[@]}"
  fi
  # Needs the generated headers and the compile commands, hence the build.
  build_preset release all
  step "clang-tidy" /usr/bin/python3 tools/check/clang_tidy.py build/release "${files[@]}"
}

check_python() {
  local files
  mapfile -t files < <(source_files '*.py' '*.pyi')
  ((${#files[@]})) || return 0
  if "$FIX"; then step "black" black --quiet "${files[@]}"; else step "black" black --check --quiet "${files[@]}"; fi
  step "flake8" flake8 "${files[@]}"
  # Types are a property of the whole: always all packages.
  step "mypy" /usr/bin/python3 tools/check/mypy_packages.py
}

check_shell() {
  command -v shellcheck >/dev/null || return 0
  step "shellcheck" shellcheck --external-sources dev tools/dev/*.sh .ci/run
}

dev_check() {
  FIX=false CHANGED=false
  local argument
  for argument in "$@"; do
    case $argument in
      --fix) FIX=true ;;
      --changed) CHANGED=true ;;
      *) fail_usage "check has no option '$argument'" ;;
    esac
  done
  install_packages run build test check
  use_node
  cd "$ROOT" || return

  check_cpp
  check_python
  check_shell
  step "user interface" npm --prefix ui run --silent check
  step "interfaces" /usr/bin/python3 tools/interfaces/generate.py --check
  step "architecture" /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/architecture

  ((${#FAILED[@]} == 0)) || fail "these checks failed: ${FAILED[*]}"
  say "all checks passed"
}
