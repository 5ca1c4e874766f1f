#!/usr/bin/env bash
# Builds src/CodeEmbed.Core/Maps/Page/library.js.gz, the plotting library in the pages of Export-CodeEmbeddingMap:
# regl-scatterplot, with the packages that it needs, in one script. No build of CodeEmbed runs this: the result is in the
# repository, with the licences in Maps/NOTICES.txt. Each package for Node.js is checked against packages.tsv before it is used,
# and the result has the same bytes each time.
#
# usage: tools/map/build.sh
# Needs: Node.js.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../src/CodeEmbed.Core/Maps
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
line=$(printf -- '-%.0s' {1..80})

# Unpacks each package where Node.js looks for it. The bundler is the only one whose code is run, and is not in the page: it is
# esbuild as WebAssembly, one package for every system.
echo "The pages of Export-CodeEmbeddingMap hold these packages, each under its own licence." >NOTICES.txt
while IFS=$'\t' read -r package hash use; do
  [ "$package" = package ] && continue
  archive=$(npm pack --silent "$package")
  echo "$hash  $archive" | sha256sum --check --quiet
  folder=node_modules/${package%@*}
  mkdir -p "$folder"
  tar -xzf "$archive" -C "$folder" --strip-components=1
  [ "$use" = page ] || continue
  printf '\n%s\n%s\n%s\n\n' "$line" "$package" "$line" >>NOTICES.txt
  cat "$folder"/LICENSE* >>NOTICES.txt
done <"$here/packages.tsv"
sed -i 's/\r$//' NOTICES.txt

echo 'export { default as createScatterplot } from "regl-scatterplot";' >entry.js
node node_modules/esbuild-wasm/bin/esbuild entry.js --bundle --minify --format=iife --global-name=plotting --target=es2020 \
  --legal-comments=none --log-level=warning --outfile=bundle.js
{ echo '/*!' && cat NOTICES.txt && echo '*/' && cat bundle.js; } >library.js
if grep --quiet --ignore-case '</script' library.js; then
  echo "The library contains the end tag of a script, and cannot be put into a page." >&2
  exit 1
fi
gzip -9 -n -c library.js >"$target/Page/library.js.gz"
cp NOTICES.txt "$target/NOTICES.txt"
