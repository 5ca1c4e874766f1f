# Embeds one shard of a job, for Slurm (slurm/embed.sh) and Kubernetes (kubernetes/job.yaml). Finished embeddings stay in the
# partial file next to the output, so a restarted task continues it.
$index = $env:CODEEMBED_SHARD ?? $env:JOB_COMPLETION_INDEX
$shard = "$env:CODEEMBED_OUTPUT.$index.jsonl"
$rejects = "$env:CODEEMBED_OUTPUT.rejects.$index.jsonl"
$isDone = (Test-Path -LiteralPath $shard) -and (Test-Path -LiteralPath "$shard.shard.json") -and
    -not (Test-Path -LiteralPath "$shard.partial")
if ($isDone) {
    "$shard is already done."
    exit 0
}

try {
    if ($env:CODEEMBED_MODULE) { Import-Module $env:CODEEMBED_MODULE }
    $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName([System.IO.Path]::GetFullPath($shard)))
    $read = @{
        LiteralPath = $env:CODEEMBED_INPUT -split ':'; ShardIndex = $index; ShardCount = $env:CODEEMBED_SHARDS
        SkipInvalid = $true; RejectPath = $rejects; ErrorAction = 'Continue'
    }
    $embed = @{
        Model = $env:CODEEMBED_MODEL; Offline = $true; Threads = $env:CODEEMBED_THREADS ?? $env:SLURM_CPUS_PER_TASK
        SkipFailed = $true; RejectPath = $rejects; ErrorAction = 'Continue'
    }
    Import-CodeSnippet @read | ConvertTo-CodeEmbedding @embed | Export-CodeEmbedding -LiteralPath $shard -Resume -Verbose
    exit 0
}
catch {
    [Console]::Error.WriteLine("$_")
    exit 1
}
