#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
}

Describe 'A store' {
    BeforeEach { Enter-NewFolder }

    AfterEach { Pop-Location }

    Context '<name>' -ForEach @(
        @{ Name = 'index.safetensors' }, @{ Name = 'index.parquet' }, @{ Name = 'index.db' }, @{ Name = 'index.sqlite' }
    ) {
        BeforeEach {
            $before = Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding $name -PassThru
        }

        It 'is one file, with nothing next to it' {
            (Get-ChildItem).Name | Should -Be $name
        }

        It 'is read back' {
            $after = Import-CodeEmbedding $name

            $after.Id | Should -Be $before.Id
            $after.Snippet.Content | Should -BeExactly $before.Snippet.Content
            for ($i = 0; $i -lt 3; $i++) {
                Test-SameVector $after[$i].Vector $before[$i].Vector | Should -BeTrue
            }
        }

        It 'is searched with the model that it names' {
            $found = Find-CodeSnippet $before[1].Snippet.Content $name -Top 1

            $found.Id | Should -Be $before[1].Id
            $found.Score | Should -BeGreaterThan 0.9999
        }

        It 'has its vectors reused, even by the run that replaces it' {
            $null = Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny -ReuseFrom $name -InformationVariable told |
                Export-CodeEmbedding $name -InformationAction Ignore

            ($told | Where-Object Tags -Contains 'CodeEmbed.Reuse').MessageData.Reused | Should -Be 3
            Import-CodeEmbedding $name | Should -HaveCount 3
        }

        It 'is searched for duplicates' {
            Import-CodeEmbedding $name, $name | Export-CodeEmbedding "twice-$name"

            Find-CodeDuplicate "twice-$name" -MinimumScore 0.99999 | Should -HaveCount 3
        }

        It 'is drawn as a map' {
            Export-CodeEmbeddingMap $name map.html

            'map.html' | Should -FileContentMatch '<html'
        }

        It 'cannot be appended to' {
            { $before | Export-CodeEmbedding $name -Append } | Should -Throw -ErrorId 'FileWriteError*'
        }

        It 'has its own vector encoding' {
            { $before | Export-CodeEmbedding $name -VectorEncoding Base64 } |
                Should -Throw '*-VectorEncoding is for JSON Lines*' -ErrorId 'FileWriteError*'
        }

        It 'holds no snippets' {
            { Import-CodeSnippet $name -ErrorAction Stop } |
                Should -Throw '*snippets are read from JSON Lines*' -ErrorId 'FileReadError*'
        }

        It 'is reported with the damaged row, or as truncated' {
            $bytes = [IO.File]::ReadAllBytes((Join-Path $PWD $name))
            [IO.File]::WriteAllBytes((Join-Path $PWD "cut-$name"), $bytes[0..($bytes.Length - 20)])

            { Import-CodeEmbedding "cut-$name" -ErrorAction Stop } |
                Should -Throw "*cut-${name}:1: *damaged or cut short*" -ErrorId 'InvalidInputError*'
        }
    }

    It 'is refused under the name of a compressed file' {
        { Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.db.gz } |
            Should -Throw '*which no program opens*' -ErrorId 'FileWriteError*'
    }

    It 'is not loaded until one is used' {
        $folder = (Get-Location).ProviderPath
        Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl
        Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.db
        $loaded = '; @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -like "*Stores*" }).Count'

        Invoke-Pwsh "Set-Location '$folder'; `$null = Import-CodeEmbedding out.jsonl$loaded" | Should -Be '0'
        Invoke-Pwsh "Set-Location '$folder'; `$null = Import-CodeEmbedding out.db$loaded" | Should -Be '1'
    }
}

Describe 'Export-CodeEmbedding -VectorEncoding Base64' {
    BeforeEach { Enter-NewFolder }

    AfterEach { Pop-Location }

    It 'writes the bytes of the vector' {
        $made = Get-FixtureText 2 | ConvertTo-CodeEmbedding $tiny |
            Export-CodeEmbedding out.jsonl -VectorEncoding Base64 -PassThru

        $bytes = [Convert]::FromBase64String((Read-Record out.jsonl)[1].vector)
        $bytes.Length | Should -Be (4 * $made[1].Vector.Length)
        [BitConverter]::ToSingle($bytes, 4) | Should -BeExactly $made[1].Vector[1]
    }

    It 'can be appended to a file with arrays, and everything is read' {
        $made = Get-FixtureText 1 | ConvertTo-CodeEmbedding $tiny
        $made | Export-CodeEmbedding out.jsonl
        $made | Export-CodeEmbedding out.jsonl -Append -VectorEncoding Base64

        $read = Import-CodeEmbedding out.jsonl
        Test-SameVector $read[0].Vector $read[1].Vector | Should -BeTrue
        Find-CodeSnippet $made out.jsonl | Should -HaveCount 2
    }

    It 'is resumed only with the original encoding' {
        Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny -BatchSize 1 |
            Export-CodeEmbedding out.jsonl -VectorEncoding Base64 -PassThru |
            Select-Object -First 1 -WarningAction Ignore | Out-Null

        { Get-FixtureText 3 | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -Resume } |
            Should -Throw '*vector_encoding*'
    }
}
