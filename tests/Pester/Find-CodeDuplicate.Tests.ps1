#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # A record with the given vector.
    function Write-Record([string] $File, [string] $Id, [double[]] $Vector, [hashtable] $With = @{}) {
        $record = [ordered]@{
            id = $Id; file_path = "lib/$Id.py"; language = 'python'; content = 'x'; vector = $Vector; model_name = 'm'
            precision = 'float32'; normalized = $false; token_count = 1; truncated_tokens = 0; fingerprint = '0123456789abcdef'
        }
        foreach ($name in $With.Keys) { $record[$name] = $With[$name] }
        ConvertTo-Json -Compress $record | Add-Content -LiteralPath $File
    }
}

Describe 'Find-CodeDuplicate' {
    BeforeEach {
        Enter-NewFolder
        Write-Record index.jsonl a 3, 4
        Write-Record index.jsonl b 4, 3 @{ language = 'ruby' }
        Write-Record index.jsonl c -4, 3 @{ chunk_name = 'f'; metadata = @{ start_line = 7; end_line = 9 } }
        Write-Record index.jsonl d -4, 3 @{ content = 'y' }
        Write-Record index.jsonl e 0, -1
    }

    AfterEach { Pop-Location }

    It 'caches no vectors for later questions' {
        $vector = @(0) * 300000 + 1
        Write-Record large.jsonl a $vector
        Write-Record large.jsonl b $vector
        $question = Import-CodeEmbedding index.jsonl | Select-Object -First 1
        $before = Find-CodeSnippet $question index.jsonl -Verbose 4>&1 |
            Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }

        Find-CodeDuplicate large.jsonl | Should -HaveCount 1

        $after = Find-CodeSnippet $question index.jsonl -Verbose 4>&1 |
            Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        "$before" | Should -Match 'Vectors kept'
        "$after" -replace '^.*Vectors kept' | Should -Be ("$before" -replace '^.*Vectors kept')
    }

    It 'returns the groups, the most similar first' {
        $groups = Find-CodeDuplicate index.jsonl

        $groups | Should -HaveCount 2
        $groups[0] | Should -BeOfType CodeEmbed.DuplicateGroup
        $groups.Score | Should -Be 1, 0.96
        $groups.IsIdentical | Should -Be $false, $true
        $groups[0].Members.Id | Should -Be 'c', 'd'
        $groups[1].Members.Score | Should -Be 1, 0.96
        $groups[0].Members[0].StartLine | Should -Be 7
        $groups[1].Members[0] | Find-CodeSnippet -Path index.jsonl -Top 1 | Should -BeOfType CodeEmbed.CodeMatch
    }

    It 'filters by similarity, language and file' {
        Find-CodeDuplicate index.jsonl -MinimumScore 0.97 | Should -HaveCount 1
        Find-CodeDuplicate index.jsonl -Language PYTHON | Should -HaveCount 1
        Find-CodeDuplicate index.jsonl -Include *a.py, *b.py | ForEach-Object Members | Should -HaveCount 2
        Find-CodeDuplicate index.jsonl -MinimumScore -1 -Threads 1 | ForEach-Object Count | Should -Be 5
    }

    It 'accepts several files, wildcards, and exact names' {
        Write-Record 'other[1].jsonl' z 3, 4

        (Find-CodeDuplicate *.jsonl)[0].Members.Id | Should -Be 'a', 'z', 'b'
        Find-CodeDuplicate -LiteralPath 'other[1].jsonl' | Should -BeNullOrEmpty
        (Find-CodeDuplicate -LiteralPath 'other[1].jsonl', index.jsonl)[0].Members.Id | Should -Be 'z', 'a', 'b'
    }

    It 'finds copies among embeddings made by a model' {
        $null = Get-FixtureText 6 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding made.jsonl
        $null = @(Get-FixtureText 6)[4] | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding made.jsonl -Append

        $group = Find-CodeDuplicate made.jsonl -MinimumScore 0.999999 | Where-Object IsIdentical

        $group.Members.IndexLine | Should -Be 5, 7
    }

    It 'shows where the members are, with control characters escaped' {
        $lines = @{ start_line = 3; end_line = 4 }
        Write-Record evil.jsonl "i$([char]27)" 1, 0 @{ file_path = "a$([char]7).py"; metadata = $lines }
        Write-Record evil.jsonl 'j' 1, 0 @{ file_path = "b$([char]0x202e).py" }
        $PSStyle.OutputRendering = 'PlainText'

        $shown = Find-CodeDuplicate evil.jsonl | Out-String

        $shown | Should -Match '1\.0000 +2 True +i\\u001b +a\\u0007\.py:3, b\\u202e\.py'
        $shown | Should -Not -Match '[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]'
    }

    Context 'errors that end the pipeline' {
        It 'names both models of two files' {
            Write-Record other.jsonl z 1, 0 @{ model_name = 'other'; fingerprint = 'fedcba9876543210' }

            $failure = Get-Failure { Find-CodeDuplicate index.jsonl, other.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'IndexError,*'
            "$failure" | Should -Match "'other' with the fingerprint fedcba9876543210.*'m' with the fingerprint 0123456789abcdef"
        }

        It 'names both models of a mixed file' {
            Write-Record index.jsonl z 1, 0 @{ model_name = 'other'; fingerprint = 'fedcba9876543210' }

            $failure = Get-Failure { Find-CodeDuplicate index.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'IndexError,*'
            "$failure" | Should -Match 'fedcba9876543210'
            "$failure" | Should -Match '0123456789abcdef'
        }
    }

    Context 'input that does not end the pipeline' {
        It 'includes a missing file' {
            $groups = Find-CodeDuplicate index.jsonl, missing.jsonl -ErrorVariable failed -ErrorAction SilentlyContinue

            $groups | Should -HaveCount 2
            $failed.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
        }

        It 'includes a bad record' {
            '{}', '{"id":"t","fi' | Add-Content index.jsonl

            $groups = Find-CodeDuplicate index.jsonl -ErrorVariable failed -ErrorAction SilentlyContinue

            $groups | Should -HaveCount 2
            $failed | Should -HaveCount 2
            "$($failed[1])" | Should -Match 'index\.jsonl:7: invalid JSON'
        }

        It 'includes a filter that leaves out everything' {
            Find-CodeDuplicate index.jsonl -Language cobol -Include nothere/* -WarningVariable warned `
                -WarningAction SilentlyContinue | Should -BeNullOrEmpty

            $warned | Should -HaveCount 2
            "$($warned[0])" | Should -BeLike '-Language cobol matches no snippet in *; it has python, ruby.'
            "$($warned[1])" | Should -BeLike '-Include nothere/[*] matches no file path in *index.jsonl*'
        }

        It 'includes an empty file' {
            $null = New-Item empty.jsonl

            Find-CodeDuplicate empty.jsonl -WarningVariable warned -WarningAction SilentlyContinue | Should -BeNullOrEmpty
            "$warned" | Should -Match 'holds no embeddings'
        }
    }
}
