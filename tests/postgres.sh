#!/usr/bin/env bash
# Runs the tests of PostgreSQL tables with a full server, including several runs at once and a server that is killed. Needs a
# built checkout, PostgreSQL's own programs and pgvector: on Debian the packages postgresql-15 and postgresql-server-dev-15, and
# pgvector's sources ('make && make install').
#   tests/postgres.sh [folder with initdb and pg_ctl]
# The server has its own data folder and port, and is removed at the end. As root, it runs as the user postgres.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}
data=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$data"
  as=(runuser -u postgres --)
fi

# One line, because the test receives it as a command.
restart="cd / && kill -9 \$(head -1 '$data/db/postmaster.pid'); for i in {1..20}; do sleep 1; \
${as[*]} '$bin/pg_ctl' -D '$data/db' -l '$data/log' -w start > /dev/null 2>&1 && break; done"

stop() {
  (cd / && "${as[@]}" "$bin/pg_ctl" -D "$data/db" -m immediate -w stop > /dev/null) || true
  rm -rf "$data"
}
trap stop EXIT

(
  cd /
  "${as[@]}" bash -c "echo tests > '$data/password'"
  "${as[@]}" "$bin/initdb" -D "$data/db" -U postgres -A scram-sha-256 --pwfile="$data/password" > /dev/null
  "${as[@]}" bash -c "printf '%s\n' \"port = $port\" \"unix_socket_directories = '$data'\" \"listen_addresses = '127.0.0.1'\" \
    >> '$data/db/postgresql.conf'"
  "${as[@]}" "$bin/pg_ctl" -D "$data/db" -l "$data/log" -w start > /dev/null
)

export CODEEMBED_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Database=postgres;Username=postgres;Password=tests"
export CODEEMBED_TEST_POSTGRES_KILL=$restart
dotnet test tests/CodeEmbed.Tests -c Release --no-build --filter "FullyQualifiedName~CodeEmbed.Tests.Postgres"
