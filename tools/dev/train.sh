# shellcheck shell=bash
# ./dev train [--seed N] [--decisions N] [--output DIR]: trains the Conductor's policy (docs/policy.md). Installs PyTorch, which
# nothing else needs, and builds nothing.
source "$ROOT/tools/dev/packages.sh"

dev_train() {
  install_packages train
  cd "$ROOT" || return
  # One thread: sums of several depend on how many there are, and the same seed shall give the same bytes.
  OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 PYTHONPATH="$ROOT/conductor" exec /usr/bin/python3 -m training "$@"
}
