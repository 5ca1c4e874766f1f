#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $manifest = Get-ChildItem (Join-Path $root 'out/CodeEmbed/*/CodeEmbed.psd1') |
        Sort-Object { [version]$_.Directory.Name } -Descending | Select-Object -First 1
    if (-not $manifest) {
        throw "The module is not staged. Run 'dotnet build -c Release' first."
    }

    $data = Import-PowerShellDataFile $manifest.FullName
}

Describe 'The staged manifest' {
    It 'is accepted by PowerShell' {
        (Test-ModuleManifest $manifest.FullName -ErrorAction Stop).Version | Should -Be $manifest.Directory.Name
    }
}

Describe 'A second copy of the module in a session' {
    BeforeAll {
        $copy = Join-Path $TestDrive 'CodeEmbed'
        New-Item $copy -ItemType Directory | Out-Null
        Get-ChildItem $manifest.Directory -File | Copy-Item -Destination $copy
        $program = (Get-Process -Id $PID).Path
        [string[]] $runtime = if ((Split-Path $program -LeafBase) -eq 'dotnet') { @(Join-Path $PSHOME 'pwsh.dll') } else { @() }
        $result = & $program @runtime -NoProfile -NonInteractive -Command "
            Import-Module '$($manifest.FullName)'
            try { Import-Module '$copy' } catch { `$problem = `$_ }
            [ordered]@{
                ErrorId = `$problem.FullyQualifiedErrorId
                Message = `$problem.Exception.Message
                Modules = @((Get-Module CodeEmbed).ModuleBase)
                Cmdlets = @((Get-Command Import-CodeSnippet -All).DLL)
                Vector  = ('x = 1' | ConvertTo-CodeEmbedding -Model codeembed-mini).Vector.Length
            } | ConvertTo-Json" | ConvertFrom-Json
    }

    It 'is refused with an error that names the first copy' {
        $result.ErrorId | Should -BeLike 'ModuleVersionError,*'
        $result.Message | Should -BeLike "*CodeEmbed $($data.ModuleVersion)*'$($manifest.Directory.FullName)'*new session*"
    }

    It 'leaves nothing behind' {
        $result.Modules | Should -Be $manifest.Directory.FullName
        $result.Cmdlets | Should -Be (Join-Path $manifest.Directory 'CodeEmbed.PowerShell.dll')
    }

    It 'leaves the first copy working' {
        $result.Vector | Should -Be 256
    }
}
