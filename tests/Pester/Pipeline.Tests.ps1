#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'The pipeline' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    It 'embeds the sample with the bundled model' {
        Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding out.jsonl

        $records = Read-Record out.jsonl
        $records.id | Should -Be (Read-Record $sample).id
        $records.ForEach({ $_.vector.Count }) | Select-Object -Unique | Should -Be 256
        $records.model_name | Select-Object -Unique | Should -Be 'codeembed-mini'
    }

    It 'writes the input properties before the computed ones' {
        $in = '{"id":"a","stars":12.50,"file_path":"é.py","language":"python","content":"print(\"日本\")",' +
            '"metadata":{"b":[1,{"c":null}],"a":1E400}'
        Set-Content in.jsonl ($in + '}')

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

        Get-Content out.jsonl | Should -BeLike ([WildcardPattern]::Escape($in) + ',"vector":`[*')
    }

    It 'accepts an output as an input, and produces the same output' {
        Import-CodeSnippet $sample | ConvertTo-CodeEmbedding $tiny -WarningAction SilentlyContinue |
            Export-CodeEmbedding first.jsonl
        Import-CodeSnippet first.jsonl | ConvertTo-CodeEmbedding $tiny -WarningAction SilentlyContinue |
            Export-CodeEmbedding second.jsonl

        (Get-FileHash second.jsonl).Hash | Should -Be (Get-FileHash first.jsonl).Hash
    }

    It 'does not replace its own input' {
        Write-Record in.jsonl 1, 2
        $before = (Get-FileHash in.jsonl).Hash

        $failure = Get-Failure { Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding in.jsonl }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
        (Get-FileHash in.jsonl).Hash | Should -Be $before
    }

    It 'embeds the embeddings of an output again' {
        Write-Record in.jsonl 1, 2
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding first.jsonl

        (Import-CodeEmbedding first.jsonl).Snippet | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding second.jsonl

        (Get-FileHash second.jsonl).Hash | Should -Be (Get-FileHash first.jsonl).Hash
    }

    It 'leaves the output unchanged if a script <case> ends the pipeline' -TestCases @(
        @{
            Case = 'before the embedding'
            Script = { & { 'x'; throw 'enough' } | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl }
        }
        @{
            Case = 'before the writing'
            Script = {
                'x', 'y' | ConvertTo-CodeEmbedding $tiny | ForEach-Object { $_; throw 'enough' } | Export-CodeEmbedding out.jsonl
            }
        }
        @{
            Case = 'after the writing'
            Script = {
                'x', 'y' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl -PassThru |
                    ForEach-Object { throw 'enough' }
            }
        }
    ) {
        param($Script)
        Set-Content out.jsonl 'before'

        "$(Get-Failure $Script)" | Should -Be 'enough'

        Get-Content out.jsonl | Should -Be 'before'
    }

    It 'writes an empty output for an empty input' {
        New-Item in.jsonl -ItemType File

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

        (Get-Item out.jsonl).Length | Should -Be 0
    }

    It 'combines several embedded files into one' {
        Write-Record a.jsonl 1, 2
        Write-Record b.jsonl 3

        Get-ChildItem ?.jsonl | Sort-Object Name | Import-CodeSnippet | ConvertTo-CodeEmbedding $tiny |
            Export-CodeEmbedding out.jsonl.gz

        (Read-Gzip out.jsonl.gz).TrimEnd("`n").Split("`n") | ConvertFrom-Json | ForEach-Object id | Should -Be '1', '2', '3'
    }

    It 'runs in a separate pipeline for each file' {
        Write-Record a.jsonl 1, 2
        Write-Record b.jsonl 3

        Get-ChildItem ?.jsonl | ForEach-Object {
            $_ | Import-CodeSnippet | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding ($_.BaseName + '.out.jsonl')
        }

        (Read-Record a.out.jsonl).id | Should -Be '1', '2'
        (Read-Record b.out.jsonl).id | Should -Be '3'
    }

    It 'lets embeddings be sorted, filtered and grouped as objects' {
        $embeddings = Import-CodeSnippet $sample | ConvertTo-CodeEmbedding $tiny -WarningAction SilentlyContinue

        $expected = Read-Record $sample | Group-Object language | Sort-Object Name
        $groups = $embeddings | Group-Object { $_.Snippet.Language } | Sort-Object Name
        $groups.Name | Should -Be $expected.Name
        $groups.Count | Should -Be $expected.Count
    }
}
