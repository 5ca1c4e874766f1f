# Runs a file of Pester tests, and prints each failed or skipped test and, at the end, the counts.
param([Parameter(Mandatory)] [string] $Module, [Parameter(Mandatory)] [string] $File)

$ErrorActionPreference = 'Stop'
Import-Module $Module
$result = Invoke-Pester -Path $File -PassThru -Output None
foreach ($container in $result.FailedContainers) {
    "[FAIL] $($container.Item.Name)`n$($container.ErrorRecord[0])"
}

foreach ($block in $result.FailedBlocks) {
    "[FAIL] $($block.ExpandedPath)`n$($block.ErrorRecord[0])"
}

foreach ($test in $result.Failed) {
    "[FAIL] $($test.ExpandedPath)`n$($test.ErrorRecord[0])"
}

foreach ($test in @($result.Skipped) + $result.NotRun) {
    "[SKIP]`n$($test.ExpandedPath)"
}

$failed = $result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount
"Total: $($result.TotalCount), Failed: $failed, Skipped: $($result.SkippedCount + $result.NotRunCount)"
