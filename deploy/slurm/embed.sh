#!/usr/bin/env bash
# One shard of a job: a task of a Slurm array, created by submit.sh. It may be killed or requeued at any moment; the restarted
# task continues the partial file of the previous one.
#
#SBATCH --job-name=codeembed
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log
set -euo pipefail

: "${CODEEMBED_INPUT:?}" "${CODEEMBED_OUTPUT:?}" "${CODEEMBED_MODEL:?}" "${CODEEMBED_SHARDS:?}" "${CODEEMBED_SCRIPTS:?}"
export CODEEMBED_SHARD=$SLURM_ARRAY_TASK_ID
shard=$CODEEMBED_OUTPUT.$CODEEMBED_SHARD.jsonl
restarts=${SLURM_RESTART_COUNT:-0}
echo "$(date -Is) shard $CODEEMBED_SHARD of $CODEEMBED_SHARDS on $(hostname), restarted $restarts times"

is_done() { [[ -f $shard && -f $shard.shard.json && ! -f $shard.partial ]]; }

if ! is_done && ((restarts > ${CODEEMBED_MOST_RESTARTS:-100})); then
    echo "The task was restarted too often. If it cannot finish a batch within its time limit, give it more time." >&2
    exit 1
fi

child=

# end SIGNAL: sends the signal to the whole group, and waits until the group is gone; after 20 seconds, it is killed.
end() {
    [[ -n $child ]] || return 0
    kill "-$1" -- "-$child" 2>/dev/null || true
    for ((i = 0; i < 200; i++)); do
        kill -0 -- "-$child" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$child" 2>/dev/null || true
}

# again REASON: asks Slurm to restart the task. If Slurm refuses, the task fails, so that no merge starts.
again() {
    is_done && exit 0
    echo "$(date -Is) $1; finished embeddings are in $shard.partial"
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" || exit 1
    exit 0
}

# Slurm sends SIGTERM 60 seconds before the time limit, and also when the task is requeued or preempted.
stop() {
    trap '' TERM
    end TERM
    again "asked to stop"
}
trap stop TERM

# In a separate process group: if pwsh is a dotnet tool, it is two processes.
setsid pwsh -NoProfile -NonInteractive -File "$CODEEMBED_SCRIPTS/shard.ps1" &
child=$!

status=0
wait "$child" || status=$?

# More than 128: a signal ended it, for example because memory was short. An error, such as a bad parameter, would only recur.
if ((status > 128)); then
    end KILL
    again "killed by signal $((status - 128))"
fi

echo "$(date -Is) ended with $status"
exit "$status"
