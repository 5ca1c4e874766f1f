#!/usr/bin/env bash
# A search in a file of embeddings, compared with Python's json and numpy, alternating in rounds: the ten records nearest to the
# first vector. Prints each round, then the medians and the ratio, for the first search, which reads the file, and for one with
# the vectors in memory. Then the same vectors in a NumPy file with the records next to it: the first search, which keeps nothing,
# and the median of nine more in the same process, compared with reading the bytes of both files. Both parts end with the peak
# memory of such a search.
#
# usage: bench/find.sh [RECORDS=100000] [DIMENSIONS=768] [ROUNDS=3]
#
# It needs a python3 with numpy; PYTHON names another one. The files of 100,000 records take 2.4 GB in TMPDIR during the run.
set -euo pipefail
records=${1:-100000} dimensions=${2:-768} rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
bench() { dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll "$@"; }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

index="$work/index.jsonl"
bench index "$records" "$dimensions" "$index"

# The first read brings the file into the page cache.
bytes=$(wc -c <"$index")
echo "$records records, $dimensions dimensions, $bytes bytes"
for ((round = 1; round <= rounds; round++)); do
  "${PYTHON:-python3}" "$here/peers/search_json.py" "$index" >"$work/theirs"
  bench search "$index" 1024 >"$work/ours"
  cmp <(head -1 "$work/ours") <(head -1 "$work/theirs") || { echo 'The results differ.' >&2; exit 1; }
  tail -1 "$work/theirs" >>"$work/python"
  read -r first again _ <<<"$(tail -1 "$work/ours")"
  echo "$first" >>"$work/first"
  echo "$again" >>"$work/again"
  echo "round $round: python $(tail -1 "$work/python") s, CodeEmbed $first s, asked again $again s"
done

awk -v python="$(median "$work/python")" -v first="$(median "$work/first")" -v again="$(median "$work/again")" 'BEGIN {
  printf "medians: python %.2f s, CodeEmbed %.2f s: %.1f times as fast; asked again %.1f ms\n",
    python, first, python / first, 1000 * again }'
read -r _ _ peak <<<"$(bench search "$index" 0 | tail -1)"
echo "peak memory of a search that keeps nothing: $peak MiB"

numpy="$work/vectors.npy"
bench index "$records" "$dimensions" "$numpy"
echo "NumPy file: $(wc -c <"$numpy") bytes, records $(wc -c <"$work/vectors.jsonl") bytes"
for ((round = 1; round <= rounds; round++)); do
  cat "$numpy" "$work/vectors.jsonl" >/dev/null
  read -r vectors <<<"$(bench bytes "$numpy")"
  read -r lines <<<"$(bench bytes "$work/vectors.jsonl")"
  awk -v a="$vectors" -v b="$lines" 'BEGIN { print a + b }' >>"$work/bytes"
  bench search "$numpy" 0 >"$work/ours"
  cmp <(head -1 "$work/ours") <(head -1 "$work/theirs") || { echo 'The results differ.' >&2; exit 1; }
  read -r first next peak <<<"$(tail -1 "$work/ours")"
  echo "$first" >>"$work/mapped"
  echo "$next" >>"$work/mapped_next"
  read -r _ again _ <<<"$(bench search "$numpy" 1024 | tail -1)"
  echo "$again" >>"$work/mapped_again"
  echo "round $round: bytes $(tail -1 "$work/bytes") s, CodeEmbed $first s, then $next s; from memory $again s"
done

awk -v bytes="$(median "$work/bytes")" -v first="$(median "$work/mapped")" -v next_="$(median "$work/mapped_next")" \
  -v again="$(median "$work/mapped_again")" 'BEGIN {
  printf "medians: reading the bytes %.3f s, CodeEmbed %.3f s: %.1f times as long; then %.3f s: %.1f times; ", \
    bytes, first, first / bytes, next_, next_ / bytes
  printf "from memory %.1f ms\n", 1000 * again }'
echo "peak memory of a search that keeps nothing, including mapped files: $peak MiB"
