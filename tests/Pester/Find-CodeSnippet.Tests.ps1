#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # The vectors that PyTorch computes for the texts, in float64.
    $exact = Get-Content -LiteralPath (Join-Path $fixtures 'expected-vectors.jsonl') -TotalCount 12 |
        ForEach-Object { , [double[]] ($_ | ConvertFrom-Json) }

    # The cosine of two vectors of length 1.
    function Measure-Cosine([double[]] $Left, [double[]] $Right) {
        $sum = 0.0
        for ($i = 0; $i -lt $Left.Count; $i++) { $sum += $Left[$i] * $Right[$i] }
        $sum
    }
}

Describe 'Find-CodeSnippet' {
    BeforeEach {
        Enter-NewFolder
        Get-FixtureText 12 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl
    }

    AfterEach { Pop-Location }

    It 'finds the same snippets as PyTorch, with the same scores' {
        $text = @(Get-FixtureText 12)[3]
        $expected = 0..11 |
            ForEach-Object { [pscustomobject]@{ Id = "$($_ + 1)"; Score = Measure-Cosine $exact[3] $exact[$_] } } |
            Sort-Object Score -Descending -Stable | Select-Object -First 5

        $found = Find-CodeSnippet $text index.jsonl -Top 5

        $found | Should -HaveCount 5
        $found.Id | Should -Be $expected.Id
        for ($i = 0; $i -lt 5; $i++) { $found[$i].Score | Should -BeGreaterThan ($expected[$i].Score - 1e-5) }
        for ($i = 0; $i -lt 5; $i++) { $found[$i].Score | Should -BeLessThan ($expected[$i].Score + 1e-5) }
        $found[0] | Should -BeOfType CodeEmbed.CodeMatch
        $found[0].Snippet.Content | Should -BeExactly $text
        $found[0].IndexLine | Should -Be 4
        $found[0].Index | Should -Be (Join-Path (Get-Location).ProviderPath 'index.jsonl')
    }

    It 'accepts questions of each kind, also from the pipeline' {
        $text = @(Get-FixtureText 12)[1]
        $embedding = $text | ConvertTo-CodeEmbedding $tiny
        $snippet = [CodeEmbed.CodeSnippet]@{ Id = 'q'; FilePath = ''; Language = ''; Content = $text }
        $record = [pscustomobject]@{ id = 'r'; file_path = 'a'; language = 'c'; content = $text }

        $found = $text, $embedding, $snippet, $record | Find-CodeSnippet -Path index.jsonl -Top 1

        $found.Id | Should -Be '2', '2', '2', '2'
        $found.Query | Should -BeExactly $text, '1', 'q', 'r'
        ($found[1] | Find-CodeSnippet -Path index.jsonl -Top 1).Score | Should -Be 1
        (Start-Job { $using:embedding } | Receive-Job -Wait -AutoRemoveJob | Find-CodeSnippet -Path index.jsonl -Top 1).Id |
            Should -Be '2'
    }

    It 'searches several files, by pattern and by name, each once' {
        Copy-Item index.jsonl 'other[1].jsonl'
        $text = @(Get-FixtureText 12)[0]

        $all = Find-CodeSnippet $text index.jsonl, *.jsonl -Top 100
        $all | Should -HaveCount 24
        $all[0, 1].Score | Should -Be $all[0].Score, $all[0].Score
        $all[0].Index | Should -BeLike '*index.jsonl'
        Find-CodeSnippet $text -LiteralPath 'other[1].jsonl' -Model $tiny -Top 100 | Should -HaveCount 12
        Find-CodeSnippet $text * -Top 100 | Should -HaveCount 24
    }

    It 'filters by similarity, language and file' {
        $rows = @(
            [pscustomobject]@{ id = 'a'; file_path = 'src/a.py'; language = 'Python'; content = 'x = 1' }
            [pscustomobject]@{ id = 'b'; file_path = 'src/b.rb'; language = 'ruby'; content = 'x = 1' }
            [pscustomobject]@{ id = 'c'; file_path = 'lib/c.py'; language = 'python'; content = 'while y: z(7)' }
        )
        $rows | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding rows.jsonl

        (Find-CodeSnippet 'x = 1' rows.jsonl).Id | Should -Be 'a', 'b', 'c'
        (Find-CodeSnippet 'x = 1' rows.jsonl -Language python).Id | Should -Be 'a', 'c'
        (Find-CodeSnippet 'x = 1' rows.jsonl -Language ru*).Id | Should -Be 'b'
        (Find-CodeSnippet 'x = 1' rows.jsonl -Include lib/*, *.rb).Id | Should -Be 'b', 'c'
        (Find-CodeSnippet 'x = 1' rows.jsonl -MinimumScore 0.9999).Id | Should -Be 'a', 'b'
    }

    It 'takes other names of a language: <name> for <language>' -TestCases @(
        @{ Name = 'csharp'; Language = 'c#' }
        @{ Name = 'C#'; Language = 'csharp' }
        @{ Name = 'cpp'; Language = 'C++' }
        @{ Name = 'golang'; Language = 'go' }
        @{ Name = 'ts'; Language = 'typescript' }
        @{ Name = 'ps1'; Language = 'powershell' }
    ) {
        param($Name, $Language)
        [pscustomobject]@{ id = 'a'; file_path = 'a'; language = $Language; content = 'x = 1' },
        [pscustomobject]@{ id = 'b'; file_path = 'b'; language = 'java'; content = 'x = 1' } |
            ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding rows.jsonl

        (Find-CodeSnippet 'x = 1' rows.jsonl -Language $Name).Id | Should -Be 'a'
    }

    It 'shows lines of code with control characters escaped' {
        $content = "first`tline`r`nsecond $([char]27)[31m`n`nfourth $([char]0x202e)"
        [CodeEmbed.CodeSnippet]@{ Id = "i$([char]27)"; FilePath = "a$([char]7).py"; Language = ''; Content = $content } |
            ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding evil.jsonl

        $match = Find-CodeSnippet 'x' evil.jsonl -Context 4
        $match.Context | Should -BeExactly "first`tline", 'second \u001b[31m', '', 'fourth \u202e'
        (Find-CodeSnippet 'x' evil.jsonl -Context 2).Context | Should -HaveCount 2
        (Find-CodeSnippet 'x' evil.jsonl).Context | Should -HaveCount 0

        $PSStyle.OutputRendering = 'PlainText'
        foreach ($shown in ($match | Out-String), (Find-CodeSnippet 'x' evil.jsonl | Out-String)) {
            $shown | Should -Match 'i\\u001b'
            $shown | Should -Match 'a\\u0007\.py'
            $shown | Should -Not -Match '[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]'
        }
    }

    It 'embeds a text with the prompt for questions, and a snippet without one' {
        $model = Join-Path (Get-Location).ProviderPath 'model'
        Copy-Item -Recurse $tiny $model
        $types = 'Transformer', 'Pooling'
        ConvertTo-Json @(0, 1 | ForEach-Object {
                @{ idx = $_; name = "$_"; path = ('', '1_Pooling')[$_]; type = "sentence_transformers.models.$($types[$_])" }
            }) | Set-Content model/modules.json
        $null = New-Item -ItemType Directory model/1_Pooling
        '{"pooling_mode_mean_tokens":true}' | Set-Content model/1_Pooling/config.json
        '{"prompts":{"query":"ask: ","other":"say: "}}' | Set-Content model/config_sentence_transformers.json
        $texts = 'ask: x = 1', 'say: x = 1', 'x = 1'
        $texts | ConvertTo-CodeEmbedding $model | Export-CodeEmbedding prompts.jsonl

        (Find-CodeSnippet 'x = 1' prompts.jsonl -Top 1).Id | Should -Be '1'
        (Find-CodeSnippet 'x = 1' prompts.jsonl -Top 1 -PromptName other).Id | Should -Be '2'
        (Find-CodeSnippet 'x = 1' prompts.jsonl -Top 1 -Prompt 'say: ').Id | Should -Be '2'
        (Find-CodeSnippet 'x = 1' prompts.jsonl -Top 1 -Prompt '').Id | Should -Be '3'
        $snippet = [CodeEmbed.CodeSnippet]@{ Id = 'q'; FilePath = ''; Language = ''; Content = 'x = 1' }
        (Find-CodeSnippet $snippet prompts.jsonl -Top 1).Id | Should -Be '3'
        Get-FailureId { Find-CodeSnippet 'x = 1' prompts.jsonl -PromptName none } | Should -BeExactly 'ParameterError'
    }

    It 'loads the model with the settings of the index: <settings>' -TestCases @(
        @{ Settings = 'MaxLength, SkipNormalization'; Arguments = @{ MaxLength = 32; SkipNormalization = $true } }
        @{ Settings = 'Pooling, Dimensions'; Arguments = @{ Pooling = 'Cls, Max'; Dimensions = 40 } }
        @{ Settings = 'Prompt'; Arguments = @{ Prompt = 'code: ' } }
        @{ Settings = 'Precision'; Arguments = @{ Precision = 'Int8' } }
    ) {
        param($Arguments)
        $made = Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny @Arguments | Export-CodeEmbedding set.jsonl -PassThru
        $null = 'y' | ConvertTo-CodeEmbedding $tiny -MaxLength 9

        $found = Find-CodeSnippet $made[1].Snippet set.jsonl -Top 1

        $found.Id | Should -Be '2'
        $found.Score | Should -BeGreaterThan 0.999999
    }

    It 'answers from memory as long as the index does not change' {
        $verbose = Find-CodeSnippet 'x' index.jsonl -Verbose 4>&1 |
            Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$verbose" | Should -Match 'Vectors kept for the next question: 0\.\d of at most 512 MiB'

        Get-FixtureText 2 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl
        Find-CodeSnippet 'x' index.jsonl -Top 100 | Should -HaveCount 2
        Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl -Append
        Find-CodeSnippet 'x' index.jsonl -Top 100 | Should -HaveCount 5
    }

    It 'reads compressed files' {
        Get-FixtureText 2 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding packed.jsonl.gz

        Test-Path packed.jsonl.gz.model.json | Should -BeTrue
        Find-CodeSnippet 'x' packed.jsonl.gz | Should -HaveCount 2
    }

    Context 'errors that end the pipeline' {
        It 'names both models of a mixed file' {
            'x' | ConvertTo-CodeEmbedding $tiny -MaxLength 64 | Export-CodeEmbedding index.jsonl -Append -AllowMixed

            $failure = Get-Failure { Find-CodeSnippet 'x' index.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'IndexError,*'
            $prints = (Read-Record index.jsonl).fingerprint | Select-Object -Unique
            $prints | ForEach-Object { "$failure" | Should -Match $_ }
            "$failure" | Should -Match 'line 13'
        }

        It 'names both models of two indexes' {
            'x' | ConvertTo-CodeEmbedding $tiny -MaxLength 64 | Export-CodeEmbedding other.jsonl

            $failure = Get-Failure { Find-CodeSnippet 'x' index.jsonl, other.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'IndexError,*'
            (Read-Record index.jsonl)[0].fingerprint, (Read-Record other.jsonl).fingerprint |
                ForEach-Object { "$failure" | Should -Match $_ }
        }

        It 'names both models if -Model names another one' {
            $failure = Get-Failure { Find-CodeSnippet 'x' index.jsonl -Model codeembed-mini }

            $failure.FullyQualifiedErrorId | Should -BeLike 'IndexError,*'
            "$failure" | Should -Match "'tiny-roberta' with the fingerprint .*'codeembed-mini' with the fingerprint"
            "$failure" | Should -Match 'What differs: .*weights'
        }

        It 'names both models if the question is an embedding of another model' {
            $question = 'x' | ConvertTo-CodeEmbedding codeembed-mini

            Get-FailureId { $question | Find-CodeSnippet -Path index.jsonl } | Should -BeExactly 'IndexError'
        }

        It 'asks for the model if the file next to the index is missing' {
            Remove-Item index.jsonl.model.json

            "$(Get-Failure { Find-CodeSnippet 'x' index.jsonl })" | Should -Match "model\.json'.*is missing.*'tiny-roberta'"
            Find-CodeSnippet 'x' index.jsonl -Model $tiny -Top 1 | Should -HaveCount 1
        }

        It 'refuses the file next to the index if it describes another index' {
            'x' | ConvertTo-CodeEmbedding $tiny -MaxLength 64 | Export-CodeEmbedding other.jsonl
            Move-Item -Force other.jsonl.model.json index.jsonl.model.json

            "$(Get-Failure { Find-CodeSnippet 'x' index.jsonl })" | Should -Match 'belongs to another one'
        }

        It 'accepts the new folder of a model that has moved' {
            Copy-Item -Recurse $tiny moved
            Get-FixtureText 2 | ConvertTo-CodeEmbedding moved | Export-CodeEmbedding moved.jsonl
            Rename-Item moved new

            "$(Get-Failure { Find-CodeSnippet 'x' moved.jsonl })" | Should -Match 'is missing'
            Find-CodeSnippet 'x' moved.jsonl -Model new | Should -HaveCount 2
        }
    }

    Context 'input that does not end the pipeline' {
        It 'includes an empty question' {
            $found = '', ' ', $null, 'x' | Find-CodeSnippet -Path index.jsonl -Top 1 -ErrorVariable failed -ErrorAction Ignore

            $found | Should -HaveCount 1
            $found.Query | Should -Be 'x'
            $failed | Should -HaveCount 0
            $null = '' | Find-CodeSnippet -Path index.jsonl -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'ValidationError,*'
        }

        It 'includes a NumPy file whose records are missing' {
            Import-CodeEmbedding index.jsonl | Export-CodeEmbedding vectors.npy
            Remove-Item vectors.jsonl
            foreach ($read in { Find-CodeSnippet 'x' vectors.npy -ErrorAction Stop }, { Import-CodeEmbedding vectors.npy }) {
                "$(Get-Failure $read)" | Should -Match "vectors\.jsonl', which holds its records, is missing"
            }
        }

        It 'includes a missing file' {
            $found = Find-CodeSnippet 'x' index.jsonl, missing.jsonl -ErrorVariable failed -ErrorAction SilentlyContinue

            $found | Should -HaveCount 10
            $failed.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            "$failed" | Should -Match 'missing\.jsonl'
        }

        It 'includes a torn line and a record of another kind' {
            '{"id":"s","file_path":"","language":"","content":"x"}', '{"id":"t","file_path":""' |
                Add-Content -NoNewline -LiteralPath index.jsonl
            $lines = Get-Content index.jsonl
            $lines[0..11] + '{"id":"s","file_path":"","language":"","content":"x"}' + '{"id":"t","fi' | Set-Content index.jsonl

            $found = Find-CodeSnippet 'x' index.jsonl -Top 100 -ErrorVariable failed -ErrorAction SilentlyContinue

            $found | Should -HaveCount 12
            $failed | Should -HaveCount 2
            "$($failed[0])" | Should -Match "index\.jsonl:13: the field 'vector' is missing"
            "$($failed[1])" | Should -Match 'index\.jsonl:14: invalid JSON'
        }

        It 'includes many bad lines, of which the first are named' {
            1..20 | ForEach-Object { '{}' } | Add-Content index.jsonl

            $null = Find-CodeSnippet 'x' index.jsonl -ErrorVariable failed -ErrorAction SilentlyContinue -WarningVariable warned `
                -WarningAction SilentlyContinue

            $failed | Should -HaveCount 10
            "$warned" | Should -Match '10 more records'
        }

        It 'includes a question longer than the model''s limit' {
            $found = Find-CodeSnippet ('word ' * 2000) index.jsonl -Top 1 -WarningVariable warned -WarningAction SilentlyContinue

            $found | Should -HaveCount 1
            "$warned" | Should -Match 'longer than the model sees'
        }

        It 'includes a filter that leaves out everything: <filter>' -TestCases @(
            @{
                Filter = @{ Language = 'cobol', 'ada' }
                Expected = '-Language cobol, ada matches no snippet in *; it has go, python.'
            }
            @{ Filter = @{ Include = 'nothere/*' }; Expected = "-Include nothere/[*] matches no file path in '*rows.jsonl'." }
            @{
                Filter = @{ Language = 'go'; Include = '*.py' }
                Expected = "-Language go and -Include [*].py together match no snippet in '*rows.jsonl'."
            }
        ) {
            param($Filter, $Expected)
            [pscustomobject]@{ id = 'a'; file_path = 'a.py'; language = 'python'; content = 'x = 1' },
            [pscustomobject]@{ id = 'b'; file_path = 'b.go'; language = 'go'; content = 'x = 1' } |
                ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding rows.jsonl

            'x', 'y' | Find-CodeSnippet -Path rows.jsonl @Filter -WarningVariable warned -WarningAction SilentlyContinue |
                Should -BeNullOrEmpty

            $warned | Should -HaveCount 1
            "$warned" | Should -BeLike $Expected
        }

        It 'excludes a warning about a filter whose snippets are all too far away' {
            [pscustomobject]@{ id = 'a'; file_path = 'a.py'; language = 'python'; content = 'x = 1' } |
                ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding rows.jsonl

            Find-CodeSnippet 'def f(): pass' rows.jsonl -Language python -MinimumScore 1 -WarningVariable warned |
                Should -BeNullOrEmpty
            $warned | Should -BeNullOrEmpty
        }

        It 'includes a filter in an index of many languages, of which ten are named' {
            11..25 | ForEach-Object { [pscustomobject]@{ id = $_; file_path = 'a'; language = "l$_"; content = 'x = 1' } } |
                ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding rows.jsonl

            Find-CodeSnippet 'x' rows.jsonl -Language ada -WarningVariable warned -WarningAction SilentlyContinue

            "$warned" | Should -BeLike '* it has l11, l12, l13, l14, l15, l16, l17, l18, l19, l20 and others.'
        }

        It 'includes an empty index' {
            $null = New-Item empty.jsonl

            Find-CodeSnippet 'x' empty.jsonl -WarningVariable warned -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            "$warned" | Should -Match 'holds no embeddings'
        }
    }
}

Describe 'Compare-CodeEmbedding' {
    It 'returns the cosine of PyTorch''s vectors' {
        $made = Get-FixtureText 4 | ConvertTo-CodeEmbedding $tiny

        $found = $made | Compare-CodeEmbedding $made[2]

        $found | Should -HaveCount 4
        $found[2] | Should -Be 1
        for ($i = 0; $i -lt 4; $i++) {
            [Math]::Abs($found[$i] - (Measure-Cosine $exact[2] $exact[$i])) | Should -BeLessThan 1e-5
        }
    }

    It 'accepts arrays of numbers: <left>, <right>' -TestCases @(
        @{ Left = @(3, 4); Right = @(4, 3); Expected = 0.96 }
        @{ Left = [float[]] (1, 0); Right = [double[]] (0, 2); Expected = 0 }
        @{ Left = @(1.5, -2); Right = @(-3, 4.0); Expected = -1 }
        @{ Left = @(0, 0); Right = @(1, 1); Expected = 0 }
    ) {
        param($Left, $Right, $Expected)
        Compare-CodeEmbedding $Left $Right | Should -Be $Expected
    }

    It 'accepts a list of embeddings, and search results' {
        Enter-NewFolder
        $made = Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl -PassThru
        $found = $made[0] | Find-CodeSnippet -Path index.jsonl

        Compare-CodeEmbedding $made[0] $found | Should -Be $found.Score
        Compare-CodeEmbedding $made[1].Vector $made | Should -HaveCount 3
        Pop-Location
    }

    It 'refuses values that cannot be compared: <case>' -TestCases @(
        @{ Case = 'other settings'; Script = { Compare-CodeEmbedding $made ('x' | ConvertTo-CodeEmbedding $tiny -MaxLength 9) } }
        @{ Case = 'another length'; Script = { Compare-CodeEmbedding $made @(1, 2) } }
        @{ Case = 'a text'; Script = { Compare-CodeEmbedding $made 'x' } }
        @{ Case = 'nothing'; Script = { Compare-CodeEmbedding $made $null } }
        @{ Case = 'not a number'; Script = { Compare-CodeEmbedding @(1, 'x') @(1, 2) } }
    ) {
        param($Script)
        $made = 'x' | ConvertTo-CodeEmbedding $tiny

        Get-FailureId $Script | Should -BeExactly 'ValidationError'
    }
}
