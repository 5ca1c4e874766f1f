#!/usr/bin/env bash
# Kills runs at random moments, 100 of the cmdlets and 100 of EmbeddingPipeline unless other numbers are given, and as many that
# reuse an earlier output; continues with -Resume, and compares the output with that of an undisturbed run. Then runs 100 shards,
# of which a third is killed, and merges them. Takes some minutes.
#
# usage: tests/kill.sh [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build -c Release -v q -nologo
dotnet run -c Release --no-build --project tests/CodeEmbed.KillTest -- --kills "${1:-100}" --seed "${2:-1}"
dotnet run -c Release --no-build --project tests/CodeEmbed.KillTest -- shards --shards 100 --seed "${2:-1}"
