#!/usr/bin/env bash
# Builds the grammars in src/CodeEmbed.Sources/Grammars: tree-sitter's library, a grammar and outline.c, compiled to WebAssembly.
# The sources are the grammars' packages for Node.js from their authors. No build of CodeEmbed runs this: the results are in the
# repository, with their licences in NOTICES.txt. The same compiler produces the same bytes.
#
# usage: tools/grammars/build.sh [FILE...]
# Needs: Node.js; clang 14, lld, wasi-libc and libclang-rt-14-dev-wasm32 (Debian 12).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../src/CodeEmbed.Sources/Grammars
library=tree-sitter@0.25.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Unpacks a package and prints its folder. No code in it is run.
unpack() {
  local folder=$work/${1//\//-}
  if [ ! -d "$folder" ]; then
    mkdir "$folder"
    tar -xzf "$(npm pack --silent "$1")" -C "$folder" --strip-components=1
  fi
  echo "$folder"
}

licence() { printf '\n%s\n%s\n%s\n\n' "$line" "$1" "$line" && cat "$2/LICENSE"; }
line=$(printf -- '-%.0s' {1..80})
core=$(unpack "$library")/vendor/tree-sitter/lib
notices=$work/NOTICES.txt
{
  echo "The files in the folder Grammars are made of tree-sitter's library and these grammars, each under its own licence."
  licence "$library, with the library of tree-sitter" "$(unpack "$library")"
} >"$notices"

seen=
while IFS=$'\t' read -r file function package folder; do
  [ "$file" = file ] && continue
  source=$(unpack "$package")
  [[ $seen == *"|$package|"* ]] || licence "$package" "$source" >>"$notices"
  seen="$seen|$package|"
  [ $# -gt 0 ] && [[ " $* " != *" $file "* ]] && continue
  scanner=()
  [ -f "$source/$folder/scanner.c" ] && scanner=("$source/$folder/scanner.c")
  clang-14 --target=wasm32-wasi -O2 -w -DNDEBUG -DLANGUAGE="$function" -D_WASI_EMULATED_PROCESS_CLOCKS -mbulk-memory \
    -fvisibility=hidden -I"$core/include" -I"$core/src" -I"$source/$folder" -mexec-model=reactor \
    -Wl,--gc-sections,--export-dynamic,--strip-all,-z,stack-size=1048576 \
    -o "$file.wasm" "$here/outline.c" "$core/src/lib.c" "$source/$folder/parser.c" ${scanner[@]+"${scanner[@]}"}
  gzip -9 -n -c "$file.wasm" >"$target/$file.wasm.gz"
done <"$here/grammars.tsv"

{
  printf '\n%s\nwasi-libc, as Debian 12 has it, with musl and dlmalloc\n%s\n\n' "$line" "$line"
  cat /usr/share/doc/wasi-libc/copyright
} >>"$notices"
cp "$notices" "$target/NOTICES.txt"
