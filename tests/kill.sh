#!/usr/bin/env bash
# Kills runs at random moments: by default, 100 of the cmdlets and 100 of EmbeddingPipeline, and the same number that reuse an
# earlier output. Continues them with -Resume, and compares the output with an uninterrupted run. Then runs 100 shards, kills a
# third of them, and merges them. Takes a few minutes.
#
# usage: tests/kill.sh [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build -c Release -v q -nologo
dotnet run -c Release --no-build --project tests/CodeEmbed.KillTest -- --kills "${1:-100}" --seed "${2:-1}"
dotnet run -c Release --no-build --project tests/CodeEmbed.KillTest -- shards --shards 100 --seed "${2:-1}"
