#!/usr/bin/env bash
# Runs the module and its tests as Windows programs, under Wine: the README's line with the module's own model, compared with
# Linux, then the xUnit classes, each in a separate process, then the Pester files. It is run by hand: it takes a quarter of an
# hour, longer on a busy machine, and is not part of .ci/run.
# Wine is not Windows: this shows that the Windows code paths work, not that Windows itself behaves like Wine.
#
# It needs x64 Linux, the .NET SDK, script (Debian: bsdutils) and Wine 8 (Debian: wine64). Pester comes from PSModulePath or from
# the restored packages. The module is built with -p:Cuda=false, and stays that way: that build has ONNX Runtime for Windows on
# every machine.
#
# It ends on its own: each class and each file has a time limit. The last lines say what was skipped or left out and why, and how
# many tests passed. Logs are in out/windows-logs.
# Exit codes: 0 only failures caused by Wine, 1 another failure or a timeout, 2 it could not be run.
#
# usage: tests/windows-under-wine.sh [--no-build] [PATTERN]
#   PATTERN  a part of a name: only the xUnit classes and Pester files that have it are run; readme is the README's line
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
build=yes
[ "${1:-}" != --no-build ] || { build=no; shift; }
pattern=${1:-}
readme_limit=120 faults_limit=120 class_limit=900 pester_limit=900

# Parts that are left out, each with the reason.
left_out() {
  cat <<'LIST'
CodeEmbed.Tests.Staged.ToolTests|packs and installs with the .NET SDK, which is not there
CodeEmbed.Tests.Staged.NuGetPackageTests|packs and builds with the .NET SDK, which is not there
CodeEmbed.Tests.Staged.SampleTests|starts a program on ASP.NET, which is not there
LIST
}

# Tests that fail because of Wine: the test, the fault in WineFaults.ps1, and why it fails. A failure is excused only if
# WineFaults.ps1 has shown the fault, without the module.
excused() {
  cat <<'LIST'
CodeEmbed.Tests.Hub.RefusalTests.An_untrusted_certificate_is_an_error|rsa-key|the test cannot create its certificate
LIST
}

say() { printf '%s\n' "$*"; }
give_up() {
  say "$*" >&2
  exit 2
}

wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null)
server=$(command -v wineserver || ls /usr/lib/wine/wineserver64 /usr/lib/wine/wineserver 2>/dev/null | head -1)
[ -n "$wine" ] && [ -n "$server" ] || give_up "wine64 is not installed. On Debian: apt-get install wine64."
command -v script >/dev/null || give_up "script is not installed. On Debian: apt-get install bsdutils."

work=$(mktemp -d) logs=$PWD/out/windows-logs
# Without the first, the test classes crash in the finalizer thread. The second is a precaution.
export DOTNET_EnableWriteXorExecute=0 DOTNET_TieredCompilation=0 WINEDEBUG=-all WINEPREFIX=$work/prefix
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1
# Ends all programs that run in this prefix, if the prefix exists.
stop() { [ ! -d "$WINEPREFIX" ] || { "$server" -k; timeout 30 "$server" -w; }; }
clean() {
  stop
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

if [ "$build" = yes ]; then
  say "Building."
  rm -rf out/windows
  dotnet build -c Release -v q -nologo -p:Cuda=false || give_up "The build failed."
  dotnet publish -c Release -v q -nologo tests/CodeEmbed.Windows -o out/windows || give_up "The build failed."
fi
# The tests start the repository's programs with dotnet, and PowerShell starts jobs with pwsh.
for program in dotnet pwsh; do
  cp out/windows/WindowsRunner.exe "out/windows/$program.exe" || give_up "Run it without --no-build first."
done
manifest=$(ls out/CodeEmbed/*/CodeEmbed.psd1 | sort -V | tail -1)
if [ -z "$(find "$(dirname "$manifest")" -path '*win-x64*' -name onnxruntime.dll)" ]; then
  give_up "The staged module has no ONNX Runtime for win-x64."
fi
target=$(basename "$(ls -d tests/CodeEmbed.Tests/bin/Release/net* | sort -V | tail -1)")
assembly=tests/CodeEmbed.Tests/bin/Release/$target/CodeEmbed.Tests.dll
classes=$(dotnet "$assembly" -list classes -noLogo -noColor | grep -oE 'CodeEmbed\.Tests\.[A-Za-z0-9_.]+' | sort -u)
[ -n "$classes" ] || give_up "$assembly lists no classes."
rm -rf "$logs"
mkdir -p "$logs" "$work/faults"

timeout 300 "$wine" wineboot -i </dev/null >"$logs/wineboot.log" 2>&1
set_key() { timeout 60 "$wine" reg add "HKCU\\Software\\Wine$1" /v "$2" /d "$3" /f </dev/null >>"$logs/wineboot.log" 2>&1; }
set_key '' Version win10 || give_up "Wine does not start: $(cat "$logs/wineboot.log")"
# Without a screen, Direct3D fails, and ONNX Runtime says so on standard error, where tests expect no output.
set_key '\Direct3D' renderer no3d
# On Wine's drive for the whole system, the tests would find Linux's programs under /usr/bin, and Windows programs cannot start
# them.
rm "$WINEPREFIX/dosdevices/z:"
ln -s "$(dirname "$PWD")" "$WINEPREFIX/dosdevices/w:"
ln -s "$work" "$WINEPREFIX/dosdevices/v:"
# Running programs still have the old drives.
stop
root="W:\\$(basename "$PWD")"
export WINEPATH="$root\\out\\windows"

# The Pester tests start pwsh by the path of their own process.
runner=dotnet

# Runs a program's arguments in the runner, for at most this many seconds; its output is written to a log. Returns 124 if it did
# not end in time; then it and all processes that it started are ended.
run() {
  local limit=$1 log=$2 command
  shift 2
  command="$(printf '%q ' "$wine" "$root\\out\\windows\\$runner.exe" "$@")>$(printf '%q' "$log") 2>&1"
  # Wine has a console only if standard input is a terminal, and PowerShell does not start without one.
  TERM=xterm timeout -k 5 "$limit" script -qec "$command" /dev/null </dev/null >/dev/null
  local status=$?
  if [ $status -eq 124 ] || [ $status -eq 137 ]; then
    status=124
    stop
  fi
  tr -d '\r' <"$log" >"$log.text"
  mv "$log.text" "$log"
  return $status
}

chosen() { [ -z "$pattern" ] || [[ ${1,,} == *"${pattern,,}"* ]]; }
# The fields of a list's line after its name.
find_line() { "$1" | sed -n "s/^$(printf '%s' "$2" | sed 's/[][\.*^$/]/\\&/g')|//p"; }

passed=0 failed=0 skipped=0 excused=0
parts_passed=0 parts_failed=0 parts_late=0 parts_left=() unexpected=()
number() { grep -aoE "\\b$2: [0-9]+" "$1" | tail -1 | grep -oE '[0-9]+' || echo 0; }

# Reports whether Wine caused a test's failure, and why.
excuse() {
  local line
  line=$(find_line excused "$1")
  [ -n "$line" ] && grep -q "^${line%%|*}|" "$logs/faults.log" && say "${line#*|} (${line%%|*})"
}

# Counts the results in a log, and prints each failure.
count() {
  local name=$1 log=$2 status=$3 total bad listed=0 own=0 why
  total=$(number "$log" Total) bad=$(number "$log" Failed)
  while IFS= read -r test; do
    listed=$((listed + 1))
    if why=$(excuse "$test"); then
      say "    Wine's fault: $test: $why"
      excused=$((excused + 1))
    else
      say "    FAILED: $test"
      grep -aF -A 4 "$test" "$log" | sed -n '2,5p' | cut -c1-300
      unexpected+=("$test")
      own=$((own + 1))
    fi
  done < <(LC_ALL=C sed -nE 's/^ *(CodeEmbed\.Tests[A-Za-z0-9_.]+).* \[FAIL\]$/\1/p; s/^\[FAIL\] (.*)$/\1/p' "$log")
  if [ "$status" -eq 124 ] || ! grep -aq 'Total: ' "$log"; then
    if [ "$status" -eq 124 ]; then
      why="it did not end in time"
    else
      why="it did not finish (exit code $status)"
    fi
    say "    FAILED: $why:"
    { [ "$status" -eq 124 ] && tail -5 "$log" || head -5 "$log"; } | cut -c1-300 | sed 's/^/      /'
    unexpected+=("$name: $why")
    own=$((own + 1)) total=0 bad=0
  elif [ "$bad" -gt "$listed" ] || [ "$(number "$log" Errors)" -gt 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
    why="exit code $status, $bad tests failed, of which $listed are named, $(number "$log" Errors) other errors"
    say "    FAILED: $why."
    unexpected+=("$name: $why")
    own=$((own + 1))
  fi
  passed=$((passed + total - bad - $(number "$log" Skipped)))
  skipped=$((skipped + $(number "$log" Skipped))) failed=$((failed + own))
  if [ "$status" -eq 124 ]; then
    parts_late=$((parts_late + 1))
  elif [ "$own" -gt 0 ]; then
    parts_failed=$((parts_failed + 1))
  else
    parts_passed=$((parts_passed + 1))
  fi
  say "$name: $total tests, $bad failed, $(number "$log" Skipped) skipped."
}

leave_out() {
  parts_left+=("$1: $2")
  say "Left out: $1: $2."
}

say "$("$wine" --version), .NET $(dotnet --version)."
run "$faults_limit" "$logs/faults.log" "$root\\tests\\CodeEmbed.Windows\\WineFaults.ps1" 'V:\faults'
sed -n 's/^\([a-z-]*\)|/Not as on Windows: \1: /p' "$logs/faults.log"

if chosen readme; then
  line="Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini"
  dotnet src/CodeEmbed.Host/bin/Release/net*/codeembed.dll "$line | Export-CodeEmbedding '$work/linux.jsonl'" \
    || give_up "The README's line failed on Linux."
  run "$readme_limit" "$logs/readme.log" "$root\\tests\\CodeEmbed.Windows\\ReadmeLine.ps1" "$root\\${manifest//\//\\}" \
    "$root\\samples\\snippets.jsonl" 'V:\windows.jsonl' 'V:\linux.jsonl'
  # Wine may exit with 0 if the program crashed.
  if grep -q '^Everything except the vectors is as on Linux' "$logs/readme.log"; then
    parts_passed=$((parts_passed + 1))
  else
    say "    FAILED: the README's line."
    unexpected+=("the README's line")
    failed=$((failed + 1)) parts_failed=$((parts_failed + 1))
  fi
  head -20 "$logs/readme.log"
fi

for class in $classes; do
  chosen "$class" || continue
  why=$(find_line left_out "$class")
  if [ -n "$why" ]; then
    leave_out "$class" "$why"
    continue
  fi
  run "$class_limit" "$logs/$class.log" "$root\\${assembly//\//\\}" -class "$class" -noColor
  count "$class" "$logs/$class.log" $?
done

IFS=: read -ra module_paths <<<"${PSModulePath:-}:$HOME/.local/share/powershell/Modules:${NUGET_PACKAGES:-$HOME/.nuget/packages}"
for path in "${module_paths[@]}"; do
  [ -n "$path" ] || continue
  pester=$(ls "$path"/[Pp]ester/5.*/{Pester.psd1,tools/Pester.psd1} 2>/dev/null | sort -V | tail -1)
  [ -z "$pester" ] || break
done

[ -z "${pester:-}" ] || cp -r "$(dirname "$pester")" "$work/pester"
runner=pwsh
for file in tests/Pester/*.Tests.ps1; do
  name=$(basename "$file")
  chosen "$name" || continue
  if [ -z "${pester:-}" ]; then
    leave_out "$name" "Pester 5 is not installed"
    continue
  fi
  run "$pester_limit" "$logs/$name.log" "$root\\tests\\CodeEmbed.Windows\\Pester.ps1" "V:\\pester\\$(basename "$pester")" \
    "$root\\${file//\//\\}"
  count "$name" "$logs/$name.log" $?
done

say ""
say "Skipped xUnit tests by reason, and Pester tests by name:"
find "$logs" -name '*.log' -exec grep -ahA 1 '\[SKIP\]$' {} + | grep -av -e '\[SKIP\]$' -e '^--$' | sed 's/^ *//' | sort \
  | uniq -c | sort -rn
for part in "${parts_left[@]}"; do
  say "Left out: $part."
done
for test in "${unexpected[@]}"; do
  say "FAILED: $test"
done
say "Parts: $parts_passed passed, $parts_failed failed, $parts_late timed out, ${#parts_left[@]} left out."
say "Tests: $passed passed, $failed failed, $excused failed because of Wine, $skipped skipped. It took $SECONDS s."
[ $((parts_passed + parts_failed + parts_late)) -gt 0 ] || give_up "Nothing was run."
[ "$failed" -eq 0 ]
