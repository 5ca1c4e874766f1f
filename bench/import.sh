#!/usr/bin/env bash
# The cost of importing CodeEmbed: the milliseconds of Import-Module, compared with a binary module with one cmdlet that does
# nothing (bench/EmptyModule). Each import has a new process, alternating; prints each, then the medians and their ratio. It
# measures in its own engine and, if pwsh is on the PATH, in pwsh too.
#
# usage: bench/import.sh [ROUNDS=9]
set -euo pipefail
rounds=${1:-9}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.PowerShellBench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
version=$(sed -n "s/.*ModuleVersion *= *'\(.*\)'.*/\1/p" "$here/../CodeEmbed.psd1")
codeembed="$here/../out/CodeEmbed/$version/CodeEmbed.psd1"
empty=$(echo "$here"/EmptyModule/bin/Release/net*/EmptyModule.psd1)

text='$watch = [Diagnostics.Stopwatch]::StartNew(); Import-Module $env:BENCH_MODULE; [string] $watch.Elapsed.TotalMilliseconds'
in_engine() { dotnet "$here"/CodeEmbed.PowerShellBench/bin/Release/net*/CodeEmbed.PowerShellBench.dll run "$text"; }
in_pwsh() { pwsh -NoProfile -NonInteractive -Command "$text"; }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

export POWERSHELL_TELEMETRY_OPTOUT=1
hosts=engine
! command -v pwsh >/dev/null || hosts='engine pwsh'
for host in $hosts; do
  # An extra round first brings the files into the page cache and does not count.
  for ((round = 0; round <= rounds; round++)); do
    ours=$(BENCH_MODULE=$codeembed "in_$host")
    theirs=$(BENCH_MODULE=$empty "in_$host")
    [ "$round" -gt 0 ] || continue
    echo "$ours" >>"$work/$host-codeembed"
    echo "$theirs" >>"$work/$host-empty"
    echo "$host: CodeEmbed $ours ms, an empty module $theirs ms"
  done
  awk -v ours="$(median "$work/$host-codeembed")" -v theirs="$(median "$work/$host-empty")" -v rounds="$rounds" \
    -v host="$host" 'BEGIN {
    printf "%s, median of %d imports: CodeEmbed %.1f ms, an empty module %.1f ms, ratio %.2f\n",
      host, rounds, ours, theirs, ours / theirs }'
done
