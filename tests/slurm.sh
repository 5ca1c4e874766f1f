#!/usr/bin/env bash
# Runs deploy/slurm with a real Slurm of one node on this machine: slurmctld, slurmd and munged in a separate folder. One task is
# requeued while it runs, one is killed with SIGKILL and requeued, and one is stopped by Slurm before its time limit. Then the
# merged file is compared with a single run, byte for byte. Takes a few minutes. Run it as root, after:
#
#     apt-get install --no-install-recommends slurm-wlm munge
#     dotnet build -c Release
#
# usage: tests/slurm.sh [RECORDS] [SHARDS]    RECORDS must keep a task busy for about a minute: 24000 on two cores
set -euo pipefail
cd "$(dirname "$0")/.."

command -v pwsh >/dev/null || { echo "pwsh is missing." >&2; exit 2; }
records=${1:-24000} shards=${2:-4}
work=$(TMPDIR=/tmp mktemp -d)
chmod 755 "$work"
export SLURM_CONF=$work/slurm.conf
node=$(hostname -s)
pids=()

finish() {
    status=$?
    trap - EXIT
    scancel --user=root 2>/dev/null || true
    sleep 2
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    if ((status == 0)); then
        rm -rf "$work"
    else
        echo "FAILED; the files are in $work" >&2
    fi
    exit "$status"
}
trap finish EXIT

fail() {
    echo "$1" >&2
    exit 1
}

wait_for() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < until)) || fail "waited too long for: $*"
        sleep 0.2
    done
}

# --- Slurm ---------------------------------------------------------------------------------------------------------------
mkdir -p "$work"/{munge,state,spool}
head -c 1024 /dev/urandom >"$work/munge/key"
chmod 600 "$work/munge/key"
chmod 755 "$work/munge"
cat >"$SLURM_CONF" <<CONF
ClusterName=codeembed
SlurmctldHost=$node
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=10
MpiDefault=none
SwitchType=switch/none
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SchedulerParameters=batch_sched_delay=0,sched_interval=2
NodeName=$node CPUs=2 RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
munged --foreground --force --socket="$work/munge/socket" --key-file="$work/munge/key" --log-file="$work/munge/log" \
    --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" >"$work/munged.out" 2>&1 &
pids+=($!)
wait_for 10 test -S "$work/munge/socket"
slurmctld -D -f "$SLURM_CONF" >"$work/slurmctld.out" 2>&1 &
pids+=($!)
slurmd -D -f "$SLURM_CONF" -N "$node" >"$work/slurmd.out" 2>&1 &
pids+=($!)
is_idle() { [[ $(sinfo -h -o %T) == idle ]]; }
wait_for 30 is_idle
echo "Slurm $(sinfo --version | cut -d' ' -f2): $(sinfo -h -o '%D node, %C CPUs (allocated/idle/other/total)')"

# --- The job -------------------------------------------------------------------------------------------------------------
CODEEMBED_MODULE=$(ls "$PWD"/out/CodeEmbed/*/CodeEmbed.psd1 | tail -1)
export CODEEMBED_MODULE
python3 - "$work/in.jsonl" "$records" <<'PYTHON'
import json, random, sys
words = "def return if else for in range len self value index items append None True print x y z".split()
source = random.Random(20)
with open(sys.argv[1], "w") as file:
    for number in range(int(sys.argv[2])):
        if number % 1000 == 7:
            file.write('{"id": "no snippet"}\n')
        content = " ".join(source.choice(words) for _ in range(source.randrange(100, 400)))
        file.write(json.dumps({"id": str(number), "file_path": "a.py", "language": "python", "content": content}) + "\n")
PYTHON
mkdir "$work/job"
output=$work/job/out
# Slurm checks the limits every half minute, so a task receives its signal between 10 and 40 seconds after its start.
submitted=$(deploy/slurm/submit.sh "$work/in.jsonl" "$output" codeembed-mini "$shards" \
    --cpus-per-task=1 --mem=2G --time=1 --signal=B:TERM@20)
echo "$submitted"
array=$(sed 's/shards: \([0-9]*\).*/\1/' <<<"$submitted")
merge=$(sed 's/.*merge: \([0-9]*\).*/\1/' <<<"$submitted")

has_lines() { [[ -f $output.$1.jsonl.partial ]] && (($(wc -l <"$output.$1.jsonl.partial") > 100)); }
has_restarted() { (($(grep -c ', restarted [0-9]* times' "$work/job/logs/codeembed-${array}_$1.log") > $2)); }

wait_for 120 has_lines 0
before=$(wc -l <"$output.0.jsonl.partial")
scontrol requeue "${array}_0"
echo "task 0 requeued by scontrol with $before lines finished"

wait_for 120 has_lines 1
before=$(wc -l <"$output.1.jsonl.partial")
for process in /proc/[0-9]*; do
    if { tr '\0' '\n' <"$process/environ"; } 2>/dev/null | grep -qx CODEEMBED_SHARD=1; then
        kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
done
echo "the process of task 1 killed with SIGKILL with $before lines finished"

for ((shard = 0; shard < shards; shard++)); do
    wait_for 900 test -f "$output.$shard.jsonl"
done
is_merged() { [[ -f $output.jsonl ]] || ! squeue -h -j "$merge" | grep -q .; }
wait_for 300 is_merged
wait_for 60 test -f "$output.jsonl"
limits=$(cat "$work"/job/logs/codeembed-"${array}"_*.log | grep -c 'asked to stop' || true)
for ((shard = 0; shard < shards; shard++)); do
    echo "task $shard started $(grep -c ', restarted [0-9]* times' "$work/job/logs/codeembed-${array}_$shard.log") times"
done
echo "asked to stop by Slurm, before a time limit or by scontrol: $limits times"
has_restarted 0 1 || fail "task 0 was not started again"
has_restarted 1 1 || fail "task 1 was not started again"
((limits > 1)) || fail "no task was stopped before its time limit"

# --- The single run ------------------------------------------------------------------------------------------------------
CODEEMBED_IN=$work/in.jsonl CODEEMBED_OUT=$work/single pwsh -NoProfile -NonInteractive -Command '
    Import-Module $env:CODEEMBED_MODULE
    $rejects = @{ RejectPath = "$env:CODEEMBED_OUT.rejects.jsonl"; ErrorAction = "SilentlyContinue" }
    Import-CodeSnippet $env:CODEEMBED_IN -SkipInvalid @rejects |
        ConvertTo-CodeEmbedding -Model codeembed-mini -Threads 1 -SkipFailed @rejects |
        Export-CodeEmbedding "$env:CODEEMBED_OUT.jsonl"
    exit 0'
cmp "$output.jsonl" "$work/single.jsonl"
cmp "$output.jsonl.model.json" "$work/single.jsonl.model.json"
cmp "$output.rejects.jsonl" "$work/single.rejects.jsonl"
echo "identical to the single run: $(wc -l <"$output.jsonl") embeddings, $(wc -l <"$output.rejects.jsonl") rejected records"

