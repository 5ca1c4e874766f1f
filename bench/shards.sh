#!/usr/bin/env bash
# Many small shards: embeds an input in this many shards, one after the other in one process, each through the pipeline into its
# own file; merges them; and compares the result with a single run, byte for byte. Prints how long each took. The model is
# the smallest one in the tests, so the result is the cost of a shard and its merge, not of the model.
#
# usage: bench/shards.sh [RECORDS=20000] [SHARDS=1000]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
records=${1:-20000} shards=${2:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk -v n="$records" 'BEGIN {
  for (i = 1; i <= n; i++) {
    printf "{\"id\":\"%d\",\"file_path\":\"src/%d.py\",\"language\":\"python\",\"content\":\"", i, i
    printf "def method_%d(self, value):\\n    return %d\\n\"}\n", i, i * 7919 % 10007
  } }' >"$work/in.jsonl"
cat >"$work/run.ps1" <<'SCRIPT'
param($Work, $Model, $Shards)
Set-Location $Work
$embed = @{ Model = $Model; Threads = 2 }
$null = 'x' | ConvertTo-CodeEmbedding @embed
$watch = [Diagnostics.Stopwatch]::StartNew()
Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding @embed | Export-CodeEmbedding single.jsonl
$single = $watch.Elapsed.TotalSeconds
$watch.Restart()
foreach ($index in 0..($Shards - 1)) {
    Import-CodeSnippet in.jsonl -ShardIndex $index -ShardCount $Shards | ConvertTo-CodeEmbedding @embed |
        Export-CodeEmbedding "s.$index.jsonl"
}
$sharded = $watch.Elapsed.TotalSeconds
$watch.Restart()
$summary = Merge-CodeEmbedding s.*.jsonl -Destination merged.jsonl
$merged = $watch.Elapsed.TotalSeconds
[double]$peak = ([IO.File]::ReadAllLines('/proc/self/status') -match '^VmHWM')[0] -replace '\D'
if ((Get-FileHash merged.jsonl).Hash -ne (Get-FileHash single.jsonl).Hash) { throw 'the merged file is different' }
'{0} records in {1} shards, {2:0.0} MiB: the merged file equals the single run.' -f
    $summary.Written, $summary.Shards, ($summary.Length / 1MB)
'Single run {0:0.00} s, all shards {1:0.00} s, so {2:0.0} ms per shard. Merge {3:0.00} s, {4:0.00} ms per shard.' -f
    $single, $sharded, (1000 * ($sharded - $single) / $Shards), $merged, (1000 * $merged / $Shards)
'Peak memory of the process {0:0} MiB.' -f ($peak / 1024)
SCRIPT
dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >"$work/log" || { cat "$work/log" >&2; exit 1; }
dotnet "$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll -File "$work/run.ps1" "$work" \
    "$here/../tests/CodeEmbed.Tests/Fixtures/tiny-roberta" "$shards" 2> >(grep -v '^Wrote' >&2)
