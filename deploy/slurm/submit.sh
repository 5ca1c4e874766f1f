#!/usr/bin/env bash
# Submits a job to Slurm: an array of shards, and a merge that starts when all of them have succeeded. After a failure, the same
# command creates only what is missing. README.md next to this file lists the requirements.
#
# usage: deploy/slurm/submit.sh INPUT OUTPUT MODEL SHARDS [OPTION_OF_SBATCH...]
#        INPUT   one file, or several with : between them, on a file system that every node has
#        OUTPUT  the path of the output without .jsonl, in a separate folder for this job
#        MODEL   a folder, a model in the Hub's cache, or codeembed-mini
set -euo pipefail

if (($# < 4)); then
    sed -n '/^# usage/,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
fi

here=$(cd "$(dirname "$0")" && pwd)

# Slurm runs copies of the two scripts, from another folder.
CODEEMBED_SCRIPTS=$(dirname "$here")
export CODEEMBED_SCRIPTS CODEEMBED_INPUT=$1 CODEEMBED_OUTPUT=$2 CODEEMBED_MODEL=$3 CODEEMBED_SHARDS=$4
shift 4
mkdir -p "$(dirname "$CODEEMBED_OUTPUT")/logs"
logs=$(dirname "$CODEEMBED_OUTPUT")/logs
array=$(sbatch --parsable --export=ALL --array="0-$((CODEEMBED_SHARDS - 1))" --output="$logs/%x-%A_%a.log" "$@" "$here/embed.sh")
merge=$(sbatch --parsable --export=ALL --dependency="afterok:$array" --kill-on-invalid-dep=yes --output="$logs/%x-%j.log" \
    "$here/merge.sh")
echo "shards: $array, merge: $merge, logs: $logs"
