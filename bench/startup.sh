#!/usr/bin/env bash
# Seconds from a cold ConvertTo-CodeEmbedding to the first vector, and the time that PyTorch takes to load the same
# pytorch_model.bin and run it once, alternating; prints the medians and their ratio. Each run has a new process; the files are in
# the system's cache after the first round.
#
# usage: bench/startup.sh MODEL_DIR [ROUNDS=5]
set -euo pipefail
model=$(realpath "$1") rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >/dev/null
host=("$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll)
line="\$watch = [Diagnostics.Stopwatch]::StartNew(); \
'x' | ConvertTo-CodeEmbedding -Model '$model' | ForEach-Object { \$watch.Elapsed.TotalSeconds }"
for ((round = 0; round <= rounds; round++)); do
  ours=$(dotnet "${host[0]}" "$line")
  theirs=$(/usr/bin/python3 "$here/peers/startup_torch.py" "$model")
  [ "$round" -eq 0 ] && continue
  echo "CodeEmbed $ours s, PyTorch $theirs s"
  echo "$ours" >>"$work/ours"
  echo "$theirs" >>"$work/theirs"
done

median() { sort -n "$work/$1" | sed -n "$(((rounds + 1) / 2))p"; }
awk -v ours="$(median ours)" -v theirs="$(median theirs)" -v rounds="$rounds" 'BEGIN {
  printf "median of %d: CodeEmbed %.2f s, PyTorch %.2f s, ratio %.2f\n", rounds, ours, theirs, ours / theirs }'
