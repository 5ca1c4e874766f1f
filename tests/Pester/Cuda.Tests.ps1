#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

# Errors and messages on a machine without CUDA. Each test runs in a separate process, because ONNX Runtime is loaded only once
# per process.

BeforeDiscovery {
    $onLinux = $IsLinux -and [Runtime.InteropServices.RuntimeInformation]::OSArchitecture -eq 'X64'
    $library = [intptr]::Zero
    $hasCuda = [Runtime.InteropServices.NativeLibrary]::TryLoad('libcublasLt.so.13', [ref] $library)
    $noCuda = -not $onLinux -or $hasCuda
    $stagedCuda = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'out/CodeEmbed.Cuda.Linux'
    $notStaged = $noCuda -or -not (Test-Path $stagedCuda)
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
    $version = (Import-PowerShellDataFile $manifest).ModuleVersion
    $stagedCuda = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'out/CodeEmbed.Cuda.Linux'
    $embed = "try { 'x = 1' | ConvertTo-CodeEmbedding -Model `$tiny -Device Cuda } " +
        "catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"

    # A copy of the module, with no other module next to it.
    $staged = $manifest
    $alone = Join-Path $TestDrive "alone/CodeEmbed/$version"
    $null = New-Item -ItemType Directory -Path (Split-Path $alone)
    Copy-Item -Recurse -LiteralPath (Split-Path $staged) -Destination $alone

    # Creates a module folder with a CUDA module whose libraries are links to the staged ones.
    function New-CudaModule([string] $ModuleVersion) {
        $root = Join-Path $TestDrive ([guid]::NewGuid())
        $module = Join-Path $root "CodeEmbed.Cuda.Linux/$ModuleVersion"
        $null = New-Item -ItemType Directory -Path $module
        $manifestText = '@{', "    ModuleVersion = '$ModuleVersion'", '}'
        Set-Content -LiteralPath (Join-Path $module 'CodeEmbed.Cuda.Linux.psd1') -Value $manifestText
        if (Test-Path $stagedCuda) {
            $target = Join-Path $stagedCuda "$version/native"
            $null = New-Item -ItemType SymbolicLink -Path (Join-Path $module 'native') -Target $target
        }

        $root
    }

    # Runs a line in a pwsh that imports a module, with a folder added at the front of PSModulePath.
    function Invoke-With([string] $Module, [string] $ModulePath, [string] $Line) {
        # Invoke-Pwsh imports the module in this variable.
        $manifest = $Module
        $before = $env:PSModulePath
        try {
            if ($ModulePath) { $env:PSModulePath = $ModulePath + [IO.Path]::PathSeparator + $before }
            (Invoke-Pwsh $Line) -join "`n"
        }
        finally {
            $env:PSModulePath = $before
        }
    }
}

Describe 'The device Cuda on a machine without CUDA' {
    It 'names the missing CUDA library, and what to install' -Skip:$notStaged {
        $text = Invoke-With $staged '' $embed
        $text | Should -BeLike 'ParameterError*'
        $text |
            Should -BeLike ('*the library libcublasLt.so.13 is not found. ONNX Runtime needs CUDA 13 (*) and cuDNN 9 (*' +
                'Use another device, or Auto, which takes the first that works.')
    }

    It 'says how to install the module if it is not installed' -Skip:$noCuda {
        Invoke-With "$alone/CodeEmbed.psd1" '' $embed |
            Should -BeLike ("ParameterError*the module CodeEmbed.Cuda.Linux $version is not installed: " +
                "run 'Install-PSResource CodeEmbed.Cuda.Linux -Version $version'*")
    }

    It 'refuses a module with a different version' -Skip:$noCuda {
        Invoke-With "$alone/CodeEmbed.psd1" (New-CudaModule 99.0.0) $embed |
            Should -BeLike ("ParameterError*the module CodeEmbed.Cuda.Linux in * has the version 99.0.0, " +
                "and CodeEmbed has $version. Both must have the same version*")
    }

    It 'finds a module with the same version in PSModulePath' -Skip:$notStaged {
        Invoke-With "$alone/CodeEmbed.psd1" (New-CudaModule $version) $embed |
            Should -BeLike 'ParameterError*libcublasLt.so.13 is not found*'
    }
}

Describe 'The device Auto on a machine without a GPU' {
    It 'uses the CPU with the library of the CUDA module, and says why, without a warning' -Skip:(
        $notStaged -or (Test-Path /dev/nvidiactl)
    ) {
        $text = Invoke-With $staged '' "
            `$e = 'x = 1' | ConvertTo-CodeEmbedding -Model `$tiny -Verbose -WarningVariable warnings 4>&1
            `"`$e warnings: `$(`$warnings.Count)`"
            Select-String -LiteralPath /proc/self/maps -Pattern 'libonnxruntime.so' | ForEach-Object Line"
        $text |
            Should -BeLike ('*Device Cpu: Cuda: this machine has no NVIDIA GPU, ' +
                'or the driver of its GPU is not loaded;*warnings: 0*')
        $text | Should -BeLike "*CodeEmbed.Cuda.Linux/$version/native/libonnxruntime.so*"
    }
}

Describe 'ONNX Runtime' {
    It 'stores no id and no database in the user''s cache' -Skip:$IsWindows {
        $cache = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'cache')
        $before = $env:XDG_CACHE_HOME, $env:HOME
        try {
            $env:XDG_CACHE_HOME = $env:HOME = $cache
            Invoke-With $staged '' "('x = 1' | ConvertTo-CodeEmbedding -Model `$tiny).Vector.Length" | Should -Be 64
        }
        finally {
            $env:XDG_CACHE_HOME, $env:HOME = $before
        }

        Get-ChildItem -Recurse -Force $cache | Where-Object FullName -Match 'onnxruntime|DeveloperTools' | Should -BeNullOrEmpty
    }
}

Describe 'The modules for CUDA' {
    It 'have manifests that PowerShell accepts' -Skip:$notStaged {
        $module = Test-ModuleManifest (Join-Path $stagedCuda "$version/CodeEmbed.Cuda.Linux.psd1") -ErrorAction Stop
        $module.Version | Should -Be $version
        $module.Tags | Should -Contain 'CUDA'
        $module.ExportedCommands.Count | Should -Be 0
    }
}
