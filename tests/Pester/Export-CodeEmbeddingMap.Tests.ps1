#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # The data in a page, parsed as a browser does.
    function Read-Map([string] $Path) {
        $page = Get-Content -Raw -LiteralPath $Path
        $page -match '(?s)<script type="application/json" id="data">(.*?)</script>' | Should -BeTrue
        $Matches[1] | ConvertFrom-Json
    }
}

Describe 'Export-CodeEmbeddingMap' {
    BeforeEach {
        Enter-NewFolder
        Import-CodeSnippet $sample | Select-Object -First 5 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl
    }

    AfterEach {
        Pop-Location
    }

    It 'writes a page with a point for each embedding, and passes nothing on' {
        Export-CodeEmbeddingMap index.jsonl map.html | Should -BeNullOrEmpty

        $map = Read-Map map.html
        $map.points | Should -HaveCount 5
        $map.colorBy | Should -BeExactly 'language'
        $records = Read-Record index.jsonl
        $map.points.ForEach({ $_[5] }) | Should -Be $records.file_path
        $map.dimensions | Should -Be $records[0].vector.Count
        Get-ChildItem | ForEach-Object Name | Should -Be 'index.jsonl', 'index.jsonl.model.json', 'map.html'
    }

    It 'colours by folder with -ColorBy' {
        Export-CodeEmbeddingMap index.jsonl map.html -ColorBy Folder

        (Read-Map map.html).colorBy | Should -BeExactly 'folder'
    }

    It 'reads several files, compressed or not, and writes the same page each time' {
        Import-CodeEmbedding index.jsonl | Select-Object -First 2 | Export-CodeEmbedding a.jsonl.gz
        Import-CodeEmbedding index.jsonl | Select-Object -Last 3 | Export-CodeEmbedding b.jsonl.zst

        Export-CodeEmbeddingMap a.jsonl.gz, b.jsonl.zst parts.html
        Export-CodeEmbeddingMap -LiteralPath index.jsonl -Destination whole.html

        (Get-FileHash parts.html).Hash | Should -Be (Get-FileHash whole.html).Hash
    }

    It 'skips <what> if a pattern also matches it' -TestCases @(
        @{ What = 'the description of an index'; Setup = { } }
        @{ What = 'a folder'; Setup = { $null = New-Item -ItemType Directory index.d } }
        @{ What = 'its own page'; Setup = { Export-CodeEmbeddingMap index.jsonl index.html } }
        @{
            What = 'the records of a binary index'
            Setup = {
                $embeddings = Import-CodeEmbedding index.jsonl
                Remove-Item index.jsonl*
                $embeddings | Export-CodeEmbedding index.npy
            }
        }
    ) {
        param($Setup)
        & $Setup

        Export-CodeEmbeddingMap index* index.html -WarningVariable warnings

        (Read-Map index.html).points | Should -HaveCount 5
        $warnings | Should -BeNullOrEmpty
    }

    It 'reads a file that several paths name once' {
        Export-CodeEmbeddingMap index.jsonl, ./index.jsonl, *.jsonl map.html

        (Read-Map map.html).points | Should -HaveCount 5
    }

    It 'prevents code from ending its script' {
        $hostile = '</script><script>alert(1)</script>'
        [CodeEmbed.CodeSnippet]@{ Id = 'a'; FilePath = 'a.js'; Language = 'js'; Content = $hostile } |
            ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding hostile.jsonl

        Export-CodeEmbeddingMap hostile.jsonl map.html

        (Read-Map map.html).points[0][7] | Should -BeExactly $hostile
        Get-Content -Raw map.html | Should -Not -Match '<script>alert'
    }

    It 'creates a map without code from an index without code' {
        Import-CodeEmbedding index.jsonl | Export-CodeEmbedding bare.jsonl -ExcludeContent

        Export-CodeEmbeddingMap bare.jsonl map.html

        (Read-Map map.html).points | ForEach-Object { $_[7] | Should -BeNullOrEmpty }
    }

    It 'skips a bad record, with a warning that names its location' {
        Add-Content index.jsonl '{', (Get-RecordLine 7)

        Export-CodeEmbeddingMap index.jsonl map.html -WarningVariable warnings -WarningAction SilentlyContinue

        (Read-Map map.html).points | Should -HaveCount 5
        $warnings | Should -HaveCount 2
        "$($warnings[0])" | Should -BeLike '*index.jsonl:6:*'
        "$($warnings[1])" | Should -BeLike "*index.jsonl:7: the field 'vector' is missing*"
    }

    It 'names 10 bad records per file, and then says how many more there are' {
        Add-Content index.jsonl (@('{') * 12)

        Export-CodeEmbeddingMap index.jsonl map.html -WarningVariable warnings -WarningAction SilentlyContinue

        $warnings | Should -HaveCount 11
        "$($warnings[10])" | Should -BeLike '*has 2 more records that were left out*'
    }

    It 'ends with one error if no file holds embeddings' {
        Set-Content other.jsonl (@(Get-RecordLine 7) * 3)

        $failure = Get-Failure {
            Export-CodeEmbeddingMap other.jsonl map.html -WarningVariable +warnings -WarningAction SilentlyContinue
        }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
        "$failure" | Should -BeLike "*other.jsonl': it holds no embeddings. *other.jsonl:1: the field 'vector' is missing*"
        $warnings | Should -BeNullOrEmpty
        'map.html' | Should -Not -Exist
    }

    It 'warns once of a file without embeddings' {
        Set-Content other.jsonl (@(Get-RecordLine 7) * 3)

        Export-CodeEmbeddingMap other.jsonl, index.jsonl map.html -WarningVariable warnings -WarningAction SilentlyContinue

        (Read-Map map.html).points | Should -HaveCount 5
        $warnings | Should -HaveCount 1
        "$warnings" | Should -BeLike "'*other.jsonl' is left out: it holds no embeddings. *other.jsonl:1: *"
    }

    It 'refuses vectors from different models, and leaves the page unchanged' {
        Set-Content map.html 'old'
        Import-CodeSnippet $sample | Select-Object -First 1 | ConvertTo-CodeEmbedding -Model codeembed-mini |
            Export-CodeEmbedding other.jsonl

        $failure = Get-Failure { Export-CodeEmbeddingMap index.jsonl, other.jsonl map.html }

        $failure.FullyQualifiedErrorId | Should -BeLike 'IndexError,*'
        "$failure" | Should -BeLike '*other.jsonl*codeembed-mini*fingerprint*cannot be compared*'
        Get-Content map.html | Should -BeExactly 'old'
        'map.html.partial' | Should -Not -Exist
    }

    It 'changes nothing with -WhatIf' {
        Invoke-WithoutHost 'Export-CodeEmbeddingMap index.jsonl map.html -WhatIf'

        'map.html' | Should -Not -Exist
    }

    It 'replaces a page, but not with -NoClobber, nor a read-only one without -Force' {
        Set-Content map.html 'old'
        Get-FailureId { Export-CodeEmbeddingMap index.jsonl map.html -NoClobber } | Should -BeExactly 'FileWriteError'
        Set-ItemProperty map.html IsReadOnly $true
        Get-FailureId { Export-CodeEmbeddingMap index.jsonl map.html } | Should -BeExactly 'FileWriteError'
        Get-Content map.html | Should -BeExactly 'old'

        Export-CodeEmbeddingMap index.jsonl map.html -Force

        (Read-Map map.html).points | Should -HaveCount 5
        (Get-Item map.html).IsReadOnly | Should -BeTrue
    }

    It 'creates a missing folder only with -Force' {
        Get-FailureId { Export-CodeEmbeddingMap index.jsonl maps/map.html } | Should -BeExactly 'FileWriteError'

        Export-CodeEmbeddingMap index.jsonl maps/map.html -Force

        'maps/map.html' | Should -Exist
    }

    It 'says how to drop the partial file of a killed run' {
        Set-Content map.html.partial 'half'

        $failure = Get-Failure { Export-CodeEmbeddingMap index.jsonl map.html }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
        "$failure" | Should -BeLike '*Drop it with -Force.'
        "$failure" | Should -Not -BeLike '*-Resume*'
    }

    It 'does not write to a device' -Skip:$IsWindows {
        Get-FailureId { Export-CodeEmbeddingMap index.jsonl /dev/stdout } | Should -BeExactly 'FileWriteError'
    }

    It 'does not replace embeddings' {
        Import-CodeEmbedding index.jsonl | Export-CodeEmbedding other.jsonl
        $before = (Get-FileHash other.jsonl).Hash

        $failure = Get-Failure { Export-CodeEmbeddingMap index.jsonl other.jsonl }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
        "$failure" | Should -BeLike '*it holds embeddings*Name another file*'
        (Get-FileHash other.jsonl).Hash | Should -Be $before
    }

    It 'does not write to a file that it reads' {
        $before = (Get-FileHash index.jsonl).Hash

        Get-FailureId { Export-CodeEmbeddingMap index.jsonl ./index.jsonl } | Should -BeExactly 'FileWriteError'

        (Get-FileHash index.jsonl).Hash | Should -Be $before
    }

    It 'reports <what> as a FileReadError and writes no map' -TestCases @(
        @{ What = 'a missing file among several'; Index = 'index.jsonl', 'missing.jsonl' }
        @{ What = 'a pattern that matches nothing'; Index = 'missing*.jsonl' }
        @{ What = 'a pattern that matches only a description'; Index = 'index*.json' }
        @{ What = 'a folder'; Index = '.' }
        @{ What = 'a file without embeddings'; Index = 'empty.jsonl' }
    ) {
        param($Index)
        $null = New-Item empty.jsonl

        Get-FailureId { Export-CodeEmbeddingMap $Index map.html } | Should -BeExactly 'FileReadError'

        'map.html' | Should -Not -Exist
        'map.html.partial' | Should -Not -Exist
    }
}
