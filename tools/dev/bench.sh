# shellcheck shell=bash
# ./dev bench [NAME] [--json] [--peers=DIR]: a benchmark is tests/benchmarks/NAME.py and prints one JSON object a line. A
# line "# targets: …" in it says what it needs built; without one, everything is.
source "$ROOT/tools/dev/build.sh"

dev_bench() {
  local argument name="" json=false
  for argument in "$@"; do
    case $argument in
      --json) json=true ;;
      --peers=*) export SYMPHONY_IPC_PEERS=${argument#--peers=} ;;
      -*) fail_usage "bench has no option '$argument'" ;;
      *) [[ -z $name ]] || fail_usage "bench takes one name"; name=$argument ;;
    esac
  done

  local folder="$ROOT/tests/benchmarks" script scripts=()
  for script in "$folder"/*.py; do
    [[ -x $script ]] && scripts+=("$script")
  done
  ((${#scripts[@]})) || fail "there is no benchmark in tests/benchmarks"
  if [[ -n $name ]]; then
    [[ -x $folder/$name.py ]] ||
      fail_usage "there is no benchmark '$name'; there are: $(basename --multiple --suffix=.py "${scripts[@]}" | tr '\n' ' ')"
    scripts=("$folder/$name.py")
  fi
  install_packages run build test bench
  local targets=()
  for script in "${scripts[@]}"; do
    mapfile -t -O "${#targets[@]}" targets < <(sed -n 's/^# targets: //p' "$script" | tr ' ' '\n')
    grep -q '^# targets: ' "$script" || targets+=(all)
  done
  build_preset release "${targets[@]}"

  local status=0
  for script in "${scripts[@]}"; do
    if "$json"; then
      /usr/bin/python3 "$script" </dev/null || status=$?
    else
      /usr/bin/python3 "$script" </dev/null | /usr/bin/python3 "$ROOT/tools/dev/bench_table.py" || status=$?
    fi
  done
  return "$status"
}
