# Merges the shards of the Indexed Job in job.yaml. -Force drops what a merge left that was killed. The shards are only read.
try {
    $output = [WildcardPattern]::Escape($env:CODEEMBED_OUTPUT)
    Merge-CodeEmbedding "$output.[0-9]*.jsonl" -Destination "$env:CODEEMBED_OUTPUT.jsonl" `
        -RejectPath "$env:CODEEMBED_OUTPUT.rejects.jsonl" -Force | Format-List
    exit 0
}
catch {
    [Console]::Error.WriteLine("$_")
    exit 1
}
