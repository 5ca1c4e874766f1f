#!/usr/bin/env bash
# Megabytes of source per second that Get-CodeSnippet reads, parses and splits, and that ConvertTo-CodeEmbedding embeds from the
# same snippets, alternating and with the same model; prints the medians and their ratio. Each run has a new process, so loading
# the grammars is included in the time.
#
# usage: bench/sources.sh MODEL FOLDER [ROUNDS=3] [EMBEDDED=300]
set -euo pipefail
model=$(realpath "$1") folder=$(realpath "$2") rounds=${3:-3} embedded=${4:-300}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >/dev/null
host=("$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll)
cut="\$watch = [Diagnostics.Stopwatch]::StartNew(); \$letters = 0L; \
Get-CodeSnippet '$folder' | ForEach-Object { \$letters += \$_.Content.Length }; \
\$letters / \$watch.Elapsed.TotalSeconds / 1e6"
# A regular sample of the snippets, so that all kinds occur. The first one loads the model, and is not timed.
embed="\$all = @(Get-CodeSnippet '$folder' -Model '$model'); \$step = [Math]::Max(1, [int](\$all.Count / $embedded)); \
\$some = @(for (\$i = 0; \$i -lt \$all.Count; \$i += \$step) { \$all[\$i] }); \
\$some[0] | ConvertTo-CodeEmbedding -Model '$model' | Out-Null; \$watch = [Diagnostics.Stopwatch]::StartNew(); \
\$some | ConvertTo-CodeEmbedding -Model '$model' | Out-Null; \
(\$some | ForEach-Object { \$_.Content.Length } | Measure-Object -Sum).Sum / \$watch.Elapsed.TotalSeconds / 1e6"
for ((round = 1; round <= rounds; round++)); do
  cutting=$(dotnet "${host[0]}" "$cut")
  embedding=$(dotnet "${host[0]}" "$embed")
  echo "cut $cutting MB/s, embedded $embedding MB/s"
  echo "$cutting" >>"$work/cut"
  echo "$embedding" >>"$work/embedded"
done

median() { sort -n "$work/$1" | sed -n "$(((rounds + 1) / 2))p"; }
awk -v cut="$(median cut)" -v embedded="$(median embedded)" -v rounds="$rounds" 'BEGIN {
  printf "median of %d: Get-CodeSnippet %.2f MB/s, embedding %.3f MB/s, ratio %.1f\n", rounds, cut, embedded, cut / embedded }'
