#!/usr/bin/env bash
# Runs the module and its tests as Windows programs, under Wine: the README's line with the module's own model, compared with
# Linux, then the xUnit classes, each in a process of its own, then the Pester files. By hand: it takes an hour or less, and is no
# part of .ci/run. Under Wine is not on Windows: what this shows is that the Windows code paths work, not that Windows itself does
# as Wine.
#
# It needs x64 Linux, the .NET SDK, script (Debian: bsdutils) and Wine 8 (Debian: wine64). Pester is taken from PSModulePath or
# from what the build restored. The module is built with -p:Cuda=false, and stays so: that build has ONNX Runtime for Windows on
# every machine.
#
# usage: tests/windows-under-wine.sh [--no-build] [PATTERN]
#   PATTERN  a part of a name: only the xUnit classes and Pester files that have it are run; readme is the README's line
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=yes
[ "${1:-}" != --no-build ] || { build=no; shift; }
pattern=${1:-}
class_limit=300 pester_limit=600

# Parts that are left out, each with why.
left_out() {
  cat <<'LIST'
CodeEmbed.Tests.Staged.ToolTests|packs and installs with the .NET SDK, which is not there
LIST
}

# Tests that fail for a reason that is not the product's, each with the reason. How it is known: BCryptGetProperty fails while
# .NET makes the test's certificate, before the product is called.
excused() {
  cat <<'LIST'
CodeEmbed.Tests.Hub.RefusalTests.A_certificate_that_is_not_trusted_is_an_error|Wine: its bcrypt cannot make the certificate
LIST
}

say() { printf '%s\n' "$*"; }

wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null)
if [ -z "$wine" ]; then
  say "wine64 is not installed. On Debian: apt-get install wine64." >&2
  exit 2
fi

server=$(command -v wineserver || ls /usr/lib/wine/wineserver 2>/dev/null)
work=$(mktemp -d)
# Microsoft's runtime starts only with the first two.
export DOTNET_EnableWriteXorExecute=0 DOTNET_TieredCompilation=0 WINEDEBUG=-all WINEPREFIX=$work/prefix
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 POWERSHELL_TELEMETRY_OPTOUT=1
stop() { [ -z "$server" ] || { "$server" -k; "$server" -w; }; }
clean() {
  stop
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

if [ "$build" = yes ]; then
  say "Building."
  dotnet build -c Release -v q -nologo -p:Cuda=false || exit 1
  dotnet publish -c Release -v q -nologo tests/CodeEmbed.Windows -o out/windows || exit 1
fi
# The tests start the repository's programs with dotnet, and PowerShell starts jobs with pwsh.
cp out/windows/CodeEmbed.Windows.exe out/windows/dotnet.exe
cp out/windows/CodeEmbed.Windows.exe out/windows/pwsh.exe
manifest=$(ls out/CodeEmbed/*/CodeEmbed.psd1 | sort -V | tail -1)
if [ -z "$(find "$(dirname "$manifest")" -path '*win-x64*' -name onnxruntime.dll)" ]; then
  say "The staged module has no ONNX Runtime for win-x64." >&2
  exit 1
fi

"$wine" wineboot -i </dev/null >"$work/wineboot.log" 2>&1
"$wine" reg add 'HKCU\Software\Wine' /v Version /d win10 /f </dev/null >>"$work/wineboot.log" 2>&1 \
  || { say "Wine does not start:"; cat "$work/wineboot.log"; exit 1; }
# Without a screen Direct3D fails, and ONNX Runtime says so on standard error, where tests expect nothing.
"$wine" reg add 'HKCU\Software\Wine\Direct3D' /v renderer /d no3d /f </dev/null >>"$work/wineboot.log" 2>&1
# On Wine's drive of the whole system the tests would find Linux's programs under /usr/bin, and Windows programs cannot be started
# so.
rm "$WINEPREFIX/dosdevices/z:"
ln -s "$(dirname "$PWD")" "$WINEPREFIX/dosdevices/w:"
ln -s "$work" "$WINEPREFIX/dosdevices/v:"
# What runs still knows the drives from before.
stop
root="W:\\$(basename "$PWD")"
export WINEPATH="$root\\out\\windows"

# Pester's tests start a pwsh by the path of the process that they are in.
runner=dotnet

# Runs a program's arguments in the runner, for so many seconds at most; what it writes goes to a log.
run() {
  local limit=$1 log=$2 command
  shift 2
  # Wine has a console only where standard input is a terminal, and PowerShell does not start without one.
  command="$(printf '%q ' "$wine" "$root\\out\\windows\\$runner.exe" "$@") >$(printf '%q' "$log") 2>&1"
  TERM=xterm timeout -k 5 "$limit" script -qec "$command" /dev/null </dev/null >/dev/null
  local status=$?
  tr -d '\r' <"$log" >"$log.text"
  mv "$log.text" "$log"
  return $status
}

chosen() { [ -z "$pattern" ] || [[ ${1,,} == *"${pattern,,}"* ]]; }
reason() { "$1" | sed -n "s/^$(printf '%s' "$2" | sed 's/[][\.*^$/]/\\&/g')|//p"; }

passed=0 failed=0 skipped=0 excused=0
number() { grep -aoE "$2: [0-9]+" "$1" | tail -1 | grep -oE '[0-9]+' || echo 0; }

# Counts what a log tells, and prints each failure.
count() {
  local name=$1 log=$2 status=$3 total bad own=0
  total=$(number "$log" Total) bad=$(number "$log" Failed)
  while IFS= read -r test; do
    local why
    why=$(reason excused "$test")
    if [ -n "$why" ]; then
      say "    excused: $test: $why"
      excused=$((excused + 1))
    else
      say "    FAILED: $test"
      grep -aF -A 4 "$test" "$log" | sed -n '2,5p' | cut -c1-300
      own=$((own + 1))
    fi
  done < <(LC_ALL=C sed -nE 's/^ *(CodeEmbed\.Tests[A-Za-z0-9_.]+).* \[FAIL\]$/\1/p; s/^\[FAIL\] (.*)$/\1/p' "$log")
  if ! grep -aq 'Total: ' "$log"; then
    say "    FAILED: it did not come to its end (exit code $status):"
    head -5 "$log" | sed 's/^/      /'
    own=$((own + 1)) total=0 bad=0
  fi
  passed=$((passed + total - bad - $(number "$log" Skipped)))
  skipped=$((skipped + $(number "$log" Skipped)))
  failed=$((failed + own))
  say "$name: $total tests, $bad failed, $(number "$log" Skipped) skipped."
}

if chosen readme; then
  dotnet src/CodeEmbed.Host/bin/Release/net*/codeembed.dll \
    "Import-CodeSnippet samples/snippets.jsonl | ConvertTo-CodeEmbedding -Model codeembed-mini | \
Export-CodeEmbedding '$work/linux.jsonl'" || exit 1
  run 120 "$work/readme.log" "$root\\tests\\CodeEmbed.Windows\\ReadmeLine.ps1" "$root\\${manifest//\//\\}" \
    "$root\\samples\\snippets.jsonl" \
    'V:\windows.jsonl' 'V:\linux.jsonl'
  # Wine may end with 0 where the program crashed.
  if grep -q '^All but the vectors is as on Linux' "$work/readme.log"; then
    passed=$((passed + 1))
  else
    say "FAILED: the README's line."
    failed=$((failed + 1))
  fi
  head -20 "$work/readme.log"
fi

assembly=$(ls -d tests/CodeEmbed.Tests/bin/Release/net* | sort -V | tail -1)/CodeEmbed.Tests.dll
for class in $(dotnet "$assembly" -list classes -noLogo -noColor | grep -oE 'CodeEmbed\.Tests\.[A-Za-z0-9_.]+' | sort -u); do
  chosen "$class" || continue
  why=$(reason left_out "$class")
  if [ -n "$why" ]; then
    say "Left out: $class: $why."
    continue
  fi
  run "$class_limit" "$work/$class.log" "$root\\${assembly//\//\\}" -class "$class" -noColor
  count "$class" "$work/$class.log" $?
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
  chosen "$(basename "$file")" || continue
  if [ -z "${pester:-}" ]; then
    say "Left out: $(basename "$file"): Pester 5 was not found."
    continue
  fi
  run "$pester_limit" "$work/pester.log" "$root\\tests\\CodeEmbed.Windows\\Pester.ps1" \
    "V:\\pester\\$(basename "$pester")" "$root\\${file//\//\\}"
  count "$(basename "$file")" "$work/pester.log" $?
done

say "Under Wine: $passed passed, $failed failed, $excused failed for a reason that is Wine's, $skipped skipped."
[ "$failed" -eq 0 ]
