# shellcheck shell=bash
# ./dev test [--full] [NAME]
source "$ROOT/tools/dev/build.sh"

dev_test() {
  local argument full=false name=""
  for argument in "$@"; do
    case $argument in
      --full) full=true ;;
      -*) fail_usage "test has no option '$argument'" ;;
      *) [[ -z $name ]] || fail_usage "test takes one name"; name=$argument ;;
    esac
  done
  install_packages run build test
  build_preset release all

  local options=(--test-dir "$ROOT/build/release" --parallel "$(nproc)" --output-on-failure --no-tests=error)
  "$full" || options+=(--label-exclude '^(slow|chaos|full)$')
  [[ -z $name ]] || options+=(--tests-regex "$name")

  local output status=0
  output=$(mktemp)
  # shellcheck disable=SC2064
  trap "rm -f '$output'" EXIT
  ctest "${options[@]}" 2>&1 </dev/null | tee "$output" || status=$?
  # ctest ends with a list of times; its verdict is what a reader looks for in the last line.
  grep -E '^[0-9]+% tests passed' "$output" || true
  exit "$status"
}
