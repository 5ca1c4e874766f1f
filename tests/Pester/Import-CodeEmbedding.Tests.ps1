#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'Import-CodeEmbedding' {
    BeforeEach {
        Enter-NewFolder
        $before = Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl -PassThru
    }

    AfterEach { Pop-Location }

    It 'reads back the written value: <property>' -TestCases @(
        'ModelName', 'Precision', 'Normalized', 'TokenCount', 'TruncatedTokens', 'Fingerprint' |
            ForEach-Object { @{ Property = $_ } }
    ) {
        param($Property)
        $after = Import-CodeEmbedding out.jsonl

        $after | ForEach-Object { $_ | Should -BeOfType CodeEmbed.CodeEmbedding }
        $after.$Property | Should -Be $before.$Property
    }

    It 'reads back bitwise identical vectors' {
        $after = Import-CodeEmbedding out.jsonl

        $after | Should -HaveCount 3
        for ($i = 0; $i -lt 3; $i++) {
            Test-SameVector $after[$i].Vector $before[$i].Vector | Should -BeTrue
        }
    }

    It 'reads back the snippets' {
        $after = Import-CodeEmbedding out.jsonl

        $after.Snippet.Id | Should -Be '1', '2', '3'
        $after.Snippet.Content | Should -BeExactly (Get-FixtureText 3)
        $after.Snippet.Source.Line | Should -Be 1, 2, 3
    }

    It 'returns embeddings that are written as the same file again<case>' -TestCases @(
        @{ Case = ''; Arguments = @{} }
        @{ Case = ', also without the content'; Arguments = @{ ExcludeContent = $true } }
    ) {
        param($Arguments)
        $before | Export-CodeEmbedding first.jsonl @Arguments

        Import-CodeEmbedding first.jsonl | Export-CodeEmbedding second.jsonl

        (Get-FileHash second.jsonl).Hash | Should -Be (Get-FileHash first.jsonl).Hash
    }

    It 'has no content if it was left out' {
        $before | Export-CodeEmbedding short.jsonl -ExcludeContent

        $after = Import-CodeEmbedding short.jsonl

        $after.Snippet.Id | Should -Be '1', '2', '3'
        $after.Snippet.Content | ForEach-Object { $_ | Should -BeNullOrEmpty }
    }

    It 'accepts paths, wildcards, literal paths, files from Get-ChildItem, and gzip' {
        Copy-Item out.jsonl 'other[1].jsonl'
        $before | Export-CodeEmbedding compressed.jsonl.gz

        Import-CodeEmbedding out.jsonl, compressed.jsonl.gz | Should -HaveCount 6
        Import-CodeEmbedding -Path *.jsonl | Should -HaveCount 6
        Import-CodeEmbedding -LiteralPath 'other[1].jsonl' | Should -HaveCount 3
        Get-ChildItem | Import-CodeEmbedding | Should -HaveCount 9
        'out.jsonl' | Import-CodeEmbedding | Should -HaveCount 3
    }

    It 'stops at a record that was not embedded, and names the field' {
        Add-Content out.jsonl (Get-RecordLine 4)

        $failure = Get-Failure { Import-CodeEmbedding out.jsonl }

        $failure.FullyQualifiedErrorId | Should -BeLike 'ValidationError,*'
        "$failure" | Should -BeLike "*out.jsonl:4: the field 'vector' is missing*"
    }

    It 'skips bad records with -SkipInvalid, each with an error' {
        Add-Content out.jsonl '{', (Get-RecordLine 5)

        $after = Import-CodeEmbedding out.jsonl -SkipInvalid -ErrorVariable skipped -ErrorAction SilentlyContinue

        $after.Snippet.Id | Should -Be '1', '2', '3'
        $skipped.FullyQualifiedErrorId.ForEach({ $_.Split(',')[0] }) | Should -Be 'InvalidInputError', 'ValidationError'
        $skipped.TargetObject.Line | Should -Be 4, 5
    }

    It 'refuses <what>' -TestCases @(
        @{ What = 'a vector that holds a string'; Pattern = '"vector":\[[^,]*,'; Replacement = '"vector":["x",' }
        @{ What = 'a number too large for a float32'; Pattern = '"vector":\[[^,]*,'; Replacement = '"vector":[1e40,' }
        @{ What = 'another precision'; Pattern = '"float32"'; Replacement = '"float128"' }
        @{ What = 'a token count below 0'; Pattern = '"token_count":\d+'; Replacement = '"token_count":-1' }
    ) {
        param($Pattern, $Replacement)
        (Get-Content out.jsonl -TotalCount 1) -replace $Pattern, $Replacement | Set-Content bad.jsonl

        Get-FailureId { Import-CodeEmbedding bad.jsonl } | Should -BeExactly 'ValidationError'
    }

    It 'reports a missing file among several as a non-terminating error' {
        $after = Import-CodeEmbedding missing.jsonl, out.jsonl -ErrorVariable missing -ErrorAction SilentlyContinue

        $after | Should -HaveCount 3
        $missing.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
    }
}
