#!/usr/bin/env bash
# Snippets per second of CodeEmbed, transformers.js and PyTorch, over the same snippets with a model of the same size, alternating
# in rounds; prints each run, then the medians and the ratio of CodeEmbed to each. The ratio is the result: absolute times differ
# from machine to machine and from hour to hour. A program that cannot run here is skipped, and the reason is printed.
#
# usage: bench/compare.sh MODEL_DIR IN.jsonl [SNIPPETS=96] [ROUNDS=3]
#
# bench/README.md lists what the programs need. NODE_HOME_DIR is the folder with node_modules, and ends with a slash.
set -euo pipefail
model=$1 input=$2 limit=${3:-96} rounds=${4:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All programs get the same file and no limit, so that all embed the same snippets.
awk -v left="$limit" 'NF && left-- > 0' "$input" >"$work/in.jsonl"
snippets=$(wc -l <"$work/in.jsonl")

codeembed() {
  dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll "$model" "$work/in.jsonl" "$work/codeembed.jsonl"
}
codeembed_int8() {
  dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll "$model" "$work/in.jsonl" "$work/int8.jsonl" \
    --precision int8
}
transformersjs() { node "$here/peers/peer_transformersjs.mjs" "$model" "$work/in.jsonl" "$work/transformersjs.jsonl"; }
libtorch_sorted() { "$here/peers/peer_libtorch/run.sh" "$work/ids.jsonl" "$snippets" 1 float32 sorted; }
libtorch_order() { "$here/peers/peer_libtorch/run.sh" "$work/ids.jsonl" "$snippets" 16 float32 order; }
libtorch_bf16() { "$here/peers/peer_libtorch/run.sh" "$work/ids.jsonl" "$snippets" 1 bfloat16 sorted; }
libtorch_bf16_4() { "$here/peers/peer_libtorch/run.sh" "$work/ids.jsonl" "$snippets" 4 bfloat16 sorted; }
declare -A names=(
  [codeembed]=CodeEmbed
  [codeembed_int8]='CodeEmbed in int8'
  [libtorch_bf16]='PyTorch in bfloat16, one at a time, long ones first'
  [libtorch_bf16_4]='PyTorch in bfloat16, 4 at a time, long ones first'
  [transformersjs]=transformers.js
  [libtorch_sorted]='PyTorch, one at a time, long ones first'
  [libtorch_order]='PyTorch, 16 at a time, in order'
)

has_package() {
  node -e 'require("module").createRequire(process.env.NODE_HOME_DIR ?? process.cwd() + "/").resolve(process.argv[1])' "$1" \
    2>/dev/null
}

# peer_libtorch has CodeBERT's sizes built in.
is_codebert() {
  local entry
  for entry in 'hidden_size": *768' 'num_hidden_layers": *12' 'num_attention_heads": *12' 'intermediate_size": *3072'; do
    grep -qE "\"$entry([^0-9]|$)" "$model/config.json" || return 1
  done
}

# These two print why a program cannot run here, or nothing if it can.
without_transformersjs() {
  if ! command -v node >/dev/null; then echo 'Node.js is not installed'
  elif ! has_package @huggingface/transformers; then echo 'the npm package @huggingface/transformers is not installed'
  elif [ ! -e "$model/onnx/model.onnx" ]; then echo 'the model has no onnx/model.onnx'; fi
}
without_libtorch() {
  if ! command -v node >/dev/null; then echo 'Node.js, which computes its token ids, is not installed'
  elif ! has_package tokenizers; then echo 'the npm package tokenizers, which computes its token ids, is not installed'
  elif [ ! -e "$model/tokenizer.json" ]; then echo 'the model has no tokenizer.json to compute its token ids with'
  elif ! is_codebert; then echo "it has CodeBERT's sizes built in, and the model has others"
  elif ! node "$here/peers/reference_tokens.mjs" "$model" "$work/in.jsonl" "$work/ids.jsonl" 2>"$work/log"; then
    echo "its token ids cannot be computed: $(tail -1 "$work/log")"
  elif ! "$here/peers/peer_libtorch/run.sh" "$work/ids.jsonl" 1 1 float32 order >"$work/log" 2>&1; then
    echo "it does not run: $(tail -1 "$work/log")"
  fi
}

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
programs='codeembed codeembed_int8'
reason=$(without_transformersjs)
if [ -z "$reason" ]; then programs+=' transformersjs'; else echo "skipped: transformers.js, because $reason"; fi
reason=$(without_libtorch)
if [ -z "$reason" ]; then
  programs+=' libtorch_sorted libtorch_order libtorch_bf16 libtorch_bf16_4'
else
  echo "skipped: PyTorch, because $reason"
fi

for ((round = 1; round <= rounds; round++)); do
  for program in $programs; do "$program" | tee -a "$work/$program.runs"; done
done

# A ratio is meaningful only if both did the same work.
if [[ $programs == *transformersjs* ]]; then
  node "$here/peers/same_vectors.mjs" "$work/codeembed.jsonl" "$work/transformersjs.jsonl"
fi
if [[ $programs == *libtorch* ]]; then
  ours=$(grep -o '"tokens":[0-9]*' "$work/codeembed.runs" | head -1 | cut -d: -f2)
  theirs=$(grep -o '[0-9]*' "$work/ids.jsonl" | wc -l)
  [ "$ours" -eq "$theirs" ] || { echo "CodeEmbed embedded $ours tokens, PyTorch $theirs" >&2; exit 1; }
fi

median() { grep -o '"per_second":[0-9.]*' "$work/$1.runs" | cut -d: -f2 | sort -n | sed -n "$(((rounds + 1) / 2))p"; }
echo "median of $rounds runs over $snippets snippets:"
for program in $programs; do
  awk -v name="${names[$program]}" -v theirs="$(median "$program")" -v ours="$(median codeembed)" \
    -v int8="$(median codeembed_int8)" 'BEGIN {
    printf "  %-52s %8.2f snippets/s  ratio of CodeEmbed to it %.2f, in int8 %.2f\n",
      name, theirs, ours / theirs, int8 / theirs }'
done
for program in codeembed codeembed_int8; do
  peak=$(grep -o '"peak_mib":[0-9]*' "$work/$program.runs" | cut -d: -f2 | sort -n | tail -1)
  echo "  peak memory of ${names[$program]}: $peak MiB"
done
