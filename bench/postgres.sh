#!/usr/bin/env bash
# Embeddings into a PostgreSQL table, compared with COPY of a binary file with the same columns into the same table, alternating
# in rounds. Prints for each round the records per second of COPY, of Export-CodeEmbedding's transaction into an empty table, of
# the whole pipeline that reads the embeddings from a file, and of an export in which nothing has changed; then the medians and
# the ratio of the transaction to COPY. Then a search: on the server without an index, and in the file.
#
# usage: bench/postgres.sh [RECORDS=50000] [DIMENSIONS=384] [ROUNDS=3]
#
# The server is given by PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE; the database needs pgvector. It needs psql, and a
# built checkout. The table codeembed_bench is dropped at the end.
set -euo pipefail
records=${1:-50000} dimensions=${2:-384} rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
sql() { psql -X -q -v ON_ERROR_STOP=1 -At "$@"; }
trap 'sql -c "DROP TABLE IF EXISTS codeembed_bench, codeembed_models" >/dev/null || true; rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/CodeEmbed.Bench" >"$work/log" || { cat "$work/log" >&2; exit 1; }
dotnet "$here"/CodeEmbed.Bench/bin/Release/net*/CodeEmbed.Bench.dll index "$records" "$dimensions" "$work/index.jsonl"
cd "$work"
sql -c 'DROP TABLE IF EXISTS codeembed_bench, codeembed_models'

cat >export.ps1 <<'END'
# Prints the seconds of the whole pipeline, and of its end after the last record.
$watch = [Diagnostics.Stopwatch]::StartNew()
$last = $watch.Elapsed
Import-CodeEmbedding index.jsonl |
    Export-CodeEmbedding -ConnectionString '' -Table codeembed_bench -CreateTable -PassThru |
    ForEach-Object { $last = $watch.Elapsed }
'{0:0.000} {1:0.000}' -f $watch.Elapsed.TotalSeconds, ($watch.Elapsed - $last).TotalSeconds
END
cat >search.ps1 <<'END'
# Prints the seconds of a search in the table and in the file: the second of two.
$question = Import-CodeEmbedding index.jsonl | Select-Object -First 1
$table = @{ ConnectionString = ''; Table = 'codeembed_bench' }
foreach ($place in $table, @{ Path = 'index.jsonl' }) {
    $null = Find-CodeSnippet $question @place
    '{0:0.000}' -f (Measure-Command { Find-CodeSnippet $question @place }).TotalSeconds
}
END
host() { dotnet "$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll ". ./$1"; }
seconds() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b - a }'; }
rate() { awk -v n="$records" -v s="$1" 'BEGIN { printf "%.0f", n / s }'; }
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

host export.ps1 >first
columns=$(sql -c "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
  WHERE attrelid = 'codeembed_bench'::regclass AND attnum > 0 AND NOT attisdropped")
sql -c "\\copy (SELECT $columns FROM codeembed_bench) TO 'rows.bin' (FORMAT binary)"
echo "$records records, $dimensions dimensions, $(wc -c <rows.bin) bytes of COPY, $(wc -c <index.jsonl) of JSON Lines;" \
  "the table with its key has $(sql -c "SELECT pg_total_relation_size('codeembed_bench')")"
for ((round = 1; round <= rounds; round++)); do
  sql -c 'TRUNCATE codeembed_bench'
  start=$EPOCHREALTIME
  sql -c "\\copy codeembed_bench ($columns) FROM 'rows.bin' (FORMAT binary)"
  echo "$(rate "$(seconds "$start" "$EPOCHREALTIME")")" >copied
  sql -c 'TRUNCATE codeembed_bench'
  host export.ps1 >new
  host export.ps1 >same
  read -r whole end < <(tail -1 new)
  read -r _ unchanged < <(tail -1 same)
  cat copied >>copies
  echo "$(rate "$end")" >>ends
  echo "round $round: COPY $(cat copied), transaction $(rate "$end"), pipeline $(rate "$whole")," \
    "nothing changed $(rate "$unchanged") records/s"
done
awk -v copy="$(median copies)" -v ours="$(median ends)" 'BEGIN {
  printf "medians: COPY %d, CodeEmbed %d records/s: %.2f of it\n", copy, ours, ours / copy }'
echo "a search, in seconds, in the table and in the file in memory: $(host search.ps1 | tr '\n' ' ')"
