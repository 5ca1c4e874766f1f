#!/usr/bin/env bash
# A static model from file to file, compared with writing the same records with vectors that already exist, alternating.
#
# In PowerShell, compared with reading the file that it wrote and exporting it: Import-CodeSnippet, ConvertTo-CodeEmbedding and
# Export-CodeEmbedding with Import-CodeEmbedding and Export-CodeEmbedding. In C#, compared with EmbeddingPipeline over the same
# snippets with the vectors in memory, which measures only what the model adds. Loading the model is not counted.
#
# usage: bench/static.sh MODEL_DIR IN.jsonl [ROUNDS=9]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
model=$(realpath "$1") input=$(realpath "$2") rounds=${3:-9}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for program in CodeEmbed.Bench CodeEmbed.PowerShellBench; do
  dotnet build -c Release -v q -nologo "$here/$program" >"$work/log" || { cat "$work/log" >&2; exit 1; }
done
version=$(sed -n "s/.*ModuleVersion *= *'\(.*\)'.*/\1/p" "$here/../CodeEmbed.psd1")

in_powershell() {
  dotnet "$here"/CodeEmbed.PowerShellBench/bin/Release/net*/CodeEmbed.PowerShellBench.dll time \
    "$here/../out/CodeEmbed/$version/CodeEmbed.psd1" "$1 | Export-CodeEmbedding -LiteralPath '$2' -Force"
}

static="Import-CodeSnippet -LiteralPath '$input' | ConvertTo-CodeEmbedding -Model '$model' -WarningAction Ignore"
in_powershell "$static" "$work/made.jsonl" >"$work/first"
for ((round = 1; round <= rounds; round++)); do
  back=$(in_powershell "Import-CodeEmbedding -LiteralPath '$work/made.jsonl'" "$work/out.jsonl")
  made=$(in_powershell "$static" "$work/out.jsonl")
  echo "PowerShell: read back $back s, static $made s" | tee -a "$work/runs"
done
awk '{ print $7 / $4 }' "$work/runs" | sort -n | awk '
  { ratio[NR] = $1 }
  END { printf "PowerShell: median of the ratios %.3f, quartiles %.3f and %.3f\n",
    ratio[int(NR / 2) + 1], ratio[int(NR / 4) + 1], ratio[int(3 * NR / 4) + 1] }'

dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll static "$model" "$input" "$work/out.jsonl" "$rounds"
