#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Builds, tests or packages CodeEmbed. A façade over dotnet, for people who have pwsh.
.PARAMETER Task
    Build stages the module under out/CodeEmbed/<version>/. Test also runs the xUnit tests, and the Pester tests where
    Pester 5 is installed. Package makes, under out/, the versioned folder package/CodeEmbed/<version>, the package for the
    PowerShell Gallery CodeEmbed.<version>.nupkg, and the dotnet tool CodeEmbed.Tool.<version>.nupkg.
.PARAMETER Cuda
    For which systems ONNX Runtime is taken with CUDA: Linux, Windows, All or false. By default the one that builds.
.PARAMETER ProjectUri
    The project's address, for the packages. A package that is to be published needs it.
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Package')]
    [string] $Task = 'Build',

    [ValidateSet('Linux', 'Windows', 'All', 'false')]
    [string] $Cuda,

    [uri] $ProjectUri
)

$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
$properties = @(
    if ($Cuda) { "-p:Cuda=$Cuda" }
    if ($ProjectUri) { "-p:CodeEmbedProjectUri=$ProjectUri" }
)

function Invoke-Dotnet {
    dotnet @args
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE."
    }
}

switch ($Task) {
    'Build' {
        Invoke-Dotnet build -c Release @properties
    }
    'Test' {
        Invoke-Dotnet test -c Release @properties
        if (Get-Module -ListAvailable Pester | Where-Object Version -GE ([version]'5.0')) {
            Import-Module Pester -MinimumVersion 5.0
            $configuration = New-PesterConfiguration
            $configuration.Run.Path = Join-Path $PSScriptRoot 'tests/Pester'
            $configuration.Run.Throw = $true
            Invoke-Pester -Configuration $configuration
        }
        else {
            Write-Warning 'Pester 5 is not installed, so the tests under tests/Pester were left out.'
        }
    }
    'Package' {
        Invoke-Dotnet build -c Release src/CodeEmbed.PowerShell '-t:PackageModule' @properties
        Invoke-Dotnet pack -c Release src/CodeEmbed.Host @properties
    }
}
