#!/usr/bin/env bash
# Snippets and tokens per second on an NVIDIA GPU at CodeBERT's size, in Float32 and in Float16, alternating with
# sentence-transformers in float16 (sorted by length, the best of five batch sizes) on the same card; with the share of the card's
# peak in the matrix products. The ratio to sentence-transformers is the result.
#
# usage: bench/gpu.sh [SNIPPETS=20000] [ROUNDS=2]
#        bench/gpu.sh --processor [SNIPPETS=200]
#
# It takes about ten minutes at most: each program is stopped after 90 seconds. --processor tries this script on a machine without
# a card: the processor's provider runs the same work, and its figures do not apply to a card.
#
# Exits with 0 if it measured, 2 if there is no card and nothing was measured, and 1 if CodeEmbed failed.
# CODEEMBED_BENCH names a CodeEmbed.Bench.dll to use instead of building one; PEAK_FLOAT16 and PEAK_FLOAT32 are the peaks of a
# card that is not in this script's list, in TFLOPS; PYTHON is the Python that has sentence-transformers.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
device=Cuda
if [ "${1:-}" = --processor ]; then
  device=Processor
  shift
elif ! card=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -1) \
  || [ -z "$card" ]; then
  echo 'bench/gpu.sh could not be run here: there is no NVIDIA GPU, or nvidia-smi does not find it. Nothing was measured.' >&2
  exit 2
fi
snippets=${1:-$([ "$device" = Cuda ] && echo 20000 || echo 200)} rounds=${2:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The peaks of the data sheets, dense, in TFLOPS: float16 with sums in float32, and float32 without TF32.
peak16=${PEAK_FLOAT16:-} peak32=${PEAK_FLOAT32:-}
case ${card:-} in
  *H200* | *H100*SXM* | *'H100 80GB HBM3'*) peak16=${peak16:-989} peak32=${peak32:-67} ;;
  *H100*) peak16=${peak16:-756} peak32=${peak32:-51} ;;
  *A100*) peak16=${peak16:-312} peak32=${peak32:-19.5} ;;
  *L40S*) peak16=${peak16:-362} peak32=${peak32:-91.6} ;;
  *A10G* | *A10*) peak16=${peak16:-125} peak32=${peak32:-31.2} ;;
  *L4*) peak16=${peak16:-121} peak32=${peak32:-30.3} ;;
  *T4*) peak16=${peak16:-65} peak32=${peak32:-8.1} ;;
  *V100*) peak16=${peak16:-125} peak32=${peak32:-15.7} ;;
esac

if [ -n "${CODEEMBED_BENCH:-}" ]; then
  bench=$CODEEMBED_BENCH
else
  dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
  bench=$(echo "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll)
fi

# The module for CUDA, staged by the build, is found in the module folders.
export PSModulePath="$here/../out${PSModulePath:+:$PSModulePath}"
PSModulePath=$(realpath "$here/..")/out${PSModulePath#"$here/../out"}
python=${PYTHON:-python3}
mini=$here/../module/models/codeembed-mini
if [ "$device" = Cuda ]; then
  model=$work/codebert
  "$python" "$here/peers/make_card_model.py" "$model" "$mini"
else
  model=$mini
fi
"$python" "$here/peers/make_corpus.py" "$work/few.jsonl" --limit "$snippets" >/dev/null

# A small Python library has fewer: they are repeated with other ids.
few=$(wc -l <"$work/few.jsonl")
for ((again = 0; again * few < snippets; again++)); do
  sed "s/^{\"id\": \"/&$again-/" "$work/few.jsonl"
done | awk -v left="$snippets" 'left-- > 0' >"$work/in.jsonl"

echo "${card:-the processor, as a trial}: $(wc -l <"$work/in.jsonl") snippets"
field() { sed -n "s/.*\"$1\": \{0,1\}\([0-9.eE+-]*\).*/\1/p"; }
failed=
for ((round = 1; round <= rounds; round++)); do
  for precision in Float32 Float16; do
    if timeout 90 dotnet "$bench" device "$model" "$work/in.jsonl" "$precision" "$device" >"$work/line" 2>"$work/log"; then
      tee -a "$work/$precision" <"$work/line"
    else
      echo "CodeEmbed in $precision failed or took more than 90 seconds: $(tail -3 "$work/log")" >&2
      failed=yes
    fi
  done
  [ "$device" = Cuda ] || continue
  if timeout 90 "$python" "$here/peers/peer_sentence_transformers.py" "$model" "$work/in.jsonl" >"$work/line" 2>"$work/log"; then
    tee -a "$work/peer" <"$work/line"
  else
    echo "skipped: sentence-transformers, because $(tail -1 "$work/log")"
  fi
done

best() { field per_second <"$1" | sort -g | tail -1 | awk '{ printf "%.1f", $1 }'; }
for precision in Float32 Float16; do
  [ -s "$work/$precision" ] || continue
  line="CodeEmbed in $precision: at best $(best "$work/$precision") snippets per second"
  peak=$([ "$precision" = Float16 ] && echo "$peak16" || echo "$peak32")
  line+=", $(field tokens_per_second <"$work/$precision" | sort -g | tail -1 | awk '{ printf "%.0f", $1 }') tokens per second"
  tflops=$(field tflops <"$work/$precision" | sort -g | tail -1)
  if [ -n "$peak" ]; then
    line+=$(awk -v t="$tflops" -v p="$peak" 'BEGIN { printf ", %.1f TFLOPS, %.1f %% of the peak of %s", t, 100 * t / p, p }')
  else
    line+=$(awk -v t="$tflops" 'BEGIN { printf ", %.3f TFLOPS (peak unknown)", t }')
  fi
  if [ -s "$work/peer" ]; then
    line+=$(awk -v a="$(best "$work/$precision")" -v b="$(best "$work/peer")" \
      'BEGIN { printf "; %.2f times sentence-transformers in float16 (%.0f)", a / b, b }')
  fi
  echo "$line"
done
[ -z "$failed" ]
