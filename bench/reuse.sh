#!/usr/bin/env bash
# The cost of a nightly job if one of many snippets has changed, ConvertTo-CodeEmbedding -ReuseFrom index.jsonl with the same
# target, compared with Import-CodeEmbedding | Export-CodeEmbedding, which reads and writes the same file; and its peak memory
# over few and over many records. Each runs in a separate process, alternating; the medians count, and the model is loaded before
# the clock starts. Besides the elapsed seconds, it prints the processor seconds, which other programs affect less. Vectors have
# 768 numbers. All records in the index have the same vector, with different contents.
#
# usage: bench/reuse.sh [FEW=50000] [MANY=500000] [ROUNDS=3]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
few=${1:-50000} many=${2:-500000} rounds=${3:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >"$work/log" || { cat "$work/log" >&2; exit 1; }
run() { dotnet "$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll -File "$work/run.ps1" "$@"; }
cat >"$work/run.ps1" <<'SCRIPT'
param($What, $In, $Out)
$model = @{ Model = 'codeembed-mini'; Pooling = 'Cls, Max, Mean' }
$null = 'x' | ConvertTo-CodeEmbedding @model
$process = [Diagnostics.Process]::GetCurrentProcess()
$watch, $before = [Diagnostics.Stopwatch]::StartNew(), $process.TotalProcessorTime
switch ($What) {
    plain { Import-CodeEmbedding $In | Export-CodeEmbedding $Out -Force }
    reuse { Import-CodeSnippet $In | ConvertTo-CodeEmbedding @model -ReuseFrom $Out | Export-CodeEmbedding $Out -Force }
    embed { Import-CodeSnippet $In | ConvertTo-CodeEmbedding @model | Export-CodeEmbedding $Out -Force }
}
$seconds = $watch.Elapsed.TotalSeconds
$process.Refresh()
$peak = [IO.File]::ReadAllLines('/proc/self/status') -match '^VmHWM' -replace '\D'
"$seconds $(($process.TotalProcessorTime - $before).TotalSeconds) $peak"
SCRIPT

# snippets N: N snippets, and with a second argument, one of them changed.
snippets() {
  awk -v n="$1" -v changed="${2:-0}" 'BEGIN {
    for (i = 1; i <= n; i++) {
      printf "{\"id\":\"%d\",\"file_path\":\"src/%d.py\",\"language\":\"python\",\"content\":\"", i, i
      printf "def method_%d(self, value):\\n    self.items.append(value)\\n    return %d\\n\"}\n", i, i + (i == changed)
    } }'
}
snippets 1 >"$work/one.jsonl"
run embed "$work/one.jsonl" "$work/one-embedded.jsonl" >"$work/said"
tail=$(sed 's/.*\(,"vector":\)/\1/' "$work/one-embedded.jsonl")

# index N: the N snippets as embeddings.
index() { snippets "$1" | awk -v tail="$tail" '{ print substr($0, 1, length($0) - 1) tail }'; }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

index "$few" >"$work/plain.jsonl"
cp "$work/plain.jsonl" "$work/index.jsonl"
echo "$few records, $(($(stat -c %s "$work/plain.jsonl") / 1000000)) MB"
# An extra round first brings the files into the page cache and does not count.
for ((round = 0; round <= rounds; round++)); do
  plain=$(run plain "$work/plain.jsonl" "$work/copy.jsonl" 2>"$work/notices")
  snippets "$few" $((round + 1)) >"$work/in.jsonl"
  reuse=$(run reuse "$work/in.jsonl" "$work/index.jsonl" 2>"$work/notices")
  [ "$(wc -l <"$work/index.jsonl")" -eq "$few" ] || { echo "the output does not have $few lines" >&2; exit 1; }
  [ "$round" -gt 0 ] || continue
  read -r plain_seconds plain_processor _ <<<"$plain"
  read -r reuse_seconds reuse_processor few_peak <<<"$reuse"
  echo "plain $plain_seconds s, processor $plain_processor s; reuse $reuse_seconds s, processor $reuse_processor s"
  echo "$plain_seconds" >>"$work/plain-seconds"
  echo "$reuse_seconds" >>"$work/reuse-seconds"
  echo "$plain_processor" >>"$work/plain-processor"
  echo "$reuse_processor" >>"$work/reuse-processor"
done
for what in seconds processor; do
  awk -v what="$what" -v plain="$(median "$work/plain-$what")" -v reuse="$(median "$work/reuse-$what")" 'BEGIN {
    printf "median, %s: reading and writing %.2f, reuse with one snippet changed %.2f, ratio %.2f\n",
      what, plain, reuse, reuse / plain }'
done
rm "$work/plain.jsonl" "$work/copy.jsonl"
index "$many" >"$work/index.jsonl"
snippets "$many" 1 >"$work/in.jsonl"
read -r _ _ many_peak <<<"$(run reuse "$work/in.jsonl" "$work/index.jsonl" 2>"$work/notices")"
awk -v a="$few_peak" -v b="$many_peak" -v few="$few" -v many="$many" 'BEGIN {
  printf "peak memory: %.1f MiB over %d records, %.1f MiB over %d, %.1f bytes per additional record\n",
    a / 1024, few, b / 1024, many, (b - a) * 1024 / (many - few) }'
