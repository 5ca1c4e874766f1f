#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # A copy of the small model, with NaN as the scale of its first normalization: none of its vectors is finite.
    function New-PoisonedModel([string] $Path) {
        Copy-Item $tiny $Path -Recurse
        $file = Join-Path $Path 'model.safetensors'
        $bytes = Get-Content -LiteralPath $file -AsByteStream -Raw
        $header = [BitConverter]::ToInt64($bytes, 0)
        $table = [System.Text.Encoding]::UTF8.GetString($bytes, 8, $header) | ConvertFrom-Json
        $start, $end = $table.'embeddings.LayerNorm.weight'.data_offsets
        $nan = [BitConverter]::GetBytes([float]::NaN)
        for ($i = 8 + $header + $start; $i -lt 8 + $header + $end; $i += 4) {
            [Array]::Copy($nan, 0, $bytes, $i, 4)
        }

        Set-Content -LiteralPath $file -Value $bytes -AsByteStream
    }
}

Describe 'Errors' {
    BeforeEach {
        Enter-NewFolder
        Write-Record good.jsonl 1, 2
        Set-Content out.jsonl 'what was there before'
        $before = (Get-FileHash out.jsonl).Hash
    }

    AfterEach {
        $after = (Get-FileHash out.jsonl).Hash
        Pop-Location

        # This holds for every error.
        $after | Should -Be $before
    }

    Context 'errors as a script sees them' {
        It '<id> for <case>' -TestCases @(
            @{
                Id = 'InvalidInputError'; Case = 'bad JSON'
                Category = 'InvalidData'; Target = '*json.jsonl:2'
                Message = '*json.jsonl:2: invalid JSON at byte 2: *'
                Action = '*-SkipInvalid*'
                Script = { Import-CodeSnippet json.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'InvalidInputError'; Case = 'a line that is not an object'
                Category = 'InvalidData'; Target = '*array.jsonl:2'
                Message = '*array.jsonl:2: *an array*'
                Action = '*-SkipInvalid*'
                Script = { Import-CodeSnippet array.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'InvalidInputError'; Case = 'an element of an array that is not an object'
                Category = 'InvalidData'; Target = '*array.json:1: element 1'
                Message = '*array.json:1: element 1: *a number*'
                Action = '*-SkipInvalid*'
                Script = { Import-CodeSnippet array.json | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'InvalidInputError'; Case = 'UTF-16'
                Category = 'InvalidData'; Target = '*utf16.jsonl:1'
                Message = '*UTF-16*UTF-8*'
                Script = { Import-CodeSnippet utf16.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'InvalidInputError'; Case = 'gzip data that is cut short'
                Category = 'InvalidData'; Target = '*cut.jsonl.gz:*'
                Message = '*gzip*'
                Script = { Import-CodeSnippet cut.jsonl.gz | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ValidationError'; Case = 'a missing field'
                Category = 'InvalidData'; Target = '*field.jsonl:1'
                Message = "*field.jsonl:1: the field 'content' is missing*"
                Action = '*-PropertyMap*-SkipInvalid*'
                Script = { Import-CodeSnippet field.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ValidationError'; Case = 'an object that is not a record'
                Category = 'InvalidType'; Target = '*:2'
                Message = '*:2: A System.DateTime came through the pipeline*'
                Action = '*-SkipFailed*'
                Script = { 'x', (Get-Date) | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ValidationError'; Case = 'null instead of a snippet'
                Category = 'InvalidType'; Target = '*:2'
                Message = '*null*CodeSnippet*'
                Action = '*-SkipFailed*'
                Script = { 'x', $null, 'y' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ValidationError'; Case = 'null instead of an embedding'
                Category = 'InvalidType'; Target = ''
                Message = '*null*CodeEmbedding*'
                Script = {
                    'x', 'y' | ConvertTo-CodeEmbedding $tiny | ForEach-Object { $_; $null } | Export-CodeEmbedding out.jsonl
                }
            }
            @{
                Id = 'ValidationError'; Case = 'a snippet without an id'
                Category = 'InvalidData'; Target = ''
                Message = "*'id'*"
                Action = '*rename*-SkipFailed*'
                Script = {
                    [CodeEmbed.CodeSnippet]@{ Content = 'x' } | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl
                }
            }
            @{
                Id = 'ValidationError'; Case = 'an object that is not an embedding'
                Category = 'InvalidType'; Target = '1'
                Message = '*CodeSnippet*CodeEmbedding*ConvertTo-CodeEmbedding*'
                Script = { Import-CodeSnippet good.jsonl | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ValidationError'; Case = 'a vector that was damaged in the pipeline'
                Category = 'InvalidData'; Target = '*'
                Message = "*'vector'*NaN*"
                Script = {
                    'x' | ConvertTo-CodeEmbedding $tiny | ForEach-Object { $_.Vector[0] = [float]::NaN; $_ } |
                        Export-CodeEmbedding out.jsonl
                }
            }
            @{
                Id = 'ModelLoadError'; Case = 'a model that does not exist'
                Category = 'ResourceUnavailable'; Target = './none'
                Message = "*'./none'*Give a folder*'codeembed-mini'*"
                Script = { Import-CodeSnippet good.jsonl | ConvertTo-CodeEmbedding ./none | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ModelLoadError'; Case = 'a model without weights'
                Category = 'ResourceUnavailable'; Target = '*bare'
                Message = '*model.safetensors*'
                Action = '*-Model*'
                Script = { Import-CodeSnippet good.jsonl | ConvertTo-CodeEmbedding bare | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'ParameterError'; Case = 'a maximum length that the model does not have'
                Category = 'InvalidArgument'; Target = '513'
                Message = '-MaxLength*513*3 to 512*'
                Script = {
                    Import-CodeSnippet good.jsonl | ConvertTo-CodeEmbedding $tiny -MaxLength 513 | Export-CodeEmbedding out.jsonl
                }
            }
            @{
                Id = 'EmbeddingError'; Case = 'a model whose output is not finite'
                Category = 'InvalidResult'; Target = '1 2'
                Message = "Batch 1 with the snippet '1' and 1 other cannot be embedded: *NaN*"
                Action = '*-MaxLength*'
                Script = { Import-CodeSnippet good.jsonl | ConvertTo-CodeEmbedding poisoned | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'FileReadError'; Case = 'a file that does not exist'
                Category = 'ReadError'; Target = '*none.jsonl'
                Message = '*none.jsonl*'
                Script = { Import-CodeSnippet none.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'FileReadError'; Case = 'a folder instead of a file'
                Category = 'ReadError'; Target = '*folder'
                Message = '*folder*'
                Script = { Import-CodeSnippet folder | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'FileReadError'; Case = 'a path that is not a file'
                Category = 'ReadError'; Target = 'env:PATH'
                Message = '*env:PATH*'
                Script = { Import-CodeSnippet env:PATH | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }
            }
            @{
                Id = 'FileReadError'; Case = 'the file that the pipeline appends to'
                Category = 'ReadError'; Target = '*out.jsonl'
                Message = '*out.jsonl*'
                Script = { Import-CodeSnippet out.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl -Append }
            }
            @{
                Id = 'FileWriteError'; Case = 'a folder that does not exist'
                Category = 'WriteError'; Target = '*out.jsonl'
                Message = '*none?out.jsonl*'
                Action = '*-Force*'
                Script = { 'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding none/out.jsonl }
            }
            @{
                Id = 'FileWriteError'; Case = 'a folder as the target'
                Category = 'WriteError'; Target = '*folder'
                Message = '*folder*'
                Script = { 'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding folder -Force }
            }
            @{
                Id = 'FileWriteError'; Case = 'a path that is not a file'
                Category = 'WriteError'; Target = 'env:PATH'
                Message = '*env:PATH*'
                Script = { 'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding env:PATH }
            }
            @{
                Id = 'FileWriteError'; Case = 'a file that -NoClobber protects'
                Category = 'WriteError'; Target = '*out.jsonl'
                Message = '*out.jsonl*-NoClobber*'
                Script = { 'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl -NoClobber }
            }
            @{
                Id = 'FileWriteError'; Case = 'damaged gzip data to append to'
                Category = 'WriteError'; Target = '*cut.jsonl.gz'
                Message = '*cut.jsonl.gz*'
                Script = { 'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding cut.jsonl.gz -Append }
            }
        ) {
            param($Id, $Category, $Target, $Message, $Action = '', $Script)
            Set-Content json.jsonl (Get-RecordLine 1), '{'
            Set-Content array.jsonl (Get-RecordLine 1), '[1]'
            Set-Content array.json '[1]'
            Set-Content utf16.jsonl (Get-RecordLine 1) -Encoding unicode
            Set-Content field.jsonl '{"id":"1","file_path":"","language":""}'
            Write-Gzip whole.gz (Get-RecordLine 1)
            Set-Content cut.jsonl.gz ([byte[]](Get-Content whole.gz -AsByteStream | Select-Object -SkipLast 3)) -AsByteStream
            New-Item folder -ItemType Directory | Out-Null
            New-Item bare -ItemType Directory | Out-Null
            'config.json', 'vocab.json', 'merges.txt' | ForEach-Object { Copy-Item (Join-Path $tiny $_) bare }
            if ($Id -eq 'EmbeddingError') {
                New-PoisonedModel poisoned
            }

            $failure = Get-Failure $Script

            $failure.FullyQualifiedErrorId.Split(',')[0] | Should -BeExactly $Id
            $failure.CategoryInfo.Category | Should -Be $Category
            "$($failure.TargetObject)" | Should -BeLike $Target
            "$failure" | Should -BeLike $Message

            # Only what the message does not say itself.
            $failure.ErrorDetails.RecommendedAction | Should -BeLike $Action
            "$failure" | Should -Not -Match '[\r\n]'
            "$failure" | Should -Not -Match 'Exception|   at '
        }
    }

    Context 'the partial file' {
        It 'holds every finished embedding as a whole line, and the error names it' {
            Write-Record in.jsonl (1..40)
            Add-Content in.jsonl '{'

            $failure = Get-Failure {
                Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl
            }

            "$failure" | Should -BeLike '*out.jsonl.partial*'
            $ids = (Read-Record out.jsonl.partial).id
            $ids | Should -Not -BeNullOrEmpty
            $ids | Should -Be (1..$ids.Count)
        }

        It 'can be read with Import-CodeEmbedding' {
            Write-Record in.jsonl (1..40)
            Add-Content in.jsonl '{'
            Get-Failure {
                Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl
            } | Out-Null

            (Import-CodeEmbedding out.jsonl.partial)[0].Snippet.Id | Should -Be '1'
        }

        It 'does not block the next run to the same target' {
            Copy-Item out.jsonl again.jsonl
            Set-Content bad.jsonl '{'
            Get-Failure { Import-CodeSnippet bad.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding again.jsonl } |
                Out-Null

            Import-CodeSnippet good.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding again.jsonl

            (Read-Record again.jsonl).id | Should -Be '1', '2'
            Test-Path again.jsonl.partial | Should -BeFalse
        }

        It 'is not written to by a second run at the same time' {
            $failure = Get-Failure {
                'x' | ConvertTo-CodeEmbedding $tiny | ForEach-Object { $_; $_ | Export-CodeEmbedding out.jsonl } |
                    Export-CodeEmbedding out.jsonl
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
        }

        It 'is not read by the pipeline that will write it' {
            Copy-Item good.jsonl out.jsonl.partial
            $rescued = (Get-FileHash out.jsonl.partial).Hash

            $failure = Get-Failure {
                Import-CodeSnippet out.jsonl.partial | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl -Force
            }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            (Get-FileHash out.jsonl.partial).Hash | Should -Be $rescued
        }

        It 'keeps its mode when the output is replaced' -Skip:$IsWindows {
            Set-Content mine.jsonl 'before'
            $mode = [System.IO.UnixFileMode]'UserRead, UserWrite'
            [System.IO.File]::SetUnixFileMode((Get-Item mine.jsonl).FullName, $mode)

            'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding mine.jsonl

            (Get-Item mine.jsonl).UnixFileMode | Should -Be $mode
        }
    }

    Context 'errors as a person sees them' {
        It 'are one line with the message, without a stack trace' {
            Set-Content bad.jsonl '{'

            $lines = Invoke-Pwsh 'Import-CodeSnippet bad.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl' |
                ForEach-Object { $_ -replace '\x1b\[[\d;]*m' }

            @($lines -match 'bad\.jsonl:1: ') | Should -HaveCount 1
            @($lines -match '^\s+at ') | Should -BeNullOrEmpty
            @($lines -match 'Exception') | Should -BeNullOrEmpty
        }

        It 'are one line even if the name of a path or a model contains line breaks' {
            "$(Get-Failure { Import-CodeSnippet "a`nb.jsonl" })" | Should -Not -Match "`n"
            "$(Get-Failure { 'x' | ConvertTo-CodeEmbedding -Model "a`nb" })" | Should -Not -Match "`n"
            "$(Get-Failure { 'x' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding "a`nb/c.jsonl" })" |
                Should -Not -Match "`n"
        }
    }
}
