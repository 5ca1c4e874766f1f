#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'ConvertTo-CodeEmbedding' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'the numbers' {
        It 'match PyTorch with <model>' -TestCases @(
            @{ Model = 'tiny-roberta'; Expected = 'expected-vectors.jsonl' }
            @{ Model = 'codeembed-mini'; Expected = 'codeembed-mini/expected-vectors.jsonl' }
        ) {
            param($Model, $Expected)
            $name = if ($Model -eq 'tiny-roberta') { $tiny } else { $Model }
            $vectors = Get-Content (Join-Path $fixtures $Expected) -TotalCount 20 | ForEach-Object { , ($_ | ConvertFrom-Json) }

            $embeddings = Get-FixtureText 20 | ConvertTo-CodeEmbedding -Model $name

            $embeddings | Should -HaveCount 20
            for ($i = 0; $i -lt 20; $i++) {
                Measure-Difference $embeddings[$i].Vector $vectors[$i] | Should -BeLessOrEqual 1e-5
            }
        }

        It 'include the same token counts as Hugging Face' {
            $ids = Get-Content (Join-Path $fixtures 'expected-ids.jsonl') -TotalCount 20 |
                ForEach-Object { ($_ | ConvertFrom-Json).Count }

            (Get-FixtureText 20 | ConvertTo-CodeEmbedding $tiny).TokenCount | Should -Be $ids
        }

        It 'are close to Float32 with -Precision Int8, and the embedding states the precision' {
            $float32 = Get-FixtureText 20 | ConvertTo-CodeEmbedding -Model $tiny
            $int8 = Get-FixtureText 20 | ConvertTo-CodeEmbedding -Model $tiny -Precision Int8

            $int8.Precision | Select-Object -Unique | Should -Be 'Int8'
            $int8[0].Fingerprint | Should -Not -Be $float32[0].Fingerprint
            for ($i = 0; $i -lt 20; $i++) {
                $cosine = 0.0
                for ($k = 0; $k -lt $int8[$i].Vector.Length; $k++) { $cosine += $int8[$i].Vector[$k] * $float32[$i].Vector[$k] }
                $cosine | Should -BeGreaterOrEqual 0.995
            }
        }

        It 'form a vector of length 1' {
            $embedding = Import-CodeSnippet $sample | Select-Object -First 1 | ConvertTo-CodeEmbedding -Model codeembed-mini

            $squares = ($embedding.Vector | ForEach-Object { [double]$_ * $_ } | Measure-Object -Sum).Sum
            [Math]::Abs([Math]::Sqrt($squares) - 1) | Should -BeLessThan 1e-6
        }

        It 'are bitwise identical in batches of <size>' -TestCases @(@{ Size = 1 }, @{ Size = 2 }, @{ Size = 64 }) {
            param($Size)
            $expected = @(Import-CodeSnippet $sample | Select-Object -First 12 | ConvertTo-CodeEmbedding -Model codeembed-mini)

            $actual = @(Import-CodeSnippet $sample | Select-Object -First 12 |
                ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize $Size)

            for ($i = 0; $i -lt 12; $i++) {
                Test-SameVector $actual[$i].Vector $expected[$i].Vector | Should -BeTrue
            }
        }
    }

    Context 'snippets created in PowerShell' {
        It 'accepts a snippet created from a hashtable' {
            [CodeEmbed.CodeSnippet]@{
                Id = 'a'; FilePath = 'a.py'; Language = 'python'; Content = 'x = 1'; Metadata = @{ line = 3 }
            } |
                ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

            Get-Content out.jsonl |
                Should -BeLike ('{"id":"a","file_path":"a.py","language":"python","content":"x = 1",' +
                    '"metadata":{"line":3},"vector":`[*')
        }

        It 'uses a property that was changed on a snippet from a file, and keeps the others' {
            Set-Content in.jsonl '{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"old"}'

            Import-CodeSnippet in.jsonl | ForEach-Object { $_.Content = 'new'; $_ } | ConvertTo-CodeEmbedding $tiny |
                Export-CodeEmbedding out.jsonl

            Get-Content out.jsonl |
                Should -BeLike '{"id":"1","stars":12.50,"file_path":"a","language":"python","content":"new","vector":`[*'
        }

        It 'accepts one through -InputObject' {
            (ConvertTo-CodeEmbedding -InputObject 'x = 1' -Model $tiny).Snippet.Content | Should -Be 'x = 1'
        }
    }

    Context 'objects' {
        It 'from ConvertFrom-Json give the same vectors as the file' {
            $expected = @(Import-CodeSnippet $sample | Select-Object -First 3 | ConvertTo-CodeEmbedding $tiny)

            $embeddings = @(Get-Content $sample -TotalCount 3 | ConvertFrom-Json | ConvertTo-CodeEmbedding $tiny)

            for ($i = 0; $i -lt 3; $i++) {
                Test-SameVector $embeddings[$i].Vector $expected[$i].Vector | Should -BeTrue
            }
        }

        It 'from ConvertFrom-Json keep their metadata and all other properties' {
            '{"id":"a","stars":3,"file_path":"f","language":"l","content":"c","metadata":{"b":[1,{"c":null}],"a":true}}' |
                ConvertFrom-Json |
                ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

            Get-Content out.jsonl | Should -BeLike ('{"id":"a","stars":3,"file_path":"f","language":"l","content":"c",' +
                '"metadata":{"b":`[1,{"c":null}`],"a":true},"vector":`[*')
        }

        It 'from Import-Csv in <case> are written in snake_case' -TestCases @(
            @{ Case = 'snake_case'; Header = 'id,file_path,language,content,chunk_name,git_hash' }
            @{ Case = 'PascalCase'; Header = 'Id,FilePath,Language,Content,ChunkName,GitHash' }
        ) {
            param($Header)
            Set-Content in.csv $Header, 'a,f.py,python,x = 1,add,0dc1d50'

            Import-Csv in.csv | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

            Get-Content out.jsonl |
                Should -BeLike ('{"id":"a","file_path":"f.py","language":"python","content":"x = 1","chunk_name":"add",' +
                '"git_hash":"0dc1d50","vector":`[*')
        }

        It 'from Select-Object and hashtables are accepted too' {
            Write-Record in.jsonl 1

            $selected = Import-CodeSnippet in.jsonl | Select-Object Id, FilePath, Language, Content |
                ConvertTo-CodeEmbedding $tiny
            $table = @{ Id = '1'; file_path = 'a.py'; language = 'python'; content = 'x = 1' } | ConvertTo-CodeEmbedding $tiny

            $selected.Snippet.Id, $table.Snippet.Id | Should -Be '1', '1'
            Test-SameVector $selected.Vector $table.Vector | Should -BeTrue
        }

        It 'from Select-Object * may have additional properties' {
            Write-Record in.jsonl 1

            Import-CodeSnippet in.jsonl | Select-Object *, @{ Name = 'team'; Expression = { 'blue' } } |
                ConvertTo-CodeEmbedding $tiny |
                Export-CodeEmbedding out.jsonl

            $record = Read-Record out.jsonl
            $record.id, $record.file_path, $record.content, $record.team | Should -Be '1', 'a.py', 'x = 1', 'blue'
            $record.PSObject.Properties.Name | Should -Not -Contain 'Source'
        }

        It 'that lack a field cause an error that names the field and the object''s number' {
            $failure = Get-Failure {
                'x = 1', [pscustomobject]@{ id = 'a'; file_path = ''; language = '' } | ConvertTo-CodeEmbedding $tiny
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ValidationError,*'
            "$failure" | Should -BeLike "*:2: the field 'content' is missing*"
        }
    }

    Context 'objects that were serialized elsewhere' {
        BeforeEach {
            Set-Content in.jsonl '{"id":"1","stars":50,"file_path":"a.py","language":"python","content":"x = 1"}'
            $embedding = Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny
        }

        It 'are complete: <From>' -TestCases @(
            @{ From = 'Import-Clixml'; Back = { $embedding | Export-Clixml e.xml; Import-Clixml e.xml } }
            @{
                From = 'depth 1'
                Back = {
                    $serializer = [Management.Automation.PSSerializer]
                    $serializer::Deserialize($serializer::Serialize($embedding, 1))
                }
            }
            @{ From = 'Select-Object'; Back = { $embedding | Select-Object * } }
            @{
                From = 'a job'
                Back = {
                    Start-Job {
                        Import-Module $using:manifest
                        Import-CodeSnippet (Join-Path $using:PWD in.jsonl) | ConvertTo-CodeEmbedding $using:tiny
                    } | Receive-Job -Wait -AutoRemoveJob
                }
            }
        ) {
            & $Back | Export-CodeEmbedding out.jsonl

            $record = Get-Content out.jsonl | ConvertFrom-Json
            $record.id, $record.content, $record.stars, $record.fingerprint | Should -Be '1', 'x = 1', 50, $embedding.Fingerprint
            (Import-CodeEmbedding out.jsonl).Vector | Should -Be $embedding.Vector
            $record.PSObject.Properties.Name | Should -Not -Contain 'Source'
            $record.PSObject.Properties.Name | Should -Not -Contain 'RunspaceId'
            (& $Back | ConvertTo-CodeEmbedding $tiny).Vector | Should -Be $embedding.Vector
        }

        It 'keep properties added with Add-Member' {
            Import-CodeSnippet in.jsonl | Add-Member owner me -PassThru | ConvertTo-CodeEmbedding $tiny |
                Add-Member cluster 3 -PassThru |
                Export-CodeEmbedding out.jsonl

            $record = Get-Content out.jsonl | ConvertFrom-Json
            $record.owner, $record.cluster | Should -Be 'me', 3
        }

        It 'are written with the snake_case name of a field added by <Case>' -TestCases @(
            @{ Case = 'Add-Member'; Change = { $embedding | Add-Member ChunkName add -PassThru } }
            @{ Case = 'Select-Object'; Change = { $embedding | Select-Object *, @{ n = 'ChunkName'; e = { 'add' } } } }
            @{ Case = 'its name in a file'; Change = { $embedding | Select-Object *, @{ n = 'chunk_name'; e = { 'add' } } } }
        ) {
            & $Change | Export-CodeEmbedding out.jsonl

            $record = Get-Content out.jsonl | ConvertFrom-Json
            $record.chunk_name | Should -BeExactly 'add'
            $record.PSObject.Properties.Name | Should -Not -Contain 'ChunkName'
        }

        It 'that lack a field are identified by their number' {
            $objects = @($embedding, $embedding | Select-Object *)
            $objects[1].ModelName = $null

            "$(Get-Failure { $objects | Export-CodeEmbedding out.jsonl })" |
                Should -BeLike "(pipeline):2: the field 'model_name' is missing*"
        }
    }

    Context 'files read by Get-Content' {
        BeforeEach {
            Set-Content a.py 'x = 1', 'x = 2'
            New-Item empty.py | Out-Null
        }

        It 'may be empty' {
            $snippet = ([pscustomobject]@{
                    id = 'a'; file_path = Get-Item empty.py; language = ''; content = Get-Content -Raw empty.py
                } |
                ConvertTo-CodeEmbedding $tiny).Snippet

            $snippet.Content | Should -BeExactly ''
            $snippet.FilePath | Should -BeExactly (Get-Item empty.py).FullName
        }

        It 'set the file path of the embedding' {
            (Get-Content -Raw a.py | ConvertTo-CodeEmbedding $tiny -WarningVariable warnings).FilePath |
                Should -BeExactly (Get-Item a.py).FullName
            $warnings | Should -BeNullOrEmpty
        }

        It 'cause a warning if they arrive line by line' {
            Get-Content a.py | ConvertTo-CodeEmbedding $tiny -WarningVariable warnings -WarningAction SilentlyContinue |
                Should -HaveCount 2
            "$warnings" | Should -BeLike '*Get-Content -Raw*'
        }
    }

    Context 'strings' {
        It 'become the content of snippets with the ids 1, 2, …' {
            $snippets = ('x = 1', 'x = 2', '' | ConvertTo-CodeEmbedding $tiny).Snippet

            $snippets.Id | Should -Be '1', '2', '3'
            $snippets.Content | Should -Be 'x = 1', 'x = 2', ''
        }

        It 'have no file and no language' {
            $snippet = ('x = 1' | ConvertTo-CodeEmbedding $tiny).Snippet

            $snippet.FilePath | Should -BeExactly ''
            $snippet.Language | Should -BeExactly ''
        }

        It 'get their language from -Language' {
            'x = 1' | ConvertTo-CodeEmbedding $tiny -Language python | Export-CodeEmbedding out.jsonl

            Get-Content out.jsonl | Should -BeLike '{"id":"1","file_path":"","language":"python","content":"x = 1","vector":`[*'
        }

        It 'may hold the whole text of a file' {
            Set-Content code.py "def add(a, b):`n    return a + b`n" -NoNewline

            (Get-Content code.py -Raw | ConvertTo-CodeEmbedding $tiny).Snippet.Content |
                Should -BeExactly "def add(a, b):`n    return a + b`n"
        }

        It 'start at 1 again in each pipeline' {
            'a' | ConvertTo-CodeEmbedding $tiny | Out-Null

            ('b' | ConvertTo-CodeEmbedding $tiny).Snippet.Id | Should -Be '1'
        }
    }

    Context '-Model' {
        BeforeEach {
            $variable = $env:CODEEMBED_MODEL
            $env:CODEEMBED_MODEL = $null
        }

        AfterEach { $env:CODEEMBED_MODEL = $variable }

        It 'accepts the name of the model that comes with the module' {
            $embedding = 'x = 1' | ConvertTo-CodeEmbedding -Model codeembed-mini

            $embedding.ModelName | Should -Be 'codeembed-mini'
            $embedding.Vector | Should -HaveCount 256
        }

        It 'accepts a folder, and names the model after its last component' {
            $embedding = 'x = 1' | ConvertTo-CodeEmbedding -Model ($tiny + '/')

            $embedding.ModelName | Should -Be 'tiny-roberta'
            $embedding.Vector | Should -HaveCount 64
        }

        It 'accepts a folder relative to the current location' {
            Copy-Item $tiny model -Recurse

            ('x = 1' | ConvertTo-CodeEmbedding -Model model).ModelName | Should -Be 'model'
            ('x = 1' | ConvertTo-CodeEmbedding -Model ./model).ModelName | Should -Be 'model'
        }

        It 'defaults to the environment variable CODEEMBED_MODEL' {
            $env:CODEEMBED_MODEL = $tiny

            ('x = 1' | ConvertTo-CodeEmbedding).ModelName | Should -Be 'tiny-roberta'
        }

        It 'takes precedence over the environment variable' {
            $env:CODEEMBED_MODEL = 'no-such-model'

            ('x = 1' | ConvertTo-CodeEmbedding -Model $tiny).ModelName | Should -Be 'tiny-roberta'
        }

        It 'defaults to microsoft/codebert-base, and the error says what to do' {
            $cacheBefore = $env:HF_HUB_CACHE
            try {
                $env:HF_HUB_CACHE = Join-Path $TestDrive 'no-such-cache'
                $failure = Get-Failure { 'x = 1' | ConvertTo-CodeEmbedding -Offline }
            }
            finally {
                $env:HF_HUB_CACHE = $cacheBefore
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ModelLoadError,*'
            "$failure" | Should -BeLike "*'microsoft/codebert-base'*not in the cache*"
        }

        It 'gives the same vectors for each format of the same weights' {
            $expected = 'def f(): pass' | ConvertTo-CodeEmbedding -Model $tiny

            foreach ($form in 'tiny-roberta-sharded', 'tiny-roberta-legacy-torch') {
                $embedding = 'def f(): pass' | ConvertTo-CodeEmbedding -Model (Join-Path $fixtures $form)
                Test-SameVector $embedding.Vector $expected.Vector | Should -BeTrue
            }
        }

        # Windows does not delete a file that is in use, and the session keeps the model open.
        It 'is read again when its files have changed' -Skip:$IsWindows {
            Copy-Item $tiny model -Recurse
            $before = 'x = 1' | ConvertTo-CodeEmbedding -Model model
            Remove-Item model -Recurse
            Copy-Item (Join-Path $fixtures 'tiny-roberta-fp16') model -Recurse

            ('x = 1' | ConvertTo-CodeEmbedding -Model model).Fingerprint | Should -Not -Be $before.Fingerprint
        }
    }

    Context '-MaxLength' {
        It 'of <length> cuts a text of 22 tokens to it' -TestCases @(
            @{ Length = 3 }, @{ Length = 21 }, @{ Length = 22 }, @{ Length = 23 }
        ) {
            param($Length)
            $count = (Get-Content (Join-Path $fixtures 'expected-ids.jsonl') -TotalCount 1 | ConvertFrom-Json).Count
            $count | Should -Be 22

            $embedding = Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny -MaxLength $Length -WarningAction SilentlyContinue

            $embedding.TokenCount | Should -Be ([Math]::Min($count, $Length))
            $embedding.TruncatedTokens | Should -Be ([Math]::Max($count - $Length, 0))
        }

        It 'defaults to 512' {
            # In the small model's vocabulary ' x' is two tokens; <s> and </s> are two more.
            $embedding = ' x' * 600 | ConvertTo-CodeEmbedding $tiny -WarningAction SilentlyContinue

            $embedding.TokenCount | Should -Be 512
            $embedding.TruncatedTokens | Should -Be (2 * 600 + 2 - 512)
        }

        It 'of <length> causes an error that names the limits' -TestCases @(
            @{ Length = -1 }, @{ Length = 0 }, @{ Length = 2 }, @{ Length = 513 }
        ) {
            param($Length)
            $failure = Get-Failure { 'x = 1' | ConvertTo-CodeEmbedding $tiny -MaxLength $Length }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterError,*'
            "$failure" | Should -BeLike "-MaxLength '$Length' is *3 to 512 tokens*"
        }

        It 'changes the fingerprint' {
            $embeddings = 64, 65 | ForEach-Object { 'x = 1' | ConvertTo-CodeEmbedding $tiny -MaxLength $_ }

            $embeddings[0].Fingerprint | Should -Match '^[0-9a-f]{16}$'
            $embeddings[0].Fingerprint | Should -Not -Be $embeddings[1].Fingerprint
        }
    }

    Context '-BatchSize' {
        It 'of <size> makes batches of <batches> of five snippets' -TestCases @(
            @{ Size = 1; Batches = 1, 1, 1, 1, 1 }
            @{ Size = 2; Batches = 2, 2, 1 }
            @{ Size = 5; Batches = , 5 }
            @{ Size = [int]::MaxValue; Batches = , 5 }
        ) {
            param($Size, $Batches)
            @('x = 1') * 5 |
                ConvertTo-CodeEmbedding $tiny -BatchSize $Size -InformationVariable reports -InformationAction Ignore | Out-Null

            $reports.MessageData.Snippets | Should -Be $Batches
        }

        It 'defaults to 16' {
            @('x = 1') * 20 | ConvertTo-CodeEmbedding $tiny -InformationVariable reports -InformationAction Ignore | Out-Null

            $reports.MessageData.Snippets | Should -Be 16, 4
        }

        It 'of 0 is refused' {
            Get-FailureId { 'x' | ConvertTo-CodeEmbedding $tiny -BatchSize 0 } |
                Should -BeExactly 'ParameterArgumentValidationError'
        }
    }

    Context '-Device' {
        It '<device> embeds' -TestCases @(@{ Device = 'Auto' }, @{ Device = 'Cpu' }) {
            param($Device)
            'x = 1' | ConvertTo-CodeEmbedding $tiny -Device $Device | Should -HaveCount 1
        }

        It 'Cpu with <Name> causes an error that names the parameter' -TestCases @(
            @{ Name = 'Precision'; Arguments = @{ Precision = 'Float16' } }
            @{ Name = 'MaxBatchTokens'; Arguments = @{ MaxBatchTokens = 4096 } }
        ) {
            param($Name, $Arguments)
            $failure = Get-Failure { 'x = 1' | ConvertTo-CodeEmbedding $tiny -Device Cpu @Arguments }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterError,*'
            $failure.Exception.Message | Should -Match "^$Name '"
        }

        It 'that no build supports on this platform causes an error instead of a fallback' {
            $device = if ($IsMacOS) { 'Cuda' } else { 'CoreML' }

            $failure = Get-Failure { 'x = 1' | ConvertTo-CodeEmbedding $tiny -Device $device }

            $failure.FullyQualifiedErrorId | Should -BeLike 'ParameterError,*'
            "$failure" | Should -BeLike "-Device '$device' cannot be used*"
        }

        It 'that does not exist is refused, with the names of the existing devices' {
            "$(Get-Failure { 'x = 1' | ConvertTo-CodeEmbedding $tiny -Device Abacus })" |
                Should -BeLike '*Auto, Cpu, Cuda, CoreML*'
        }
    }

    Context '-Threads' {
        It 'changes neither the fingerprint nor, except for rounding, the numbers' {
            $one = Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny -Threads 1
            $two = Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny -Threads 2

            Measure-Difference $one.Vector $two.Vector | Should -BeLessOrEqual 1e-6
            $one.Fingerprint | Should -Be $two.Fingerprint
        }

        It 'of 0 is refused' {
            Get-FailureId { 'x' | ConvertTo-CodeEmbedding $tiny -Threads 0 } |
                Should -BeExactly 'ParameterArgumentValidationError'
        }
    }

    Context '-SkipNormalization' {
        It 'keeps the length that PyTorch computes, in the same direction' {
            $expected = Get-Content (Join-Path $fixtures 'expected-vectors.jsonl') -TotalCount 1 | ConvertFrom-Json

            $vector = (Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny -SkipNormalization).Vector

            # The length of PyTorch's mean of the last hidden state for the first text of the fixtures, in float64.
            $length = [Math]::Sqrt(($vector | ForEach-Object { [double]$_ * $_ } | Measure-Object -Sum).Sum)
            [Math]::Abs($length / 5.28388735911369 - 1) | Should -BeLessThan 1e-5
            Measure-Difference ($vector | ForEach-Object { $_ / $length }) $expected | Should -BeLessOrEqual 1e-5
        }

        It 'is recorded in the embedding and in the output, and changes the fingerprint' {
            $scaled = 'x = 1' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding scaled.jsonl -PassThru
            $raw = 'x = 1' | ConvertTo-CodeEmbedding $tiny -SkipNormalization | Export-CodeEmbedding raw.jsonl -PassThru

            $scaled.Normalized, $raw.Normalized | Should -Be $true, $false
            (Read-Record scaled.jsonl).normalized, (Read-Record raw.jsonl).normalized | Should -Be $true, $false
            $scaled.Fingerprint | Should -Not -Be $raw.Fingerprint
        }
    }
}
