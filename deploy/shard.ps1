# Embeds one shard of a job, for Slurm (slurm/embed.sh) and Kubernetes (kubernetes/job.yaml). What is finished stays in the
# partial file next to the output, so a task that starts again continues it.
$index = $env:CODEEMBED_SHARD ?? $env:JOB_COMPLETION_INDEX
$shard = "$env:CODEEMBED_OUTPUT.$index.jsonl"
$rejects = "$env:CODEEMBED_OUTPUT.rejects.$index.jsonl"
if ((Test-Path $shard) -and (Test-Path "$shard.shard.json") -and -not (Test-Path "$shard.partial")) {
    "$shard is done already."
    exit 0
}

try {
    if ($env:CODEEMBED_MODULE) { Import-Module $env:CODEEMBED_MODULE }
    $null = New-Item -ItemType Directory -Force (Split-Path $shard)
    $read = @{
        Path = $env:CODEEMBED_INPUT -split ':'; ShardIndex = $index; ShardCount = $env:CODEEMBED_SHARDS
        SkipInvalid = $true; RejectPath = $rejects; ErrorAction = 'Continue'
    }
    $embed = @{
        Model = $env:CODEEMBED_MODEL; Offline = $true; Threads = $env:CODEEMBED_THREADS ?? $env:SLURM_CPUS_PER_TASK
        SkipFailed = $true; RejectPath = $rejects; ErrorAction = 'Continue'
    }
    Import-CodeSnippet @read | ConvertTo-CodeEmbedding @embed | Export-CodeEmbedding $shard -Resume -Verbose
    exit 0
}
catch {
    [Console]::Error.WriteLine("$_")
    exit 1
}
