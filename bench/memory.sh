#!/usr/bin/env bash
# The peak memory of a run over few snippets and over many. A stream with constant memory has a ratio near 1.
#
# usage: bench/memory.sh MODEL_DIR IN.jsonl [FEW=200] [MANY=2000] [PRECISION=Float32]
set -euo pipefail
model=$1 input=$2 few=${3:-200} many=${4:-2000} precision=${5:-Float32}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
peak() {
  dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll "$model" "$input" "$work/out.jsonl" \
    --limit "$1" --precision "$precision" >"$work/run"
  grep -q "\"written\":$1," "$work/run" || { echo "the input does not have $1 snippets" >&2; return 1; }
  grep -o '"peak_mib":[0-9]*' "$work/run" | cut -d: -f2
}
a=$(peak "$few") b=$(peak "$many")
awk -v a="$a" -v b="$b" -v few="$few" -v many="$many" 'BEGIN {
  printf "peak memory: %d MiB over %d snippets, %d MiB over %d, ratio %.3f\n", a, few, b, many, b / a }'
