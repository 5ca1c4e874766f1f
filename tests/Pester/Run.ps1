<#
.SYNOPSIS
    Runs Pester files for tests/CodeEmbed.PesterTests and sends each result through a pipe, as a line of JSON.
.DESCRIPTION
    A result of Pester that is not Passed, or Skipped by the test itself, is sent as Failed: a test that is inconclusive or was
    not run, a block or file that failed, a file without tests. The last line says that all files were run.
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    # Pester's manifest.
    [Parameter(Mandatory)] [string] $Pester,

    # The name of the pipe that receives the results.
    [Parameter(Mandatory)] [string] $Pipe,

    # A pattern for the names of tests, including their enclosing blocks. Without it, all tests are run.
    [string] $Name,

    # Only lists the tests.
    [switch] $List,

    [Parameter(Mandatory, Position = 0, ValueFromRemainingArguments)] [string[]] $File
)

# Each record must arrive, so an error ends the run. This is set only here, because a test could see this preference.
function Send-Record([string] $Kind, [string] $File, [hashtable] $More = @{}) {
    $ErrorActionPreference = 'Stop'
    $writer.WriteLine((@{ Kind = $Kind; File = $File } + $More | ConvertTo-Json -Compress -EscapeHandling EscapeNonAscii))
    $writer.Flush()
}

function Get-Message($Item) {
    ($Item.ErrorRecord | ForEach-Object {
        # The fields that Pester adds for display are missing if the error is not from a test.
        ($_.DisplayErrorMessage ?? "$_"), ($_.DisplayStackTrace ?? $_.ScriptStackTrace) -join "`n"
    }) -join "`n"
}

function Get-TestMessage($Test) {
    switch ($Test.Result) {
        'Passed' { $null; break }
        'Failed' { $Test.ErrorRecord ? (Get-Message $Test) : 'An enclosing block failed.'; break }
        default { "Pester's result is '$($Test.Result)'. $(Get-Message $Test)" }
    }
}

function Get-Kind([string] $Result) {
    switch ($Result) {
        { $List } { 'Found'; break }
        'Passed' { 'Passed'; break }
        'Skipped' { 'Skipped'; break }
        default { 'Failed' }
    }
}

# Sends the results of one file, without the tests that the pattern excludes.
function Send-Result($Result, [string] $File) {
    $ErrorActionPreference = 'Stop'
    $tests = @($Result.Tests | Where-Object { -not $Name -or $List -or $_.ShouldRun })
    if (-not $tests -and -not $Name -and -not $Result.FailedContainersCount) {
        Send-Record Failed $File @{ Name = 'has tests'; Message = 'Pester found no tests in this file.' }
    }

    foreach ($test in $tests) {
        Send-Record (Get-Kind $test.Result) $File @{
            Id           = $test.Path -join '.'
            Name         = $test.ExpandedPath ? $test.ExpandedPath : ($test.Path -join '.')
            Line         = $test.ScriptBlock.StartPosition.StartLine
            Message      = Get-TestMessage $test
            Milliseconds = $test.Duration.TotalMilliseconds
        }
    }

    foreach ($block in $Result.FailedBlocks) {
        Send-Record Failed $File @{
            Name    = "the set-up or clean-up of '$($block.Path -join '.')'"
            Line    = $block.ScriptBlock ? $block.ScriptBlock.StartPosition.StartLine : 1
            Message = Get-Message $block
        }
    }

    foreach ($container in $Result.FailedContainers) {
        Send-Record Failed $File @{ Name = 'the file itself'; Message = Get-Message $container }
    }
}

Import-Module $Pester -ErrorAction Stop
if (-not (Get-Command Invoke-Pester -Module Pester -ErrorAction Ignore)) {
    throw "Pester cannot be imported from '$Pester'."
}

$stream = [System.IO.Pipes.NamedPipeClientStream]::new('.', $Pipe, 'Out')
$stream.Connect()
$writer = [System.IO.StreamWriter]::new($stream)
foreach ($path in $File) {
    $fileName = Split-Path -Leaf $path
    Send-Record File $fileName
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $path
    $configuration.Run.PassThru = $true
    $configuration.Run.SkipRun = [bool]$List
    $configuration.Output.Verbosity = 'None'
    if ($Name) {
        $configuration.Filter.FullName = $Name
    }

    $result = Invoke-Pester -Configuration $configuration
    if ($null -eq $result) {
        throw "Pester returned no result for '$path'."
    }

    Send-Result $result $fileName
}

Send-Record End
$writer.Dispose()
