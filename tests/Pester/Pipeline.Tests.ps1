#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $manifest = Get-ChildItem (Join-Path $root 'out/CodeEmbed/*/CodeEmbed.psd1') |
        Sort-Object { [version]$_.Directory.Name } -Descending | Select-Object -First 1
    if (-not $manifest) {
        throw "The module is not staged. Run 'dotnet build -c Release' first."
    }

    Import-Module $manifest.FullName -Force
    $sample = Join-Path $root 'samples/snippets.jsonl'

    function Write-Record([string] $Path, [int] $Count) {
        $lines = foreach ($number in 1..$Count) {
            ConvertTo-Json -Compress @{ id = "$number"; file_path = 'a.py'; language = 'python'; content = "x = $number" }
        }
        Set-Content -LiteralPath $Path -Value $lines
    }
}

Describe 'The pipeline' {
    It 'embeds the sample with the bundled model' {
        $out = Join-Path $TestDrive 'out.jsonl'

        Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding $out

        $records = Get-Content $out | ConvertFrom-Json
        $records.id | Should -Be (Get-Content $sample | ConvertFrom-Json).id
        $records[0].vector.Count | Should -Be 256
        $records.model_name | Select-Object -Unique | Should -Be 'codeembed-mini'
    }

    It 'gives vectors of length 1' {
        $embedding = Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Select-Object -First 1

        [Math]::Abs(($embedding.Vector | ForEach-Object { [double]$_ * $_ } | Measure-Object -Sum).Sum - 1) | Should -BeLessThan 1e-6
    }

    It 'gives a snippet the same vector whatever the batch size is' -ForEach 1, 2, 64 {
        $expected = @(Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini)
        $actual = @(Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize $_)

        for ($i = 0; $i -lt $expected.Count; $i++) {
            [System.Linq.Enumerable]::SequenceEqual($actual[$i].Vector, $expected[$i].Vector) | Should -BeTrue
        }
    }

    It 'takes files from Get-ChildItem by their names, and gzip' {
        Write-Record (Join-Path $TestDrive 'plain.jsonl') 2
        $packed = Join-Path $TestDrive 'packed.jsonl.gz'
        $stream = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create($packed), [System.IO.Compression.CompressionMode]::Compress)
        $bytes = [System.IO.File]::ReadAllBytes((Join-Path $TestDrive 'plain.jsonl'))
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Dispose()

        (Get-ChildItem $TestDrive -Filter 'p*.jsonl*').FullName | Import-CodeSnippet | ForEach-Object Id | Should -Be '1', '2', '1', '2'
    }

    It 'gives an empty output for an empty input' {
        $in = New-Item -Path $TestDrive -Name 'empty.jsonl' -ItemType File
        $out = Join-Path $TestDrive 'empty-out.jsonl'

        Import-CodeSnippet $in.FullName | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding $out

        (Get-Item $out).Length | Should -Be 0
    }

    It 'ends soon when the consumer has enough' {
        $first = 1..100000 |
            ForEach-Object { [CodeEmbed.CodeSnippet]@{ Id = "$_"; FilePath = ''; Language = ''; Content = 'x = 1' } } |
            ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 1 | Select-Object -First 1

        $first.Snippet.Id | Should -Be '1'
    }

    It 'runs in several runspaces at once' {
        $counts = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:manifest.FullName
            (Import-CodeSnippet $using:sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Measure-Object).Count
        }

        $counts | Should -Be (@((Get-Content $sample).Count) * 4)
    }
}

Describe 'Errors' {
    BeforeEach {
        $out = Join-Path $TestDrive 'kept.jsonl'
        Set-Content -LiteralPath $out -Value 'what was there before'
    }

    It '<errorId> for <case>' -ForEach @(
        @{ Case = 'bad JSON'; Line = '{'; ErrorId = 'InvalidInputError' }
        @{ Case = 'a missing field'; Line = '{"id":"1","file_path":"","language":""}'; ErrorId = 'ValidationError' }
    ) {
        $in = Join-Path $TestDrive 'bad.jsonl'
        Set-Content -LiteralPath $in -Value $line

        { Import-CodeSnippet $in | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding $out } |
            Should -Throw -ErrorId "$errorId,*" -ExpectedMessage "*bad.jsonl:1: *kept.jsonl.partial*"

        Get-Content $out | Should -Be 'what was there before'
    }

    It 'ModelLoadError for a model that is not there' {
        { Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model ./no-such-model | Export-CodeEmbedding $out } |
            Should -Throw -ErrorId 'ModelLoadError,*' -ExpectedMessage "*'codeembed-mini'*"

        Get-Content $out | Should -Be 'what was there before'
    }

    It 'FileReadError for a file that is not there' {
        { Import-CodeSnippet ./no-such-file.jsonl } | Should -Throw -ErrorId 'FileReadError,*'
    }

    It 'FileWriteError for a folder that is not there' {
        { Import-CodeSnippet $sample | Export-CodeEmbedding (Join-Path $TestDrive 'no/such/out.jsonl') } | Should -Throw -ErrorId 'FileWriteError,*'
    }
}

Describe 'The module' {
    It 'exports its cmdlets and nothing else' {
        (Get-Module CodeEmbed).ExportedCommands.Keys | Sort-Object | Should -Be 'ConvertTo-CodeEmbedding', 'Export-CodeEmbedding', 'Import-CodeSnippet'
    }

    It 'can be removed and imported again' {
        Remove-Module CodeEmbed
        Import-Module $manifest.FullName

        Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Select-Object -First 1 | Should -Not -BeNullOrEmpty
    }
}

Describe 'Input of other kinds' {
    It 'takes files from Get-ChildItem' {
        Write-Record (Join-Path $TestDrive 'listed[1].jsonl') 2

        Get-ChildItem -LiteralPath $TestDrive -Filter 'listed*.jsonl' | Import-CodeSnippet | ForEach-Object Id | Should -Be '1', '2'
    }

    It 'takes objects from ConvertFrom-Json' {
        $embeddings = Get-Content $sample -TotalCount 2 | ConvertFrom-Json | ConvertTo-CodeEmbedding -Model codeembed-mini
        $expected = Import-CodeSnippet $sample | Select-Object -First 2 | ConvertTo-CodeEmbedding -Model codeembed-mini

        [System.Linq.Enumerable]::SequenceEqual($embeddings[1].Vector, $expected[1].Vector) | Should -BeTrue
    }

    It 'takes objects from Import-Csv' {
        $csv = Join-Path $TestDrive 'in.csv'
        Set-Content -LiteralPath $csv -Value 'Id,FilePath,Language,Content', 'a,f.py,python,x = 1'

        (Import-Csv $csv | ConvertTo-CodeEmbedding -Model codeembed-mini).Snippet.FilePath | Should -Be 'f.py'
    }

    It 'takes strings' {
        ('x = 1', 'x = 2' | ConvertTo-CodeEmbedding -Model codeembed-mini).Snippet.Id | Should -Be '1', '2'
    }

    It 'skips bad records on demand' {
        $in = Join-Path $TestDrive 'mixed.jsonl'
        Write-Record $in 2
        Add-Content -LiteralPath $in -Value '{'

        $ids = Import-CodeSnippet $in -SkipInvalid -ErrorVariable skipped -ErrorAction SilentlyContinue | ForEach-Object Id

        $ids | Should -Be '1', '2'
        $skipped.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
    }
}

Describe 'Views' {
    It 'shows embeddings as a table without their numbers' {
        $text = Import-CodeSnippet $sample | ConvertTo-CodeEmbedding -Model codeembed-mini | Select-Object -First 2 | Out-String -Width 200

        $text | Should -Match 'Id +Language +FilePath +Tokens +Dimensions +Model'
        $text | Should -Not -Match '0\.\d{4}'
    }
}
