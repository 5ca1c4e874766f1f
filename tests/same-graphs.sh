#!/usr/bin/env bash
# Builds another version (a commit from before the architectures were split) and this one side by side, and compares for every
# fixture model, in float32, alone and packed: the graphs byte for byte, and the bits of every vector. Int8 is left out, because
# its quantization has changed since.
# usage: tests/same-graphs.sh [commit]
set -euo pipefail
cd "$(dirname "$0")/.."
commit=${1:-7748825}
work=$(mktemp -d)
trap 'git worktree remove --force "$work/before" 2>/dev/null || true; rm -rf "$work"' EXIT

git worktree add --quiet --detach "$work/before" "$commit"
mkdir "$work/before/tests/same-graphs"
cp tests/same-graphs/Program.cs tests/same-graphs/same-graphs.csproj "$work/before/tests/same-graphs/"

# The ONNX Runtime version that such a commit names is no longer available.
sed -i 's/\(Include="Microsoft.ML.OnnxRuntime[^"]*" Version="\)[^"]*/\11.31.0/' "$work/before/Directory.Packages.props"
run() {
  dotnet build -c Release "$1/tests/same-graphs" -p:Checkout="$1" "${@:3}" --output "$work/$2" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
  dotnet "$work/$2/CodeEmbed.Bench.dll" "$PWD/tests/CodeEmbed.Tests/Fixtures" "$PWD/module/models/codeembed-mini" "$work/$2.txt"
}
run "$work/before" before-bin -p:Before=true
run "$PWD" now-bin
if diff "$work/before-bin.txt" "$work/now-bin.txt"; then
  echo "$(wc -l <"$work/now-bin.txt") graphs and sets of vectors are the same."
else
  exit 1
fi
