#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'Import-CodeSnippet' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'input files' {
        It 'accepts a path by position and by name' {
            Write-Record in.jsonl 1, 2

            (Import-CodeSnippet in.jsonl).Id | Should -Be '1', '2'
            (Import-CodeSnippet -Path in.jsonl).Id | Should -Be '1', '2'
        }

        It 'reads several paths in the given order' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            (Import-CodeSnippet b.jsonl, a.jsonl).Id | Should -Be 'b', 'a'
        }

        It 'accepts wildcards' {
            Write-Record a1.jsonl 1
            Write-Record a2.jsonl 2
            Write-Record b1.jsonl 3

            (Import-CodeSnippet a*.jsonl).Id | Sort-Object | Should -Be '1', '2'
            (Import-CodeSnippet '[ab]1.jsonl').Id | Sort-Object | Should -Be '1', '3'
        }

        It 'accepts paths from the pipeline' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            ('b.jsonl', 'a.jsonl' | Import-CodeSnippet).Id | Should -Be 'b', 'a'
        }

        It 'accepts files from Get-ChildItem, whatever their names are' {
            Write-Record 'in[1].jsonl' 1
            Write-Record 'in 2.jsonl' 2

            (Get-ChildItem *.jsonl | Sort-Object Name -Descending | Import-CodeSnippet).Id | Should -Be '1', '2'
        }

        It 'accepts a literal path by the name <name>' -TestCases @(
            @{ Name = 'LiteralPath' }, @{ Name = 'PSPath' }, @{ Name = 'LP' }
        ) {
            param($Name)
            Write-Record 'in[1].jsonl' 1
            Write-Record in1.jsonl other
            $arguments = @{ $Name = 'in[1].jsonl' }

            (Import-CodeSnippet @arguments).Id | Should -Be '1'
            ([pscustomobject]$arguments | Import-CodeSnippet).Id | Should -Be '1'
        }

        It 'accepts paths on PowerShell drives' {
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

        It 'reads a gzip file with several members to the end' {
            Write-Gzip 1.gz ((Get-RecordLine 1) + "`n")
            Write-Gzip 2.gz (Get-RecordLine 2)
            [byte[]] $both = (Get-Content 1.gz -AsByteStream -Raw) + (Get-Content 2.gz -AsByteStream -Raw)
            Set-Content both.gz $both -AsByteStream

            (Import-CodeSnippet both.gz).Id | Should -Be '1', '2'
        }
    }

    Context 'Zstandard compression' {
        BeforeAll {
            $inputs = Join-Path $fixtures 'inputs'
        }

        It 'decompresses a file whose name ends in .zst' {
            Copy-Item (Join-Path $inputs 'ok.jsonl.zst') in.ZST

            (Import-CodeSnippet in.ZST, (Join-Path $inputs 'frames.jsonl.zst')).Id | Should -Be 'r0', 'r1', 'r2', 'r0', 'r1', 'r2'
        }

        It 'says where a truncated file ends, and passes on the records before that' {
            [byte[]] $bytes = Get-Content (Join-Path $inputs 'frames.jsonl.zst') -AsByteStream -Raw
            Set-Content cut.jsonl.zst $bytes[0..($bytes.Length - 20)] -AsByteStream
            $ids = [System.Collections.Generic.List[string]]::new()

            $failure = Get-Failure { Import-CodeSnippet cut.jsonl.zst -SkipInvalid | ForEach-Object { $ids.Add($_.Id) } }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
            "$failure" | Should -BeLike '*cut.jsonl.zst:2: the Zstandard data is damaged or cut short.'
            $ids | Should -Be 'r0'
        }

        It 'is not loaded until it is needed' {
            Write-Record in.jsonl 1
            Copy-Item (Join-Path $inputs 'ok.jsonl.zst') in.zst
            $folder = (Get-Location).ProviderPath
            $loaded = '; @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -like "*Zst*" }).Count'

            Invoke-Pwsh "Set-Location '$folder'; `$null = Import-CodeSnippet in.jsonl$loaded" | Should -Be '0'
            Invoke-Pwsh "Set-Location '$folder'; `$null = Import-CodeSnippet in.zst$loaded" | Should -Be '2'
        }
    }

    Context 'a JSON array' {
        It 'is read like lines, regardless of name and layout: <case>' -TestCases @(
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

        It 'skips bad elements, and saves them with their locations' {
            Set-Content in.json "[$(Get-RecordLine 1),", '{"id":"2"},', "$(Get-RecordLine 3)]"

            $ids = (Import-CodeSnippet in.json -SkipInvalid -RejectPath bad.jsonl -ErrorVariable bad -ErrorAction Ignore).Id

            $ids | Should -Be '1', '3'
            $rejected = Read-Record bad.jsonl
            $rejected.line, $rejected.element, $rejected.record | Should -Be 2, 2, '{"id":"2"}'
            $rejected.reason | Should -BeLike '*in.json:2: element 2: the field ''file_path'' is missing.'
        }

        It 'is embedded up to the point where it is truncated' {
            Set-Content in.json "[$((1..30 | ForEach-Object { Get-RecordLine $_ }) -join ",`n"),", '{"id":"31'

            $failure = Get-Failure {
                Import-CodeSnippet in.json -SkipInvalid | ConvertTo-CodeEmbedding $tiny -BatchSize 1 |
                    Export-CodeEmbedding out.jsonl
            }

            "$failure" | Should -BeLike '*in.json:32: the file ends inside element 31, which starts in line 31*out.jsonl.partial*'
            (Read-Record out.jsonl.partial)[0].id | Should -Be '1'
        }

        It 'is continued with -Resume after an interrupted run' {
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

    Context 'records with other property names' {
        It 'accepts names, paths and script blocks' {
            Set-Content in.jsonl ('{"repo":"o/r","at":{"path":"a.py","sha":"f0"},"code":"x = 1","url":"u","lang":"Python"}')

            $snippet = Import-CodeSnippet in.jsonl -PropertyMap @{
                id = { "$($_.repo)/$($_.at.path)" }
                FilePath = 'at.path'
                language = { $_.lang.ToLowerInvariant() }
                content = 'code'
                git_hash = 'at.sha'
                chunk_type = { 'function' }
                metadata = { @{ from = $_.url; parts = 1, 2 } }
            }

            $snippet.Id, $snippet.FilePath, $snippet.Language | Should -Be 'o/r/a.py', 'a.py', 'python'
            $snippet.Content, $snippet.GitHash, $snippet.ChunkType | Should -Be 'x = 1', 'f0', 'function'
            $snippet.Metadata.from, $snippet.repo | Should -Be 'u', 'o/r'
        }

        It 'runs a script block once per record, in the order of the records and in the scope of its caller' {
            Set-Content in.jsonl (1..3 | ForEach-Object { "{`"n`":$_}" })
            $prefix = 'p'
            $seen = [System.Collections.Generic.List[int]]::new()
            $map = @{ content = { $seen.Add($_.n); "$prefix$($_.n)" }; file_path = { '' }; language = { '' } }

            $snippets = Import-CodeSnippet in.jsonl -PropertyMap $map

            $snippets.Content | Should -Be 'p1', 'p2', 'p3'
            $snippets.Id | Should -Be 'in.jsonl:1', 'in.jsonl:2', 'in.jsonl:3'
            $seen | Should -Be 1, 2, 3
        }

        It 'gives a script block the raw record with all its names, and the last value of a duplicate name' {
            Set-Content in.jsonl '{"id":1,"vector":[1],"a":"no","a":{"b.c":"x"},"":0,"psobject":1,"content":"c","A":{"b.c":"y"}}'
            $map = @{ content = { $_.a.'b.c' + $_.vector.Count + $_.id + $_.content }; file_path = { '' }; language = { '' } }

            (Import-CodeSnippet in.jsonl -PropertyMap $map).Content | Should -Be 'y11c'
        }

        It 'creates records that can be embedded, exported and read back without the map' {
            Set-Content in.jsonl '{"task_id":601,"text":"t","code":"x = 1"}', '{"task_id":602,"text":"u","code":"x = 2"}'
            $map = @{ id = 'task_id'; content = 'code'; file_path = { '' }; language = { 'py' }; chunk_name = { $_.text * 2 } }

            Import-CodeSnippet in.jsonl -PropertyMap $map | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl.zst

            $again = Import-CodeSnippet out.jsonl.zst
            $again.Id | Should -Be '601', '602'
            $again.Content | Should -Be 'x = 1', 'x = 2'
            $again.ChunkName | Should -Be 'tt', 'uu'
            $again.text | Should -Be 't', 'u'
        }

        It 'rejects a record whose script block fails like any bad record: <case>' -TestCases @(
            @{ Case = 'an error'; Script = { throw 'bang' }; Problem = "the field 'content' cannot be computed: bang." }
            @{ Case = 'nothing'; Script = { }; Problem = "the field 'content' (computed) is missing." }
            @{ Case = 'null'; Script = { $_.none }; Problem = "the field 'content' (computed) is missing." }
            @{ Case = 'two'; Script = { 1, 2 }; Problem = "the field 'content' (computed) is an array, and must be a string." }
            @{
                Case = 'an object'; Script = { @{ a = 1 } }
                Problem = "the field 'content' (computed) is an object, and must be a string."
            }
            @{
                Case = 'a value that JSON cannot represent'; Script = { $ExecutionContext }
                Problem = "the field 'content' holds a value of the type *, which cannot be written as JSON."
            }
        ) {
            param($Script, $Problem)
            Set-Content in.jsonl '{"id":"a"}', '{"id":"b","content":"own"}'
            $map = @{ content = $Script; file_path = { '' }; language = { '' } }

            $none = Import-CodeSnippet in.jsonl -PropertyMap $map -SkipInvalid -RejectPath bad.jsonl -ErrorVariable bad `
                -ErrorAction SilentlyContinue

            $none | Should -BeNullOrEmpty
            $bad | Should -HaveCount 2
            $bad[0].FullyQualifiedErrorId | Should -BeLike 'ValidationError,*'
            "$($bad[1])" | Should -BeLike "*in.jsonl:2: $Problem"
            (Read-Record bad.jsonl).id | Should -Be 'a', 'b'
            (Read-Record bad.jsonl).record | Should -Be '{"id":"a"}', '{"id":"b","content":"own"}'
        }

        It 'names both properties if a record lacks the mapped one' {
            Set-Content in.jsonl '{"id":"a","file_path":"","language":"","content":"own"}'

            $failure = Get-Failure { Import-CodeSnippet in.jsonl -PropertyMap @{ content = 'code' } }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ValidationError,*'
            "$failure" | Should -BeLike "*in.jsonl:1: the field 'content' (mapped from 'code') is missing."
        }

        It 'refuses an invalid map before anything is changed: <problem>' -TestCases @(
            @{ Map = @{ contents = 'a' }; Problem = "'contents' is not a property of a snippet" }
            @{ Map = @{ 1 = 'a' }; Problem = "'1' is not a property of a snippet" }
            @{ Map = @{ content = '' }; Problem = "'content' is mapped from an empty name" }
            @{ Map = @{ content = ' ' }; Problem = "'content' is mapped from an empty name" }
            @{ Map = @{ content = 5 }; Problem = "'content' is mapped from a value of the type Int32" }
            @{ Map = @{ content = $null }; Problem = "'content' is mapped from `$null" }
            @{ Map = @{ content = 'a', 'b' }; Problem = "'content' is mapped from a value of the type Object*" }
            @{ Map = @{ file_path = 'a'; FilePath = 'b' }; Problem = "'file_path' is mapped twice" }
        ) {
            param($Map, $Problem)
            Set-Content out.jsonl 'before'

            $failure = Get-Failure {
                Import-CodeSnippet none.jsonl -PropertyMap $Map | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
            "$failure" | Should -BeLike "*parameter 'PropertyMap'. $Problem*"
            (Get-ChildItem).Name | Should -Be 'out.jsonl'
        }

        It 'accepts an empty map, which allows numeric and missing ids' {
            $rest = '"file_path":"","language":"","content":""}'
            Set-Content in.jsonl "{`"id`":7,$rest", "{$rest"

            (Import-CodeSnippet in.jsonl -PropertyMap @{}).Id | Should -Be '7', 'in.jsonl:2'
            Get-FailureId { Import-CodeSnippet in.jsonl } | Should -BeExactly 'ValidationError'
        }

        It 'stops in a script block as it does elsewhere' {
            Set-Content in.jsonl '{"n":1}', '{"n":2}', '{"n":3}'
            $map = @{ content = { "$($_.n)" }; file_path = { '' }; language = { '' } }

            (Import-CodeSnippet in.jsonl -PropertyMap $map | Select-Object -First 2).Content | Should -Be '1', '2'
        }
    }

    Context 'snippets' {
        It 'have a property for each field' {
            Set-Content in.jsonl ('{"id":"i","file_path":"f","language":"l","content":"c",' +
                '"version":"v","git_hash":"g","chunk_name":"n","chunk_type":"t","metadata":{"line":12,"tags":["a","b"]}}')

            $snippet = Import-CodeSnippet in.jsonl

            $snippet | Should -BeOfType CodeEmbed.CodeSnippet
            $snippet.Id, $snippet.FilePath, $snippet.Language, $snippet.Content | Should -Be 'i', 'f', 'l', 'c'
            $snippet.Version, $snippet.GitHash, $snippet.ChunkName, $snippet.ChunkType | Should -Be 'v', 'g', 'n', 't'
            $snippet.Metadata.line | Should -Be 12
            $snippet.Metadata.tags | Should -Be 'a', 'b'
        }

        It 'contain the location of the record' {
            Write-Record in.jsonl 1, 2

            $source = (Import-CodeSnippet in.jsonl)[1].Source

            $source.File | Should -Be (Get-Item in.jsonl).FullName
            $source.Line | Should -Be 2
        }

        It 'have null for a missing field' {
            Write-Record in.jsonl 1

            $snippet = Import-CodeSnippet in.jsonl

            $snippet.Version | Should -BeNullOrEmpty
            $snippet.Metadata | Should -BeNullOrEmpty
        }

        It 'are read from UTF-8 with <case>' -TestCases @(
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

        It 'are returned as soon as they are read' {
            Write-Record in.jsonl 1, 2
            Add-Content in.jsonl '{'
            $ids = [System.Collections.Generic.List[string]]::new()

            Get-Failure { Import-CodeSnippet in.jsonl | ForEach-Object { $ids.Add($_.Id) } } | Out-Null

            $ids | Should -Be '1', '2'
        }

        It 'are no longer read when the consumer has enough, and the file is closed' {
            Write-Record in.jsonl 1, 2, 3

            (Import-CodeSnippet in.jsonl | Select-Object -First 1).Id | Should -Be '1'

            $path = (Get-Item in.jsonl).FullName
            { [System.IO.File]::Open($path, 'Open', 'ReadWrite', 'None').Dispose() } | Should -Not -Throw
        }
    }

    Context 'bad records with -SkipInvalid' {
        It 'does not replace embeddings with -RejectPath' {
            Import-CodeSnippet $sample | Select-Object -First 1 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl
            $before = (Get-FileHash index.jsonl).Hash

            $failure = Get-Failure { Import-CodeSnippet $sample -SkipInvalid -RejectPath index.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
            "$failure" | Should -BeLike '*it holds embeddings*Name another file*'
            (Get-FileHash index.jsonl).Hash | Should -Be $before
        }

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

        It 'are skipped, each with a non-terminating error' {
            $ids = (Import-CodeSnippet in.jsonl -SkipInvalid -ErrorVariable skipped -ErrorAction SilentlyContinue).Id

            $ids | Should -Be '1', '3', '5'
            $skipped.FullyQualifiedErrorId.ForEach({ $_.Split(',')[0] }) |
                Should -Be 'InvalidInputError', 'ValidationError', 'InvalidInputError'
        }

        It 'are reported with the file, the line and the field' {
            Import-CodeSnippet in.jsonl -SkipInvalid -ErrorVariable skipped -ErrorAction SilentlyContinue | Out-Null

            $skipped.TargetObject.File | Select-Object -Unique | Should -Be (Get-Item in.jsonl).FullName
            $skipped.TargetObject.Line | Should -Be 2, 4, 6
            "$($skipped[1])" | Should -BeLike "*in.jsonl:4: *'content'*"
        }

        It 'end the pipeline at the first one if errors stop the script' {
            $ids = [System.Collections.Generic.List[string]]::new()

            $failure = Get-Failure {
                Import-CodeSnippet in.jsonl -SkipInvalid -ErrorAction Stop | ForEach-Object { $ids.Add($_.Id) }
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
            $ids | Should -Be '1'
        }

        It 'end the pipeline at the first one without -SkipInvalid, even if errors are silenced' {
            $failure = Get-Failure { Import-CodeSnippet in.jsonl -ErrorAction SilentlyContinue }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
        }

        It 'do not prevent the good records from being embedded and written' {
            Import-CodeSnippet in.jsonl -SkipInvalid -ErrorAction SilentlyContinue | ConvertTo-CodeEmbedding $tiny |
                Export-CodeEmbedding out.jsonl

            (Read-Record out.jsonl).id | Should -Be '1', '3', '5'
        }
    }

    Context 'missing files' {
        It 'do not prevent the others from being read' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            $ids = (Import-CodeSnippet a.jsonl, missing.jsonl, b.jsonl -ErrorVariable missing -ErrorAction SilentlyContinue).Id

            $ids | Should -Be 'a', 'b'
            $missing | Should -HaveCount 1
            $missing[0].FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            $missing[0].TargetObject | Should -Be 'missing.jsonl'
        }

        It 'do not prevent the others from being read if they come from the pipeline' {
            Write-Record a.jsonl a
            Write-Record b.jsonl b

            $ids = ('missing.jsonl', 'a.jsonl', 'b.jsonl' |
                Import-CodeSnippet -ErrorVariable missing -ErrorAction SilentlyContinue).Id

            $ids | Should -Be 'a', 'b'
            $missing | Should -HaveCount 1
        }

        It 'end the pipeline if no file exists, so that no output is replaced by an empty one' {
            Set-Content out.jsonl 'before'

            $failure = Get-Failure {
                Import-CodeSnippet missing1.jsonl, missing2.jsonl -ErrorAction SilentlyContinue |
                    ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            Get-Content out.jsonl | Should -Be 'before'
        }

        It 'end the pipeline if a wildcard matches nothing' {
            $failure = Get-Failure { Import-CodeSnippet none*.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            $failure.TargetObject | Should -Be 'none*.jsonl'
        }

        It 'are reported for a literal path with a wildcard' {
            Write-Record in1.jsonl 1

            Get-FailureId { Import-CodeSnippet -LiteralPath 'in*.jsonl' } | Should -BeExactly 'FileReadError'
        }
    }
}
