#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'The module' {
    It 'exports its cmdlets and nothing else' {
        $module = Get-Module CodeEmbed

        $module.ExportedCommands.Keys | Sort-Object |
            Should -Be 'Compare-CodeEmbedding', 'ConvertTo-CodeEmbedding', 'Export-CodeEmbedding', 'Export-CodeEmbeddingMap',
                'Find-CodeDuplicate',
                'Find-CodeSnippet', 'Get-CodeEmbeddingModel', 'Get-CodeSnippet', 'Import-CodeEmbedding', 'Import-CodeSnippet',
                'Merge-CodeEmbedding', 'Remove-CodeEmbeddingModel', 'Save-CodeEmbeddingModel'
        $module.ExportedCommands.Values.CommandType | Select-Object -Unique | Should -Be 'Cmdlet'
    }

    It 'has a valid manifest, for PowerShell 7.6 and later' {
        $tested = Test-ModuleManifest $manifest

        $tested.Version.ToString() | Should -Be (Split-Path (Split-Path $manifest) -Leaf)
        $tested.PowerShellVersion | Should -Be '7.6'
        $tested.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'uses only approved verbs' {
        $verbs = (Get-Verb).Verb

        Get-Command -Module CodeEmbed | ForEach-Object { $verbs | Should -Contain $_.Verb }
    }

    It 'can be removed and imported again' {
        Remove-Module CodeEmbed
        Get-Command ConvertTo-CodeEmbedding -ErrorAction Ignore | Should -BeNullOrEmpty

        Import-Module $manifest

        Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Select-Object -First 1 |
            Should -Not -BeNullOrEmpty
    }

    It 'lets a running pipeline finish when it is removed' {
        try {
            $ids = @('x = 1') * 20 | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | ForEach-Object {
                Remove-Module CodeEmbed -ErrorAction Ignore
                $_.Snippet.Id
            }
        }
        finally {
            Import-Module $manifest
        }

        $ids | Should -Be (1..20)
    }

    It 'has the types that users refer to' {
        [CodeEmbed.CodeSnippet] | Should -Not -BeNullOrEmpty
        [CodeEmbed.CodeEmbedding] | Should -Not -BeNullOrEmpty
        [CodeEmbed.EmbeddingDevice]::Auto | Should -Be 'Auto'
    }

    It 'loads neither ONNX Runtime nor a model until one is used' {
        $lines = Invoke-Pwsh @'
            Import-CodeSnippet $sample | Out-Null
            [AppDomain]::CurrentDomain.GetAssemblies().Where({ $_.GetName().Name -match "Onnx|Tokenizers|Protobuf" }).Count
'@

        $lines | Should -Be '0'
    }

    It 'isolates its packages from other modules' {
        'x' | ConvertTo-CodeEmbedding $tiny | Out-Null

        $shared = [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies
        $shared.Where({ $_.GetName().Name -match 'OnnxRuntime|Tokenizers|Protobuf' }) | Should -BeNullOrEmpty
    }

    It 'writes nothing to a model''s folder' {
        $model = Join-Path $TestDrive 'model'
        Copy-Item $tiny $model -Recurse
        $before = Get-ChildItem $model | Sort-Object Name | Get-FileHash

        'x' | ConvertTo-CodeEmbedding -Model $model | Out-Null

        $after = Get-ChildItem $model | Sort-Object Name | Get-FileHash
        $after.Path | Should -Be $before.Path
        $after.Hash | Should -Be $before.Hash
    }

    It 'leaves nothing in the temporary folder' {
        Enter-NewFolder
        try {
            $lines = Invoke-Pwsh @'
                $env:TMPDIR = $env:TMP = (Get-Location).ProviderPath
                'x' | ConvertTo-CodeEmbedding $tiny | Measure-Object | ForEach-Object Count
                Split-Path ([System.IO.Path]::GetTempPath()) -Leaf
'@

            $lines | Should -Be '1', (Split-Path (Get-Location) -Leaf)
            Get-ChildItem -Filter 'codeembed-*' | Should -BeNullOrEmpty
        }
        finally {
            Pop-Location
        }
    }
}
