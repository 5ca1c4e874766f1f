#!/usr/bin/env bash
# Merges the shards of a job, submitted by submit.sh: it starts when every task of the array has succeeded.
#
#SBATCH --job-name=codeembed-merge
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -euo pipefail

: "${CODEEMBED_OUTPUT:?}" "${CODEEMBED_SCRIPTS:?}"

exec pwsh -NoProfile -NonInteractive -File "$CODEEMBED_SCRIPTS/merge.ps1"
