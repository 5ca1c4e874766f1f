# Runs the README's line with the module's own model, and compares the result with Linux.
param(
    [Parameter(Mandatory)] [string] $Manifest,
    [Parameter(Mandatory)] [string] $Source,
    [Parameter(Mandatory)] [string] $Target,
    [Parameter(Mandatory)] [string] $Expected
)

$ErrorActionPreference = 'Stop'
$watch = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Manifest
Import-CodeSnippet $Source | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding $Target
$seconds = $watch.Elapsed.TotalSeconds

if ([System.IO.File]::ReadAllText($Target).Contains("`r")) {
    throw "'$Target' has carriage returns."
}

$here = @(Get-Content -LiteralPath $Target | ConvertFrom-Json)
$linux = @(Get-Content -LiteralPath $Expected | ConvertFrom-Json)
if ($here.Count -eq 0 -or $here.Count -ne $linux.Count) {
    throw "There are $($here.Count) embeddings here and $($linux.Count) on Linux."
}

$largest = 0.0
for ($i = 0; $i -lt $here.Count; $i++) {
    foreach ($property in $linux[$i].PSObject.Properties.Name) {
        if ($property -ne 'vector' -and ($here[$i].$property | ConvertTo-Json) -cne ($linux[$i].$property | ConvertTo-Json)) {
            throw "Embedding $($i + 1) has the $property '$($here[$i].$property)' here and '$($linux[$i].$property)' on Linux."
        }
    }

    if ($here[$i].vector.Count -ne $linux[$i].vector.Count) {
        throw "Embedding $($i + 1) has $($here[$i].vector.Count) numbers here and $($linux[$i].vector.Count) on Linux."
    }

    for ($j = 0; $j -lt $linux[$i].vector.Count; $j++) {
        $largest = [Math]::Max($largest, [Math]::Abs($here[$i].vector[$j] - $linux[$i].vector[$j]))
    }
}

# The largest difference that two processors may have.
if ($largest -gt 1e-6) {
    throw "The vectors differ from Linux by up to $largest."
}

"PowerShell $($PSVersionTable.PSVersion) on $($PSVersionTable.OS): $($here.Count) embeddings in $($seconds.ToString('0.0')) s."
"Everything except the vectors is as on Linux, also the fingerprints; vectors differ by at most $($largest.ToString('0.0e+0'))."
