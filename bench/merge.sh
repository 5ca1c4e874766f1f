#!/usr/bin/env bash
# How fast Merge-CodeEmbedding is, compared with `cat` to a file, with `sha256sum` reading the same bytes, and `sync`: the minimum
# for a script that copies and checks shards. Both read and write files in the same folder, which the system has cached; they
# alternate, and the medians count. Starting PowerShell is not counted. The shards are created without a model.
#
# usage: bench/merge.sh [MIB_OF_A_SHARD=64] [SHARDS=16] [ROUNDS=5] [FOLDER=a temporary one]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
size=${1:-64} shards=${2:-16} rounds=${3:-5}
work=$(TMPDIR=${4:-${TMPDIR:-/tmp}} mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 - "$work" "$size" "$shards" <<'PYTHON'
import hashlib, json, random, sys
folder, size, shards = sys.argv[1], int(sys.argv[2]) << 20, int(sys.argv[3])
source = random.Random(1)
vector = ",".join("%.9g" % source.uniform(-1, 1) for _ in range(768))
for index in range(shards):
    lines, length, number = [], 0, 0
    while length < size:
        lines.append('{"id":"%d-%d","vector":[%s]}\n' % (index, number, vector))
        length += len(lines[-1])
        number += 1
    text = "".join(lines).encode()
    name = f"{folder}/s.{index}.jsonl"
    open(name, "wb").write(text)
    says = dict(format=1, shard_index=index, shard_count=shards, made_with={"fingerprint": "0" * 16}, fingerprint="0" * 16,
        inputs=[dict(name="in.jsonl", path="/in.jsonl", size=1, last_write=None, digest="0" * 64)],
        read=number, written=number, rejected=0, length=len(text), sha256=hashlib.sha256(text).hexdigest(), reject_files=[])
    open(name + ".shard.json", "w").write(json.dumps(says))
PYTHON

cat >"$work/copy.sh" <<'SCRIPT'
cd "$1"
cat s.*.jsonl | tee copied.jsonl | sha256sum >sum
sync copied.jsonl
SCRIPT
cat >"$work/run.ps1" <<'SCRIPT'
param($Work, $Rounds)
Set-Location $Work
$median = { param($all) @($all | Sort-Object)[[int][Math]::Floor($all.Count / 2)] }
$copy, $merge = @(), @()
foreach ($round in 0..$Rounds) {
    Remove-Item -ErrorAction Ignore copied.jsonl, merged.jsonl
    sync
    $watch = [Diagnostics.Stopwatch]::StartNew()
    bash copy.sh $Work
    $copied = $watch.Elapsed.TotalSeconds
    Remove-Item -ErrorAction Ignore copied.jsonl
    sync
    $watch.Restart()
    $null = Merge-CodeEmbedding s.*.jsonl -Destination merged.jsonl
    $merged = $watch.Elapsed.TotalSeconds
    # The first round fills caches and compiles code.
    if ($round) { $copy += $copied; $merge += $merged }
}
$mib = (Get-Item merged.jsonl).Length / 1MB
$one, $other = (& $median $copy), (& $median $merge)
'{0:0} MiB in {1} shards. cat, sha256sum and sync: {2:0.00} s, {3:0} MiB/s.' -f
    $mib, (Get-Item s.*.jsonl).Count, $one, ($mib / $one)
'Merge-CodeEmbedding: {0:0.00} s, {1:0} MiB/s, {2:0.00} of it.' -f $other, ($mib / $other), ($one / $other)
SCRIPT
dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >"$work/log" || { cat "$work/log" >&2; exit 1; }
dotnet "$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll -File "$work/run.ps1" "$work" "$rounds"
