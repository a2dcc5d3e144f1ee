# shellcheck shell=bash
# ./dev test [--full] [--sanitizer=asan|tsan] [NAME]
source "$ROOT/tools/dev/build.sh"

run_tests() { # PRESET OPTION...
  local preset=$1 output status=0
  shift
  output=$(mktemp)
  ctest --test-dir "$ROOT/build/$preset" --parallel "$(nproc)" --output-on-failure "$@" 2>&1 </dev/null |
    tee "$output" || status=$?
  # ctest ends with a list of times; its verdict is what a reader looks for in the last line.
  grep -E '^[0-9]+% tests passed' "$output" || true
  rm -f "$output"
  return "$status"
}

dev_test() {
  local argument full=false preset=release name=""
  for argument in "$@"; do
    case $argument in
      --full) full=true ;;
      --sanitizer=asan | --sanitizer=tsan) preset=${argument#--sanitizer=} ;;
      -*) fail_usage "test has no option '$argument'" ;;
      *) [[ -z $name ]] || fail_usage "test takes one name"; name=$argument ;;
    esac
  done
  install_packages run build test
  build_preset "$preset" all

  local options=() status=0
  "$full" || options+=(--label-exclude '^(slow|chaos|full)$')
  [[ -z $name ]] || options+=(--tests-regex "$name")
  # A fuzzer's search has a name of its own, which is not among the tests of the other build trees.
  [[ $name == *libfuzzer* ]] || run_tests "$preset" --no-tests=error "${options[@]}" || status=$?

  if "$full" && [[ $preset == release && (-z $name || $name == *fuzz*) ]]; then
    install_packages fuzz
    build_preset fuzz fuzzers
    run_tests fuzz "${options[@]}" || status=$?
  fi
  exit "$status"
}
