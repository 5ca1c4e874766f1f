#!/usr/bin/env bash
# Merges the shards of a job, made by submit.sh: it starts when every task of the array has ended well.
#
#SBATCH --job-name=codeembed-merge
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -euo pipefail

: "${CODEEMBED_OUTPUT:?}"

# -Force drops what a merge left that was killed. The shards are only read.
exec pwsh -NoProfile -NonInteractive -Command '
    try {
        Import-Module ($env:CODEEMBED_MODULE ? $env:CODEEMBED_MODULE : "CodeEmbed")
        $output = [WildcardPattern]::Escape($env:CODEEMBED_OUTPUT)
        Merge-CodeEmbedding "$output.[0-9]*.jsonl" -Destination "$env:CODEEMBED_OUTPUT.jsonl" `
            -RejectPath "$env:CODEEMBED_OUTPUT.rejects.jsonl" -Force | Format-List
        exit 0
    }
    catch {
        [Console]::Error.WriteLine("$_")
        exit 1
    }'
