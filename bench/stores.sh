#!/usr/bin/env bash
# Every kind of file for embeddings, compared with the bulk way for its format with the same columns prepared in memory: NumPy and
# safetensors with numpy.save and json.dumps, Parquet with DuckDB's COPY, SQLite with Python's sqlite3 in one transaction.
# Alternates in rounds; all except DuckDB also flush their files to the disk. Then a search in each. Prints each round, with the
# processor's seconds in brackets, and the table in docs/formats.md with the medians.
#
# usage: bench/stores.sh [RECORDS=50000] [DIMENSIONS=768] [ROUNDS=3]
#
# It needs a python3 with numpy; PYTHON names another one. 50,000 records take 2 GB in TMPDIR and 1 GB of memory.
set -euo pipefail
records=${1:-50000} dimensions=${2:-768} rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll stores "$records" "$dimensions" "$rounds" "$work" \
  "${PYTHON:-python3}" "$here/peers/stores_python.py"
