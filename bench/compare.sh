#!/usr/bin/env bash
# Snippets a second of CodeEmbed and of transformers.js, on the same model and input, in turn; prints each run, then the
# medians and their ratio. What counts is the ratio: absolute times differ from machine to machine and from hour to hour.
#
# usage: bench/compare.sh MODEL_DIR IN.jsonl [SNIPPETS=96] [ROUNDS=3]
#
# bench/README.md says how to make a model and an input. NODE_HOME_DIR names the folder with node_modules, its last
# character a slash.
set -euo pipefail
model=$1 input=$2 limit=${3:-96} rounds=${4:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >/dev/null
for ((round = 1; round <= rounds; round++)); do
  dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll "$model" "$input" "$work/out.jsonl" --limit "$limit" | tee -a "$work/codeembed"
  node "$here/peers/peer_transformersjs.mjs" "$model" "$input" "$work/peer.jsonl" --limit "$limit" | tee -a "$work/transformersjs"
done

median() { grep -o '"per_second":[0-9.]*' "$1" | cut -d: -f2 | sort -n | sed -n "$(((rounds + 1) / 2))p"; }
awk -v ours="$(median "$work/codeembed")" -v peer="$(median "$work/transformersjs")" -v n="$limit" -v rounds="$rounds" 'BEGIN {
  printf "median of %d runs over %d snippets: CodeEmbed %.2f/s, transformers.js %.2f/s, ratio %.2f\n", rounds, n, ours, peer, ours / peer }'
