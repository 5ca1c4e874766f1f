# One shard of the Indexed Job in job.yaml. What is finished stays in the partial file beside the output; a pod that is retried
# continues it.
$shard = "$env:CODEEMBED_OUTPUT.$env:JOB_COMPLETION_INDEX.jsonl"
$rejects = "$env:CODEEMBED_OUTPUT.rejects.$env:JOB_COMPLETION_INDEX.jsonl"
if ((Test-Path $shard) -and (Test-Path "$shard.shard.json") -and -not (Test-Path "$shard.partial")) {
    "$shard is done already."
    exit 0
}

try {
    $null = New-Item -ItemType Directory -Force (Split-Path $shard)
    $read = @{
        Path = $env:CODEEMBED_INPUT -split ':'; ShardIndex = $env:JOB_COMPLETION_INDEX; ShardCount = $env:CODEEMBED_SHARDS
        SkipInvalid = $true; RejectPath = $rejects; ErrorAction = 'Continue'
    }
    $embed = @{
        Model = $env:CODEEMBED_MODEL; Offline = $true; Threads = $env:CODEEMBED_THREADS
        SkipFailed = $true; RejectPath = $rejects; ErrorAction = 'Continue'
    }
    Import-CodeSnippet @read | ConvertTo-CodeEmbedding @embed | Export-CodeEmbedding $shard -Resume -Verbose
    exit 0
}
catch {
    [Console]::Error.WriteLine("$_")
    exit 1
}
