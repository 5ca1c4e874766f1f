#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Embeds snippets with these ids.
    function Get-Embedding([string[]] $Id) {
        $Id | ForEach-Object { [CodeEmbed.CodeSnippet]@{ Id = $_; FilePath = 'a.py'; Language = 'python'; Content = 'x = 1' } } |
            ConvertTo-CodeEmbedding $tiny
    }
}

Describe 'Export-CodeEmbedding' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'target paths' {
        It 'accepts a path by position and by name' {
            Get-Embedding 1 | Export-CodeEmbedding a.jsonl
            Get-Embedding 1 | Export-CodeEmbedding -Path b.jsonl

            (Get-FileHash a.jsonl).Hash | Should -Be (Get-FileHash b.jsonl).Hash
        }

        It 'takes a name with brackets literally with -<name>' -TestCases @(@{ Name = 'LiteralPath' }, @{ Name = 'LP' }) {
            param($Name)
            $arguments = @{ $Name = 'out[1].jsonl' }

            Get-Embedding 1 | Export-CodeEmbedding @arguments

            (Get-ChildItem).Name | Should -Be 'out[1].jsonl', 'out[1].jsonl.model.json'
        }

        It 'accepts a path on a PowerShell drive' {
            New-PSDrive -Name CodeEmbedTests -PSProvider FileSystem -Root (Get-Location).ProviderPath | Out-Null

            try {
                Get-Embedding 1 | Export-CodeEmbedding CodeEmbedTests:/out.jsonl
            }
            finally {
                Remove-PSDrive CodeEmbedTests
            }

            (Read-Record out.jsonl).id | Should -Be '1'
        }

        It 'overwrites an existing file by default, and leaves no other files' {
            Set-Content out.jsonl 'before'

            Get-Embedding 1, 2 | Export-CodeEmbedding out.jsonl

            (Read-Record out.jsonl).id | Should -Be '1', '2'
            (Get-ChildItem).Name | Should -Be 'out.jsonl', 'out.jsonl.model.json'
        }

        It 'warns if nothing replaces embeddings' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl

            @() | Export-CodeEmbedding new.jsonl -WarningVariable none
            @() | Export-CodeEmbedding out.jsonl -WarningVariable warned -WarningAction SilentlyContinue

            $none | Should -BeNullOrEmpty
            "$warned" | Should -BeLike "No embeddings came, so '*out.jsonl' has none now.*"
            Get-Item out.jsonl, new.jsonl | ForEach-Object Length | Should -Be 0, 0
        }

        It 'leaves embeddings unchanged if no path came to <name>' -TestCases @(
            @{ Name = 'Import-CodeSnippet' }, @{ Name = 'Import-CodeEmbedding' }, @{ Name = 'Get-CodeSnippet' }
        ) {
            param($Name)
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl
            $before = (Get-FileHash out.jsonl).Hash

            $failure = Get-Failure {
                Get-ChildItem none* | & $Name | Where-Object { $true } | ConvertTo-CodeEmbedding $tiny |
                    Export-CodeEmbedding out.jsonl
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            "$failure" | Should -BeLike 'No path came through the pipeline*'
            (Get-FileHash out.jsonl).Hash | Should -Be $before
        }

        It 'warns if embeddings with different settings cannot be searched together' {
            $long = Get-Embedding 1
            $short = ConvertTo-CodeEmbedding -Model $tiny -MaxLength 8 -InputObject 'x = 1'

            $long, $short | Export-CodeEmbedding out.jsonl -WarningVariable warned -WarningAction SilentlyContinue

            "$warned" | Should -BeLike '*out.jsonl*different models or settings*'
            'out.jsonl.model.json' | Should -Not -Exist
        }

        It 'accepts an embedding through -InputObject' {
            Export-CodeEmbedding out.jsonl -InputObject (Get-Embedding 1)

            (Read-Record out.jsonl).id | Should -Be '1'
        }

        It 'writes UTF-8 without a byte order mark, with LF, one object per line' {
            'größe' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

            $bytes = Get-Content out.jsonl -AsByteStream -Raw
            $bytes[0] | Should -Be ([byte][char]'{')
            $bytes[-1] | Should -Be 10
            $bytes | Should -Not -Contain 13
            ([System.Text.Encoding]::UTF8.GetString($bytes)).Contains('größe') | Should -BeTrue
            Get-Content out.jsonl | Should -HaveCount 1
        }

        It 'writes through a symbolic link' -Skip:$IsWindows {
            Set-Content target.jsonl 'before'
            New-Item link.jsonl -ItemType SymbolicLink -Target (Get-Item target.jsonl).FullName | Out-Null

            Get-Embedding 1 | Export-CodeEmbedding link.jsonl

            (Get-Item link.jsonl).LinkType | Should -Be 'SymbolicLink'
            (Read-Record target.jsonl).id | Should -Be '1'
        }
    }

    Context 'output format' {
        It 'adds these properties after the properties of the snippet' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl

            (Read-Record out.jsonl).PSObject.Properties.Name | Should -Be 'id', 'file_path', 'language', 'content',
                'vector', 'model_name', 'precision', 'normalized', 'token_count', 'truncated_tokens', 'fingerprint'
        }

        It 'writes each number of the vector so that it reads back unchanged' {
            $embedding = Get-Embedding 1 | Export-CodeEmbedding out.jsonl -PassThru

            Test-SameVector (Read-Record out.jsonl).vector $embedding.Vector | Should -BeTrue
        }

        It 'writes the digest instead of the content with -ExcludeContent' {
            # Includes characters of more than one byte in UTF-8.
            $content = "def größe():`r`n    return '日本'`n"
            Set-Content content.txt $content -NoNewline -Encoding utf8NoBOM
            $expected = (Get-FileHash content.txt -Algorithm SHA256).Hash.ToLowerInvariant()

            $content | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl -ExcludeContent

            $record = Read-Record out.jsonl
            $record.PSObject.Properties.Name | Select-Object -First 5 |
                Should -Be 'id', 'file_path', 'language', 'content_sha256', 'vector'
            $record.content_sha256 | Should -BeExactly $expected
            Get-Content out.jsonl -Raw | Should -Not -BeLike '*def*'
        }

        It 'compresses a file whose name ends in .zst' {
            Get-Embedding 1, 2 | Export-CodeEmbedding plain.jsonl
            Get-Embedding 1, 2 | Export-CodeEmbedding out.jsonl.zst

            (Get-Content out.jsonl.zst -AsByteStream -TotalCount 4) | Should -Be 0x28, 0xB5, 0x2F, 0xFD
            Import-CodeEmbedding out.jsonl.zst | Export-CodeEmbedding again.jsonl
            Get-Content again.jsonl -Raw | Should -BeExactly (Get-Content plain.jsonl -Raw)
            (Get-ChildItem -Exclude *.model.json | Sort-Object Name).Name |
            Should -Be 'again.jsonl', 'out.jsonl.zst', 'plain.jsonl'
        }

        It 'compresses a file whose name ends in .gz' {
            $embeddings = Get-Embedding 1, 2
            $embeddings | Export-CodeEmbedding plain.jsonl

            $embeddings | Export-CodeEmbedding out.jsonl.gz

            (Get-Content out.jsonl.gz -AsByteStream -TotalCount 2) | Should -Be 0x1F, 0x8B
            Read-Gzip out.jsonl.gz | Should -BeExactly (Get-Content plain.jsonl -Raw)
            (Get-ChildItem -Exclude *.model.json | Sort-Object Name).Name | Should -Be 'out.jsonl.gz', 'plain.jsonl'
            Get-ChildItem *.model.json | Should -HaveCount 2
        }

        It 'warns about an extension that suggests another format' {
            $embeddings = Get-Embedding 1, 2

            $embeddings | Export-CodeEmbedding out.CSV -WarningVariable warned -WarningAction SilentlyContinue
            $embeddings | Export-CodeEmbedding out.txt -WarningVariable +warned

            $warned | Should -HaveCount 1
            "$warned" | Should -BeLike "*out.CSV' is written as JSON Lines*"
            Get-Content out.CSV -Raw | Should -BeExactly (Get-Content out.txt -Raw)
        }
    }

    Context '-Append' {
        It 'appends to <file>' -TestCases @(@{ File = 'out.jsonl' }, @{ File = 'out.jsonl.gz' }, @{ File = 'out.jsonl.zst' }) {
            param($File)
            Get-Embedding 1, 2 | Export-CodeEmbedding $File

            Get-Embedding 3 | Export-CodeEmbedding $File -Append

            (Import-CodeEmbedding $File).Snippet.Id | Should -Be '1', '2', '3'
            (Get-ChildItem).Name | Should -Be $File, "$File.model.json"
        }

        It 'leaves the existing bytes unchanged' {
            Get-Embedding 1, 2 | Export-CodeEmbedding out.jsonl
            $before = Get-Content out.jsonl -Raw

            Get-Embedding 3 | Export-CodeEmbedding out.jsonl -Append

            (Get-Content out.jsonl -Raw).StartsWith($before, [StringComparison]::Ordinal) | Should -BeTrue
        }

        It 'creates the file if it is missing' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl -Append

            (Read-Record out.jsonl).id | Should -Be '1'
        }

        It 'completes an unterminated last line first' {
            Set-Content out.jsonl (Get-RecordLine 0) -NoNewline

            Get-Embedding 1 | Export-CodeEmbedding out.jsonl -Append -AllowMixed

            (Read-Record out.jsonl).id | Should -Be '0', '1'
        }

        It 'can be combined with -NoClobber, because nothing is overwritten' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl

            Get-Embedding 2 | Export-CodeEmbedding out.jsonl -Append -NoClobber

            (Read-Record out.jsonl).id | Should -Be '1', '2'
        }

        It 'leaves <file> unchanged if the run fails' -TestCases @(@{ File = 'out.jsonl' }, @{ File = 'out.jsonl.gz' }) {
            param($File)
            Get-Embedding 1 | Export-CodeEmbedding $File
            $before = (Get-FileHash $File).Hash
            Write-Record in.jsonl (2..30)
            Add-Content in.jsonl '{'

            $failure = Get-Failure {
                Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding $File -Append
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidInputError,*'
            (Get-FileHash $File).Hash | Should -Be $before
        }

        It 'leaves the file unchanged if there is no input' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl.gz
            $before = (Get-FileHash out.jsonl.gz).Hash

            @() | Export-CodeEmbedding out.jsonl.gz -Append

            (Get-FileHash out.jsonl.gz).Hash | Should -Be $before
        }
    }

    Context '-NoClobber' {
        It 'reports an existing file as an error under the name <name>, and leaves it unchanged' -TestCases @(
            @{ Name = 'NoClobber' }, @{ Name = 'NoOverwrite' }
        ) {
            param($Name)
            Set-Content out.jsonl 'before'
            $arguments = @{ $Name = $true }

            $failure = Get-Failure { Get-Embedding 1 | Export-CodeEmbedding out.jsonl @arguments }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
            Get-Content out.jsonl | Should -Be 'before'
            (Get-ChildItem).Name | Should -Be 'out.jsonl'
        }

        It 'writes a new file' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl -NoClobber

            (Read-Record out.jsonl).id | Should -Be '1'
        }
    }

    Context '-Force' {
        It 'creates missing folders' {
            Get-Embedding 1 | Export-CodeEmbedding new/folder/out.jsonl -Force

            (Read-Record new/folder/out.jsonl).id | Should -Be '1'
        }

        It 'is required if folders are missing' {
            Get-FailureId { Get-Embedding 1 | Export-CodeEmbedding new/out.jsonl } | Should -BeExactly 'FileWriteError'
            Test-Path new | Should -BeFalse
        }

        It 'replaces a read-only file, and it stays read-only' {
            Set-Content out.jsonl 'before'
            Set-ItemProperty out.jsonl IsReadOnly $true
            try {
                Get-Embedding 1 | Export-CodeEmbedding out.jsonl -Force

                (Read-Record out.jsonl).id | Should -Be '1'
                (Get-Item out.jsonl).IsReadOnly | Should -BeTrue
            }
            finally {
                Set-ItemProperty out.jsonl IsReadOnly $false
            }
        }

        It 'appends to a read-only file, and it stays read-only' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl
            Set-ItemProperty out.jsonl IsReadOnly $true
            try {
                Get-Embedding 2 | Export-CodeEmbedding out.jsonl -Append -Force

                (Read-Record out.jsonl).id | Should -Be '1', '2'
                (Get-Item out.jsonl).IsReadOnly | Should -BeTrue
            }
            finally {
                Set-ItemProperty out.jsonl IsReadOnly $false
            }
        }

        It 'is required for a read-only file' {
            Set-Content out.jsonl 'before'
            Set-ItemProperty out.jsonl IsReadOnly $true
            try {
                Get-FailureId { Get-Embedding 1 | Export-CodeEmbedding out.jsonl } | Should -BeExactly 'FileWriteError'
                Get-FailureId { Get-Embedding 1 | Export-CodeEmbedding out.jsonl -Append } | Should -BeExactly 'FileWriteError'
                Get-Content out.jsonl | Should -Be 'before'
            }
            finally {
                Set-ItemProperty out.jsonl IsReadOnly $false
            }
        }

        It 'does not override -NoClobber' {
            Set-Content out.jsonl 'before'

            Get-FailureId { Get-Embedding 1 | Export-CodeEmbedding out.jsonl -NoClobber -Force } |
                Should -BeExactly 'FileWriteError'
            Get-Content out.jsonl | Should -Be 'before'
        }
    }

    Context '-PassThru' {
        It 'passes each embedding on, and writes it' {
            $passed = Get-Embedding 1, 2 | Export-CodeEmbedding out.jsonl -PassThru

            $passed | ForEach-Object { $_ | Should -BeOfType CodeEmbed.CodeEmbedding }
            $passed.Snippet.Id | Should -Be '1', '2'
            (Read-Record out.jsonl).id | Should -Be '1', '2'
        }

        It 'can write the same embeddings to two files' {
            Get-Embedding 1, 2 | Export-CodeEmbedding a.jsonl -PassThru | Export-CodeEmbedding b.jsonl

            (Get-FileHash a.jsonl).Hash | Should -Be (Get-FileHash b.jsonl).Hash
            (Get-ChildItem -Exclude *.model.json | Sort-Object Name).Name | Should -Be 'a.jsonl', 'b.jsonl'
            (Get-FileHash a.jsonl.model.json).Hash | Should -Be (Get-FileHash b.jsonl.model.json).Hash
        }

        It 'is required to pass anything on' {
            Get-Embedding 1 | Export-CodeEmbedding out.jsonl | Should -BeNullOrEmpty
        }
    }

    Context '-WhatIf and -Confirm' {
        It 'changes nothing with -WhatIf<case>' -TestCases @(
            @{ Case = '' }
            @{ Case = ' -Append' }
            @{ Case = ' -PassThru' }
        ) {
            param($Case)
            Set-Content out.jsonl 'before'

            Invoke-WithoutHost "'x' | ConvertTo-CodeEmbedding `$tiny | Export-CodeEmbedding out.jsonl$Case -WhatIf" |
                Should -BeNullOrEmpty

            Get-Content out.jsonl | Should -Be 'before'
            (Get-ChildItem).Name | Should -Be 'out.jsonl'
        }

        It 'creates no file and no folder with -WhatIf' {
            Invoke-WithoutHost "'x' | ConvertTo-CodeEmbedding `$tiny | Export-CodeEmbedding new/out.jsonl -Force -WhatIf"

            Get-ChildItem | Should -BeNullOrEmpty
        }

        It 'names the target with -WhatIf' {
            $target = Join-Path (Get-Location).ProviderPath out.jsonl

            $lines = Invoke-Pwsh "'x' | ConvertTo-CodeEmbedding `$tiny | Export-CodeEmbedding out.jsonl -WhatIf"

            $lines | Should -HaveCount 1
            $lines | Should -BeLike "*`"$target`"*"
        }

        It 'does not ask with -Confirm:$false' {
            $ConfirmPreference = 'Low'

            Get-Embedding 1 | Export-CodeEmbedding out.jsonl -Confirm:$false

            (Read-Record out.jsonl).id | Should -Be '1'
        }

        It 'changes nothing if -Confirm cannot ask anyone' {
            Set-Content out.jsonl 'before'

            Invoke-Pwsh "'x' | ConvertTo-CodeEmbedding `$tiny | Export-CodeEmbedding out.jsonl -Confirm" |
                Should -Not -BeNullOrEmpty

            Get-Content out.jsonl | Should -Be 'before'
            (Get-ChildItem).Name | Should -Be 'out.jsonl'
        }
    }
}
