#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Builds, tests or packages CodeEmbed. A façade over dotnet, for people who have pwsh.
.PARAMETER Task
    Build stages the module under out/CodeEmbed/<version>/, and beside it the modules for CUDA. Test also runs the xUnit and the
    Pester tests. Package makes, under out/, the versioned folder package/CodeEmbed/<version>, the packages for the PowerShell
    Gallery, CodeEmbed.<version>.nupkg and one for each module for CUDA, the dotnet tool CodeEmbed.Tool.<version>.nupkg, and
    under nuget the packages for C#.
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

# The commands need the folder of the repository; the caller's own one is restored, however this ends.
Push-Location -LiteralPath $PSScriptRoot
try {
    switch ($Task) {
        'Build' {
            Invoke-Dotnet build -c Release @properties
        }
        'Test' {
            Invoke-Dotnet test -c Release @properties
        }
        'Package' {
            Invoke-Dotnet pack -c Release src/CodeEmbed.PowerShell @properties
            Invoke-Dotnet pack -c Release src/CodeEmbed.Host @properties
            Invoke-Dotnet pack -c Release src/NuGetPackages.proj @properties
        }
    }
}
finally {
    Pop-Location
}
