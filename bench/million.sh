#!/usr/bin/env bash
# The peak memory of the whole pipeline in PowerShell, Import-CodeSnippet | ConvertTo-CodeEmbedding | Export-CodeEmbedding, over
# 50,000 small records and over a million. A stream with constant memory has a ratio near 1.
#
# usage: bench/million.sh [FEW=50000] [MANY=1000000] [MODEL_DIR=the tests' small model]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
few=${1:-50000} many=${2:-1000000} model=${3:-$here/../tests/CodeEmbed.Tests/Fixtures/tiny-roberta}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >"$work/log" || { cat "$work/log" >&2; exit 1; }
cat >"$work/run.ps1" <<'SCRIPT'
param($In, $Model, $Out)
Import-CodeSnippet $In | ConvertTo-CodeEmbedding -Model $Model | Export-CodeEmbedding $Out -Force
[IO.File]::ReadAllLines('/proc/self/status') -match '^VmHWM' -replace '\D'
SCRIPT

# The peak in KiB.
peak() {
  awk -v n="$1" 'BEGIN {
    for (i = 1; i <= n; i++) {
      printf "{\"id\":\"%d\",\"file_path\":\"src/%d.py\",\"language\":\"python\",", i, i
      printf "\"content\":\"x = %d\"}\n", i % 1000
    } }' >"$work/in.jsonl"
  dotnet "$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll -File "$work/run.ps1" \
    "$work/in.jsonl" "$model" "$work/out.jsonl"
  [ "$(wc -l <"$work/out.jsonl")" -eq "$1" ] || { echo "the output does not have $1 lines" >&2; return 1; }
  rm "$work/out.jsonl"
}
a=$(peak "$few") b=$(peak "$many")
awk -v a="$a" -v b="$b" -v few="$few" -v many="$many" 'BEGIN {
  printf "peak memory: %.1f MiB over %d records, %.1f MiB over %d, ratio %.3f\n",
    a / 1024, few, b / 1024, many, b / a }'
