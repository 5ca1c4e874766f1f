#!/usr/bin/env bash
# The cost of showing progress: the seconds of the pipeline with progress shown to a host that accepts it, and with
# $ProgressPreference at SilentlyContinue, alternating in one session; prints each run, then the medians, and the median and the
# quartiles of the ratios of the rounds. The default model is the smallest: the less time a batch takes, the more its progress
# matters.
#
# usage: bench/progress.sh [ROUNDS=31] [MODEL_DIR] [IN.jsonl]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rounds=${1:-31} model=${2:-$here/../tests/CodeEmbed.Tests/Fixtures/tiny-roberta} input=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.PowerShellBench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
version=$(sed -n "s/.*ModuleVersion *= *'\(.*\)'.*/\1/p" "$here/../CodeEmbed.psd1")
if [ -z "$input" ]; then
  # The sample, repeated twenty times.
  input="$work/in.jsonl"
  for ((i = 0; i < 20; i++)); do cat "$here/../samples/snippets.jsonl"; done >"$input"
fi

dotnet "$here"/CodeEmbed.PowerShellBench/bin/Release/net*/CodeEmbed.PowerShellBench.dll progress \
  "$here/../out/CodeEmbed/$version/CodeEmbed.psd1" "$model" "$input" "$rounds"
