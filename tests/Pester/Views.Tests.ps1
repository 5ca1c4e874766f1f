#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # The lines of a view on a wide screen, without colors.
    function Get-ViewLine {
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
        try {
            ($input | Out-String -Width 200).Split([char[]]"`r`n", [StringSplitOptions]::RemoveEmptyEntries)
        }
        finally {
            $PSStyle.OutputRendering = $rendering
        }
    }

    function Split-Column([string] $Line) {
        $Line.Split(' ', [StringSplitOptions]::RemoveEmptyEntries)
    }
}

Describe 'Views' {
    Context 'of embeddings' {
        BeforeAll {
            $embeddings = Import-CodeSnippet $sample | Select-Object -First 3 | ConvertTo-CodeEmbedding -Model codeembed-mini
            $records = Get-Content $sample -TotalCount 3 | ConvertFrom-Json
        }

        It 'are a table with the source and the model' {
            $lines = $embeddings | Get-ViewLine

            Split-Column $lines[0] | Should -Be 'Id', 'Language', 'FilePath', 'Tokens', 'Dimensions', 'Model'
            $lines | Should -HaveCount 5
            for ($i = 0; $i -lt 3; $i++) {
                # A path that is longer than its column keeps its end.
                $path = $records[$i].file_path -replace '^.*(?=.{17}$)(?<=..)', '…'
                Split-Column $lines[2 + $i] |
                    Should -Be $records[$i].id, $records[$i].language, $path, "$($embeddings[$i].TokenCount)", '256',
                        'codeembed-mini'
            }
        }

        It 'are a complete list with Format-List' {
            $lines = $embeddings | Select-Object -First 1 | Format-List | Get-ViewLine

            $lines.ForEach({ $_.Split(':')[0].Trim() }) |
                Should -Be 'Id', 'Language', 'FilePath', 'TokenCount', 'TruncatedTokens', 'Dimensions',
                'ModelName', 'Precision', 'Normalized', 'Fingerprint'
            ($lines -like 'Dimensions*') | Should -BeLike '*: 256'
        }

        It 'never show a number of the vector: <view>' -TestCases @(
            @{ View = 'by themselves'; Format = { $input } }
            @{ View = 'Format-Table'; Format = { $input | Format-Table } }
            @{ View = 'Format-List'; Format = { $input | Format-List } }
            @{ View = 'Format-Wide'; Format = { $input | Format-Wide } }
            @{ View = 'as text'; Format = { "$input" } }
        ) {
            param($Format)
            $text = ($embeddings | & $Format | Get-ViewLine) -join "`n"

            $text | Should -Not -BeNullOrEmpty
            $text | Should -Not -Match '\d[.,]\d{3}|E-\d'
        }

        It 'fit a narrow screen' {
            $lines = ($embeddings | Out-String -Width 60).Split([char[]]"`r`n", [StringSplitOptions]::RemoveEmptyEntries)

            ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 60
        }

        It 'show all columns at a width of 80, however long the names are' {
            $long = [CodeEmbed.CodeEmbedding]@{
                Snippet = [CodeEmbed.CodeSnippet]@{
                    Id = 'src/Embedding/Reader.cs::Reader.ReadAll'; FilePath = '/home/someone/src/Embedding/Reader.cs'
                    Language = 'typescript'; Content = ''
                }
                Vector = [float[]]::new(1024); ModelName = 'sentence-transformers/all-MiniLM-L6-v2'; TokenCount = 512
                Fingerprint = 'f'
            }
            $lines = ($long | Out-String -Width 80).Split([char[]]"`r`n", [StringSplitOptions]::RemoveEmptyEntries)

            $lines | Should -HaveCount 3
            Split-Column $lines[0] | Should -Be 'Id', 'Language', 'FilePath', 'Tokens', 'Dimensions', 'Model'
            $lines[2] | Should -Match '^src/Embedding.* typescript .*Reader\.cs +512 +1024 .*L6-v2$'
        }

        It 'show no number of the vector after an object of another type' {
            $text = & { Get-Item $sample; $embeddings[0] } | Out-String

            $text | Should -Match 'Dimensions\s+: .*256'
            $text | Should -Not -Match 'Vector'
        }

        It 'show the properties for grouping, filtering and sorting' {
            ($embeddings | Group-Object Language).Name | Sort-Object | Should -Be ($records.language | Sort-Object -Unique)
            ($embeddings | Where-Object Id -EQ $records[1].id).FilePath | Should -BeExactly $records[1].file_path
            ($embeddings | Sort-Object FilePath).Id | Should -Be ($records | Sort-Object file_path).id
            $embeddings.Tokens | Should -Be $embeddings.TokenCount
            $embeddings.Dimensions | Select-Object -Unique | Should -Be 256
            $embeddings.Model | Select-Object -Unique | Should -Be 'codeembed-mini'
        }

        It 'are the same for imported embeddings' {
            $file = Join-Path $TestDrive 'out.jsonl'
            $embeddings | Export-CodeEmbedding $file

            Import-CodeEmbedding $file | Get-ViewLine | Should -Be ($embeddings | Get-ViewLine)
        }

        It 'show an embedding''s id in a string' {
            "$($embeddings[0])" | Should -BeExactly $records[0].id
        }
    }

    Context 'of text from records' {
        BeforeAll {
            $snippet = [CodeEmbed.CodeSnippet]@{
                Id = "i$([char]27)[2J"; FilePath = "a$([char]0x202e).py"; Language = "l$([char]7)"; Content = 'x = 1'
            }
        }

        It 'escape control characters: <view>' -TestCases @(
            @{ View = 'snippets'; Make = { $snippet } }
            @{ View = 'embeddings'; Make = { $snippet | ConvertTo-CodeEmbedding $tiny } }
            @{ View = 'embeddings as a list'; Make = { $snippet | ConvertTo-CodeEmbedding $tiny | Format-List } }
        ) {
            param($Make)
            $shown = (& $Make | Get-ViewLine) -join "`n"

            $shown | Should -Match 'i\\u001b\[2J'
            $shown | Should -Match 'a\\u202e\.py'
            $shown | Should -Match 'l\\u0007'
            $shown | Should -Not -Match '[\x00-\x09\x0b-\x1f\u202e]'
        }
    }

    Context 'of snippets' {
        It 'are a table of their locations, without their code' {
            $lines = Import-CodeSnippet $sample | Get-ViewLine

            $records = Get-Content $sample | ConvertFrom-Json
            Split-Column $lines[0] | Should -Be 'Id', 'Language', 'FilePath', 'Characters'
            $lines | Should -HaveCount (2 + $records.Count)
            Split-Column $lines[2] |
                Should -Be $records[0].id, $records[0].language, $records[0].file_path, "$($records[0].content.Length)"
        }

        It 'show a snippet''s id in a string' {
            "$(Import-CodeSnippet $sample | Select-Object -First 1)" |
                Should -BeExactly (Get-Content $sample -TotalCount 1 | ConvertFrom-Json).id
        }
    }

    Context 'of batch records' {
        BeforeAll {
            'x', 'x', 'x' | ConvertTo-CodeEmbedding $tiny -BatchSize 2 -InformationVariable records -InformationAction Ignore |
                Out-Null
        }

        It 'are a table' {
            $lines = $records.MessageData | Get-ViewLine

            # <s>, x and </s> are three tokens.
            Split-Column $lines[0] | Should -Be 'Batch', 'Snippets', 'Tokens', 'Seconds'
            $lines[2] | Should -Match '^ +1 +2 +6 +\d+[.,]\d{3} *$'
            $lines[3] | Should -Match '^ +2 +1 +3 +\d+[.,]\d{3} *$'
        }

        It 'show each as one line in the information stream' {
            $records | Get-ViewLine | Should -HaveCount 2
        }
    }
}
