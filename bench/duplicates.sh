#!/usr/bin/env bash
# Duplicates among vectors in memory, compared with numpy's products of the same number of vectors in blocks, without comparing or
# grouping; alternating in rounds. Prints each round, then the medians and the ratio.
#
# usage: bench/duplicates.sh [RECORDS=20000] [DIMENSIONS=768] [ROUNDS=3]
#
# It needs a python3 with numpy on OpenBLAS (python3-numpy with libopenblas0-pthread); PYTHON names another one. With the
# reference BLAS, which Debian's python3-numpy installs by default, numpy is many times slower, and the ratio is meaningless.
set -euo pipefail
records=${1:-20000} dimensions=${2:-768} rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
bench() { dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll "$@"; }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

bench index "$records" "$dimensions" "$work/index.jsonl"
echo "$records records, $dimensions dimensions"
for ((round = 1; round <= rounds; round++)); do
  "${PYTHON:-python3}" "$here/peers/duplicates_numpy.py" "$records" "$dimensions" >>"$work/numpy"
  read -r groups first again <<<"$(bench duplicates "$work/index.jsonl")"
  echo "$first" >>"$work/first"
  echo "$again" >>"$work/again"
  echo "round $round: numpy $(tail -1 "$work/numpy") s, CodeEmbed $again s, from the file $first s, $groups groups"
done

awk -v numpy="$(median "$work/numpy")" -v first="$(median "$work/first")" -v again="$(median "$work/again")" 'BEGIN {
  printf "medians: numpy %.2f s, CodeEmbed %.2f s: %.2f times as long; from the file %.2f s\n",
    numpy, again, again / numpy, first }'
