#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'Import-CodeSnippet' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'which files it reads' {
        It 'takes a path by position and by name' {
            Write-Record in.jsonl 1, 2

            (Import-CodeSnippet in.jsonl).Id | Should -Be '1', '2'
            (Import-CodeSnippet -Path in.jsonl).Id | Should -Be '1', '2'
        }

        It 'takes several paths, in their order' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            (Import-CodeSnippet b.jsonl, a.jsonl).Id | Should -Be 'b', 'a'
        }

        It 'takes wildcards' {
            Write-Record a1.jsonl 1
            Write-Record a2.jsonl 2
            Write-Record b1.jsonl 3

            (Import-CodeSnippet a*.jsonl).Id | Sort-Object | Should -Be '1', '2'
            (Import-CodeSnippet '[ab]1.jsonl').Id | Sort-Object | Should -Be '1', '3'
        }

        It 'takes paths from the pipeline' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            ('b.jsonl', 'a.jsonl' | Import-CodeSnippet).Id | Should -Be 'b', 'a'
        }

        It 'takes files from Get-ChildItem, whatever their names are' {
            Write-Record 'in[1].jsonl' 1
            Write-Record 'in 2.jsonl' 2

            (Get-ChildItem *.jsonl | Sort-Object Name -Descending | Import-CodeSnippet).Id | Should -Be '1', '2'
        }

        It 'takes a literal path by the name <name>' -TestCases @(
            @{ Name = 'LiteralPath' }, @{ Name = 'PSPath' }, @{ Name = 'LP' }
        ) {
            param($Name)
            Write-Record 'in[1].jsonl' 1
            Write-Record in1.jsonl other
            $arguments = @{ $Name = 'in[1].jsonl' }

            (Import-CodeSnippet @arguments).Id | Should -Be '1'
            ([pscustomobject]$arguments | Import-CodeSnippet).Id | Should -Be '1'
        }

        It 'takes paths of PowerShell drives' {
            Write-Record in.jsonl 1
            New-PSDrive -Name CodeEmbedTests -PSProvider FileSystem -Root (Get-Location).ProviderPath | Out-Null

            try {
                (Import-CodeSnippet CodeEmbedTests:/in.jsonl).Id | Should -Be '1'
            }
            finally {
                Remove-PSDrive CodeEmbedTests
            }
        }

        It 'refuses -Path and -LiteralPath together' {
            Get-FailureId { Import-CodeSnippet -Path a -LiteralPath b } | Should -BeExactly 'AmbiguousParameterSet'
        }

        It 'decompresses a file whose name ends in .gz' {
            Write-Gzip in.jsonl.gz ((Get-RecordLine 1), (Get-RecordLine 2) -join "`n")
            Write-Gzip in.GZ (Get-RecordLine 3)

            (Import-CodeSnippet in.jsonl.gz, in.GZ).Id | Should -Be '1', '2', '3'
        }

        It 'reads a gzip file of several parts to its end' {
            Write-Gzip 1.gz ((Get-RecordLine 1) + "`n")
            Write-Gzip 2.gz (Get-RecordLine 2)
            [byte[]] $both = (Get-Content 1.gz -AsByteStream -Raw) + (Get-Content 2.gz -AsByteStream -Raw)
            Set-Content both.gz $both -AsByteStream

            (Import-CodeSnippet both.gz).Id | Should -Be '1', '2'
        }
    }

    Context 'compressed by Zstandard' {
        BeforeAll {
            $inputs = Join-Path $fixtures 'inputs'
        }

        It 'decompresses a file whose name ends in .zst' {
            Copy-Item (Join-Path $inputs 'ok.jsonl.zst') in.ZST

            (Import-CodeSnippet in.ZST, (Join-Path $inputs 'frames.jsonl.zst')).Id | Should -Be 'r0', 'r1', 'r2', 'r0', 'r1', 'r2'
        }

        It 'says where a torn file ends, and passes on what is before it' {
            [byte[]] $bytes = Get-Content (Join-Path $inputs 'frames.jsonl.zst') -AsByteStream -Raw
            Set-Content cut.jsonl.zst $bytes[0..($bytes.Length - 20)] -AsByteStream
            $ids = [System.Collections.Generic.List[string]]::new()

            $failure = Get-Failure { Import-CodeSnippet cut.jsonl.zst -SkipInvalid | ForEach-Object { $ids.Add($_.Id) } }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
            "$failure" | Should -BeLike '*cut.jsonl.zst:2: the Zstandard data is damaged or cut short.'
            $ids | Should -Be 'r0'
        }

        It 'loads nothing for it before such a file comes' {
            Write-Record in.jsonl 1
            Copy-Item (Join-Path $inputs 'ok.jsonl.zst') in.zst
            $folder = (Get-Location).ProviderPath
            $loaded = '; @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -like "*Zst*" }).Count'

            Invoke-Pwsh "Set-Location '$folder'; `$null = Import-CodeSnippet in.jsonl$loaded" | Should -Be '0'
            Invoke-Pwsh "Set-Location '$folder'; `$null = Import-CodeSnippet in.zst$loaded" | Should -Be '2'
        }
    }

    Context 'a JSON array' {
        It 'is read as lines are, whatever it is called and however it is laid out: <case>' -TestCases @(
            @{ Case = 'one line'; Name = 'in.json'; Compress = $true }
            @{ Case = 'pretty'; Name = 'in.jsonl'; Compress = $false }
        ) {
            param($Name, $Compress)
            $records = foreach ($id in 1..3) { Get-RecordLine $id | ConvertFrom-Json }
            ConvertTo-Json $records -Compress:$Compress | Set-Content $Name -Encoding utf8BOM

            $snippets = Import-CodeSnippet $Name

            $snippets.Id | Should -Be '1', '2', '3'
            $snippets.Source.Element | Should -Be 1, 2, 3
        }

        It 'skips bad elements, and keeps them aside with their places' {
            Set-Content in.json "[$(Get-RecordLine 1),", '{"id":"2"},', "$(Get-RecordLine 3)]"

            $ids = (Import-CodeSnippet in.json -SkipInvalid -RejectPath bad.jsonl -ErrorVariable bad -ErrorAction Ignore).Id

            $ids | Should -Be '1', '3'
            $rejected = Read-Record bad.jsonl
            $rejected.line, $rejected.element, $rejected.record | Should -Be 2, 2, '{"id":"2"}'
            $rejected.reason | Should -BeLike '*in.json:2: element 2: the field ''file_path'' is missing.'
        }

        It 'is embedded up to where it is torn' {
            Set-Content in.json "[$((1..30 | ForEach-Object { Get-RecordLine $_ }) -join ",`n"),", '{"id":"31'

            $failure = Get-Failure {
                Import-CodeSnippet in.json -SkipInvalid | ConvertTo-CodeEmbedding $tiny -BatchSize 1 |
                    Export-CodeEmbedding out.jsonl
            }

            "$failure" | Should -BeLike '*in.json:32: the file ends inside element 31, which starts in line 31*out.jsonl.partial*'
            (Read-Record out.jsonl.partial)[0].id | Should -Be '1'
        }

        It 'is continued with -Resume where its run was interrupted' {
            ConvertTo-Json (1..30 | ForEach-Object { Get-RecordLine $_ | ConvertFrom-Json }) | Set-Content in.json
            Import-CodeSnippet in.json | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding whole.jsonl
            Get-Failure {
                Import-CodeSnippet in.json | ForEach-Object { if ($_.Id -eq '25') { throw 'interrupted' }; $_ } |
                    ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl
            } | Out-Null
            Get-Content out.jsonl.partial | Should -Not -BeNullOrEmpty

            Import-CodeSnippet in.json | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -Resume

            (Get-FileHash out.jsonl).Hash | Should -Be (Get-FileHash whole.jsonl).Hash
        }
    }

    Context 'what it makes of a record' {
        It 'has a property for each field' {
            Set-Content in.jsonl ('{"id":"i","file_path":"f","language":"l","content":"c",' +
                '"version":"v","git_hash":"g","chunk_name":"n","chunk_type":"t","metadata":{"line":12,"tags":["a","b"]}}')

            $snippet = Import-CodeSnippet in.jsonl

            $snippet | Should -BeOfType CodeEmbed.CodeSnippet
            $snippet.Id, $snippet.FilePath, $snippet.Language, $snippet.Content | Should -Be 'i', 'f', 'l', 'c'
            $snippet.Version, $snippet.GitHash, $snippet.ChunkName, $snippet.ChunkType | Should -Be 'v', 'g', 'n', 't'
            $snippet.Metadata.line | Should -Be 12
            $snippet.Metadata.tags | Should -Be 'a', 'b'
        }

        It 'says where the record is' {
            Write-Record in.jsonl 1, 2

            $source = (Import-CodeSnippet in.jsonl)[1].Source

            $source.File | Should -Be (Get-Item in.jsonl).FullName
            $source.Line | Should -Be 2
        }

        It 'leaves what is not there null' {
            Write-Record in.jsonl 1

            $snippet = Import-CodeSnippet in.jsonl

            $snippet.Version | Should -BeNullOrEmpty
            $snippet.Metadata | Should -BeNullOrEmpty
        }

        It 'takes UTF-8 with <case>' -TestCases @(
            @{ Case = 'a byte order mark'; Encoding = 'utf8BOM'; Separator = "`n" }
            @{ Case = 'CRLF'; Encoding = 'utf8NoBOM'; Separator = "`r`n" }
            @{ Case = 'blank lines'; Encoding = 'utf8NoBOM'; Separator = "`n`n  `n" }
        ) {
            param($Encoding, $Separator)
            $text = (Get-RecordLine 1 'größe = "日本"'), (Get-RecordLine 2) -join $Separator
            Set-Content in.jsonl $text -Encoding $Encoding -NoNewline

            $snippets = Import-CodeSnippet in.jsonl

            $snippets.Id | Should -Be '1', '2'
            $snippets[0].Content | Should -BeExactly 'größe = "日本"'
        }

        It 'gives each snippet as soon as it is read' {
            Write-Record in.jsonl 1, 2
            Add-Content in.jsonl '{'
            $ids = [System.Collections.Generic.List[string]]::new()

            Get-Failure { Import-CodeSnippet in.jsonl | ForEach-Object { $ids.Add($_.Id) } } | Out-Null

            $ids | Should -Be '1', '2'
        }

        It 'closes the file when the consumer has enough' {
            Write-Record in.jsonl 1, 2, 3

            (Import-CodeSnippet in.jsonl | Select-Object -First 1).Id | Should -Be '1'

            $path = (Get-Item in.jsonl).FullName
            { [System.IO.File]::Open($path, 'Open', 'ReadWrite', 'None').Dispose() } | Should -Not -Throw
        }
    }

    Context 'bad records with -SkipInvalid' {
        BeforeEach {
            Set-Content in.jsonl @(
                Get-RecordLine 1
                '{'
                Get-RecordLine 3
                '{"id":"4","file_path":"","language":""}'
                Get-RecordLine 5
                '[]'
            )
        }

        It 'passes them over, and makes each an error that does not end the pipeline' {
            $ids = (Import-CodeSnippet in.jsonl -SkipInvalid -ErrorVariable skipped -ErrorAction SilentlyContinue).Id

            $ids | Should -Be '1', '3', '5'
            $skipped.FullyQualifiedErrorId.ForEach({ $_.Split(',')[0] }) |
                Should -Be 'InvalidInputError', 'ValidationError', 'InvalidInputError'
        }

        It 'names the file and the line of each, and the field' {
            Import-CodeSnippet in.jsonl -SkipInvalid -ErrorVariable skipped -ErrorAction SilentlyContinue | Out-Null

            $skipped.TargetObject.File | Select-Object -Unique | Should -Be (Get-Item in.jsonl).FullName
            $skipped.TargetObject.Line | Should -Be 2, 4, 6
            "$($skipped[1])" | Should -BeLike "*in.jsonl:4: *'content'*"
        }

        It 'ends at the first one where errors stop the script' {
            $ids = [System.Collections.Generic.List[string]]::new()

            $failure = Get-Failure {
                Import-CodeSnippet in.jsonl -SkipInvalid -ErrorAction Stop | ForEach-Object { $ids.Add($_.Id) }
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
            $ids | Should -Be '1'
        }

        It 'ends at the first one without -SkipInvalid, also where errors are silenced' {
            $failure = Get-Failure { Import-CodeSnippet in.jsonl -ErrorAction SilentlyContinue }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
        }

        It 'lets the good ones be embedded and written' {
            Import-CodeSnippet in.jsonl -SkipInvalid -ErrorAction SilentlyContinue | ConvertTo-CodeEmbedding $tiny |
                Export-CodeEmbedding out.jsonl

            (Read-Record out.jsonl).id | Should -Be '1', '3', '5'
        }
    }

    Context 'files that are not there' {
        It 'reads the others where one of several is missing' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            $ids = (Import-CodeSnippet a.jsonl, missing.jsonl, b.jsonl -ErrorVariable missing -ErrorAction SilentlyContinue).Id

            $ids | Should -Be 'a', 'b'
            $missing | Should -HaveCount 1
            $missing[0].FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            $missing[0].TargetObject | Should -Be 'missing.jsonl'
        }

        It 'reads the others where one of several comes by the pipeline and is missing' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            $ids = ('missing.jsonl', 'a.jsonl', 'b.jsonl' |
                Import-CodeSnippet -ErrorVariable missing -ErrorAction SilentlyContinue).Id

            $ids | Should -Be 'a', 'b'
            $missing | Should -HaveCount 1
        }

        It 'ends the pipeline where all are missing, so that no output is replaced by nothing' {
            Set-Content out.jsonl 'before'

            $failure = Get-Failure {
                Import-CodeSnippet missing1.jsonl, missing2.jsonl -ErrorAction SilentlyContinue |
                    ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            Get-Content out.jsonl | Should -Be 'before'
        }

        It 'ends the pipeline where a wildcard matches nothing' {
            $failure = Get-Failure { Import-CodeSnippet none*.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            $failure.TargetObject | Should -Be 'none*.jsonl'
        }

        It 'takes no wildcard in a literal path' {
            Write-Record in1.jsonl 1

            Get-FailureId { Import-CodeSnippet -LiteralPath 'in*.jsonl' } | Should -BeExactly 'FileReadError'
        }
    }
}
