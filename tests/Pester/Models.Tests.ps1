#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
    $variables = @{ HF_HUB_CACHE = $env:HF_HUB_CACHE; HF_HUB_OFFLINE = $env:HF_HUB_OFFLINE }
    $env:HF_HUB_OFFLINE = '1'
}

AfterAll {
    foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
}

Describe 'Models from the Hub' {
    BeforeEach {
        Enter-NewFolder
        $env:HF_HUB_CACHE = New-HubCache (Join-Path (Get-Location).ProviderPath 'hub')
    }

    AfterEach { Pop-Location }

    It 'are the default, from the cache without network access' {
        $embedding = 'def f(): pass' | ConvertTo-CodeEmbedding
        $expected = 'def f(): pass' | ConvertTo-CodeEmbedding -Model $tiny

        $embedding.ModelName | Should -Be 'microsoft/codebert-base'
        Test-SameVector $embedding.Vector $expected.Vector | Should -BeTrue
    }

    It 'can be given with a revision' {
        ('x' | ConvertTo-CodeEmbedding -Model microsoft/codebert-base@main).ModelName | Should -Be 'microsoft/codebert-base'
        Get-FailureId { 'x' | ConvertTo-CodeEmbedding -Model microsoft/codebert-base@v2 } | Should -Be 'ModelLoadError'
    }

    It 'are listed with their properties' {
        $model = Get-CodeEmbeddingModel microsoft/*

        $model.Name | Should -Be 'microsoft/codebert-base'
        $model.Revisions | Should -Be 'main'
        $model.Architecture | Should -Be 'roberta'
        $model.Dimensions | Should -Be 64
        $model.MaxLength | Should -Be 512
        $model.IsComplete | Should -BeTrue
        $model.Size | Should -Be (Get-ChildItem -LiteralPath $model.Folder -File | Measure-Object Length -Sum).Sum
    }

    It 'are shown as a table' {
        Get-CodeEmbeddingModel | Out-String -Width 200 |
            Should -Match 'Name +Revision +Architecture +Dimensions +MaxLength +Size \(MB\) +Files'
    }

    It 'are saved to a plain folder' {
        Save-CodeEmbeddingModel -Destination model

        ('x' | ConvertTo-CodeEmbedding -Model ./model).ModelName | Should -Be 'model'
    }

    It 'are removed, but not with -WhatIf' {
        Invoke-WithoutHost 'Remove-CodeEmbeddingModel microsoft/codebert-base -WhatIf'
        Get-CodeEmbeddingModel microsoft/* | Should -HaveCount 1

        Get-CodeEmbeddingModel microsoft/* | Remove-CodeEmbeddingModel
        Get-CodeEmbeddingModel microsoft/* | Should -BeNullOrEmpty
    }

    It 'are completed by name' {
        $line = 'ConvertTo-CodeEmbedding -Model mic'
        (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches.CompletionText |
            Should -Contain 'microsoft/codebert-base'
    }

    It 'that do not exist cause a non-terminating error' {
        Get-CodeEmbeddingModel none/such -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem.FullyQualifiedErrorId | Should -BeLike 'ModelNotFoundError,*'
    }

    It 'whose names are not valid wildcard patterns cause the same error' {
        Get-CodeEmbeddingModel 'none/s[uch' -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem.FullyQualifiedErrorId | Should -BeLike 'ModelNotFoundError,*'
    }
}

Describe 'The vector computed from a model''s output' {
    It 'has the requested length: <arguments>' -ForEach @(
        @{ Arguments = @{ Pooling = 'Mean', 'Max' }; Length = 128 }
        @{ Arguments = @{ Dimensions = 16 }; Length = 16 }
        @{ Arguments = @{ Pooling = 'Cls'; Dimensions = 32 }; Length = 32 }
    ) {
        $vector = ('x = 1' | ConvertTo-CodeEmbedding -Model $tiny @arguments).Vector

        $vector.Length | Should -Be $length
        [Math]::Abs(($vector | ForEach-Object { [double]$_ * $_ } | Measure-Object -Sum).Sum - 1) | Should -BeLessThan 1e-6
    }

    It 'depends on the prompt' {
        $prompted = 'x = 1' | ConvertTo-CodeEmbedding -Model $tiny -Prompt 'query: '
        $whole = 'query: x = 1' | ConvertTo-CodeEmbedding -Model $tiny

        Test-SameVector $prompted.Vector $whole.Vector | Should -BeTrue
        $prompted.Snippet.Content | Should -Be 'x = 1'
    }
}
