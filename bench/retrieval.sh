#!/usr/bin/env bash
# Documentation to function: MRR@10 for Get-CodeSnippet's snippets and windows of 40 lines over the same files, with a model.
#
# usage: bench/retrieval.sh MODEL FOLDER_OF_PYTHON [FILES=80]
set -euo pipefail
model=$(realpath "$1") folder=$(realpath "$2") files=${3:-80}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release -v q -nologo "$here/../src/CodeEmbed.Host" >/dev/null
host=("$here"/../src/CodeEmbed.Host/bin/Release/net*/codeembed.dll)
python3 "$here/retrieval.py" prepare "$folder" "$work" "$files"
cd "$work"
embed="ConvertTo-CodeEmbedding -Model '$model' -WarningAction SilentlyContinue"
dotnet "${host[0]}" "Get-CodeSnippet code -Model '$model' | $embed | Export-CodeEmbedding snippets.out.jsonl"
for name in queries windows; do
  dotnet "${host[0]}" "Import-CodeSnippet $name.jsonl | $embed | Export-CodeEmbedding $name.out.jsonl"
done
python3 "$here/retrieval.py" score . snippets windows
