#!/usr/bin/env bash
# One shard of a job: a task of a Slurm array, made by submit.sh. It may be killed or requeued at any moment; the task that
# starts again continues what the last one left.
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
echo "$(date -Is) shard $CODEEMBED_SHARD of $CODEEMBED_SHARDS on $(hostname), started again $restarts times"

if ((restarts > ${CODEEMBED_MOST_RESTARTS:-100})); then
    echo "It was started too often. If a task gets no batch done within its time limit, give it more time." >&2
    exit 1
fi

# In a process group of its own: where pwsh is a dotnet tool, it is two processes.
setsid pwsh -NoProfile -NonInteractive -File "$CODEEMBED_SCRIPTS/shard.ps1" &
child=$!

# end SIGNAL: sends it to the whole group, and waits until the group is gone; after 20 seconds it is killed.
end() {
    kill "-$1" -- "-$child" 2>/dev/null || true
    for ((i = 0; i < 200; i++)); do
        kill -0 -- "-$child" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$child" 2>/dev/null || true
}

again() {
    [[ -f $shard && ! -f $shard.partial ]] && exit 0
    echo "$(date -Is) $1; what is finished is in $shard.partial"
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" || true
    exit 0
}

# Slurm sends it 60 seconds before the time limit, and also when the task is requeued or preempted.
stop() {
    trap '' TERM
    end TERM
    again "told to stop"
}
trap stop TERM

status=0
wait "$child" || status=$?

# More than 128: a signal ended it, as where memory was short. An error, such as a bad parameter, would only come again.
if ((status > 128)); then
    end KILL
    again "killed by signal $((status - 128))"
fi

echo "$(date -Is) ended with $status"
exit "$status"
