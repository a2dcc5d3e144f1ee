#!/usr/bin/env bash
# run_libfuzzer.sh TARGET BUILD SECONDS: searches for that long, from the target's seeds and what earlier searches in this
# build tree have found. An input that breaks a promise is kept in BUILD/fuzz/TARGET.failures and named on standard output.
set -euo pipefail

target=$1 build=$2 seconds=$3
corpus=$build/fuzz/$target
mkdir -p "$corpus" "$corpus.failures"
"$build/tests/$target" --write-seeds "$corpus"
exec "$build/tests/${target}_libfuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=4096 \
  -print_final_stats=1 -verbosity=0 -artifact_prefix="$corpus.failures/" "$corpus"
