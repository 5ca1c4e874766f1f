#!/usr/bin/env bash
# The steps of the pipeline, each alone (reading, tokenising, inference over prepared token ids, writing), and file to file
# through EmbeddingPipeline and through PowerShell's pipeline, alternating in rounds; prints each run, then the medians, and file
# to file as a ratio to the slowest step and to inference. Loading the model, the engine and the module is not counted.
#
# usage: bench/stages.sh [MODEL_DIR] [IN.jsonl] [ROUNDS=5]
#
# By default, the smallest model and 30,000 functions of two lines: the less time inference takes, the more the rest matters.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
model=$(realpath "${1:-$here/../tests/CodeEmbed.Tests/Fixtures/tiny-roberta}") input=${2:-} rounds=${3:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for program in CodeEmbed.Bench CodeEmbed.PowerShellBench; do
  dotnet build -c Release -v q -nologo "$here/$program" >"$work/log" || { cat "$work/log" >&2; exit 1; }
done
version=$(sed -n "s/.*ModuleVersion *= *'\(.*\)'.*/\1/p" "$here/../CodeEmbed.psd1")
if [ -z "$input" ]; then
  input="$work/in.jsonl"
  awk 'BEGIN { for (i = 0; i < 30000; i++) printf "{\"id\": \"f-%d\", \"file_path\": \"lib/part_%d.py\", \
\"language\": \"python\", \"content\": \"def scale_%d(value, factor=%d):\\n    return value * factor + %d\\n\", \
\"chunk_name\": \"scale_%d\", \
\"chunk_type\": \"function\"}\n", i, i / 100, i, i % 17, i % 1009, i }' >"$input"
fi
snippets=$(grep -c '[^[:space:]]' "$input")

for ((round = 1; round <= rounds; round++)); do
  echo "round $round"
  dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll stages "$model" "$input" "$work/out.jsonl" \
    | tee -a "$work/runs"
  seconds=$(dotnet "$here"/CodeEmbed.PowerShellBench/bin/Release/net*/CodeEmbed.PowerShellBench.dll time \
    "$here/../out/CodeEmbed/$version/CodeEmbed.psd1" \
    "Import-CodeSnippet -LiteralPath '$input' | ConvertTo-CodeEmbedding -Model '$model' | \
Export-CodeEmbedding -LiteralPath '$work/out.jsonl'")
  echo "PowerShell $seconds" | tee -a "$work/runs"
done

echo "median of $rounds rounds over $snippets snippets:"
for step in reading tokenising inference writing pipeline PowerShell; do
  echo "$step $(sed -n "s/^$step //p" "$work/runs" | sort -n | sed -n "$(((rounds + 1) / 2))p")"
done | awk -v snippets="$snippets" '
  { seconds[$1] = $2; printf "  %-12s %8.3f s %10.0f snippets/s\n", $1, $2, snippets / $2 }
  NR <= 4 && $2 > slowest { slowest = $2; name = $1 }
  END {
    printf "EmbeddingPipeline: %.3f times %s, the slowest step alone; %.3f times inference\n",
      seconds["pipeline"] / slowest, name, seconds["pipeline"] / seconds["inference"]
    printf "PowerShell: %.3f times %s; %.3f times inference\n",
      seconds["PowerShell"] / slowest, name, seconds["PowerShell"] / seconds["inference"]
  }'
