#!/usr/bin/env bash
# Tries hostile input for the given number of minutes, shared among all areas, and prints the result of each:
# tests/fuzz.sh MINUTES [SEED]
# To run one case again: CODEEMBED_FUZZ_CASE=AREA:NUMBER tests/fuzz.sh 1 SEED. The files of a finding are then in the temporary
# folder.
set -euo pipefail
cd "$(dirname "$0")/.."
export CODEEMBED_FUZZ_MINUTES=${1:?"How many minutes?"} CODEEMBED_FUZZ_SEED=${2:-$RANDOM} CODEEMBED_FUZZ_REPORT
CODEEMBED_FUZZ_REPORT=$(mktemp)
trap 'rm -f "$CODEEMBED_FUZZ_REPORT"*' EXIT

dotnet build -c Release -v q -nologo
echo "Seed $CODEEMBED_FUZZ_SEED."
status=0
tests/CodeEmbed.Tests/bin/Release/net*/CodeEmbed.Tests -trait Category=Fuzz >"$CODEEMBED_FUZZ_REPORT.log" 2>&1 || status=$?
cat "$CODEEMBED_FUZZ_REPORT"
if [ "$status" -ne 0 ] && ! grep -q '[1-9][0-9]* findings' "$CODEEMBED_FUZZ_REPORT"; then
  last=$(cat "$CODEEMBED_FUZZ_REPORT.case")
  echo "The tests ended with exit code $status and no finding: the process may have crashed, at $last. Its last lines:"
  tail -20 "$CODEEMBED_FUZZ_REPORT.log"
fi
exit "$status"
