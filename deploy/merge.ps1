# Merges the shards of a job, for Slurm (slurm/merge.sh) and Kubernetes (kubernetes/merge.yaml). The shards are only read. -Force
# drops the partial file of a killed merge.
try {
    if ($env:CODEEMBED_MODULE) { Import-Module $env:CODEEMBED_MODULE }
    $output = [WildcardPattern]::Escape($env:CODEEMBED_OUTPUT)
    Merge-CodeEmbedding "$output.[0-9]*.jsonl" -Destination "$env:CODEEMBED_OUTPUT.jsonl" `
        -RejectPath "$env:CODEEMBED_OUTPUT.rejects.jsonl" -Force | Format-List
    exit 0
}
catch {
    [Console]::Error.WriteLine("$_")
    exit 1
}
