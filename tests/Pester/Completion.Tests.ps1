#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # The completions that the Tab key offers at the end of a line.
    function Get-Completion([string] $Line) {
        (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText
    }
}

Describe 'Tab completion' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context '-Device' {
        It 'offers all devices' {
            Get-Completion 'ConvertTo-CodeEmbedding -Device ' | Sort-Object | Should -Be 'Auto', 'CoreML', 'Cpu', 'Cuda'
        }

        It 'offers the devices that start with the typed text' {
            Get-Completion 'ConvertTo-CodeEmbedding -Device cu' | Should -Be 'Cuda'
        }
    }

    Context '-Model' {
        It 'offers the model that comes with the module' {
            Get-Completion 'ConvertTo-CodeEmbedding -Model ' | Should -Contain 'codeembed-mini'
            Get-Completion 'ConvertTo-CodeEmbedding -Model CodeE' | Should -Be 'codeembed-mini'
            Get-Completion "ConvertTo-CodeEmbedding -Model 'code" | Should -Not -BeNullOrEmpty
        }

        It 'offers it for a positional argument too' {
            Get-Completion 'ConvertTo-CodeEmbedding codee' | Should -Contain 'codeembed-mini'
        }

        It 'offers folders but not files' {
            New-Item model-a, model-b -ItemType Directory | Out-Null
            New-Item model-c -ItemType File | Out-Null

            Get-Completion 'ConvertTo-CodeEmbedding -Model model' | Split-Path -Leaf | Sort-Object |
                Should -Be 'model-a', 'model-b'
        }

        It 'offers nested folders' {
            New-Item models/first -ItemType Directory -Force | Out-Null

            Get-Completion 'ConvertTo-CodeEmbedding -Model ./models/f' | Split-Path -Leaf | Should -Be 'first'
        }

        It 'quotes a folder whose name contains a space' {
            Copy-Item $tiny 'my model' -Recurse
            $word = Get-Completion 'ConvertTo-CodeEmbedding -Model my'

            $word | Should -HaveCount 1
            (& ([scriptblock]::Create("'x' | ConvertTo-CodeEmbedding -Model $word"))).ModelName | Should -Be 'my model'
        }

        It 'offers nothing that does not start with the typed text' {
            Get-Completion 'ConvertTo-CodeEmbedding -Model no-such' | Should -BeNullOrEmpty
        }
    }

    Context '-Language' {
        It 'offers <expected> for <word>' -TestCases @(
            @{ Word = 'py'; Expected = 'python' }
            @{ Word = 'PY'; Expected = 'python' }
            @{ Word = "'py"; Expected = 'python' }
            @{ Word = 'ru'; Expected = 'ruby', 'rust' }
            @{ Word = 'csharp'; Expected = 'c#' }
            @{ Word = 'js'; Expected = 'javascript' }
        ) {
            param($Word, $Expected)
            Get-Completion "ConvertTo-CodeEmbedding -Language $Word" | ForEach-Object { $_.Trim("'") } | Sort-Object |
                Should -Be $Expected
        }

        It 'offers the languages of CodeSearchNet, which CodeBERT was trained on' {
            $all = Get-Completion 'ConvertTo-CodeEmbedding -Language '

            'go', 'java', 'javascript', 'php', 'python', 'ruby' | ForEach-Object { $all | Should -Contain $_ }
        }

        It 'quotes a value that would otherwise be a comment' {
            $word = Get-Completion 'ConvertTo-CodeEmbedding -Language c#'

            $word | Should -HaveCount 1
            (& ([scriptblock]::Create("'x' | ConvertTo-CodeEmbedding `$tiny -Language $word"))).Snippet.Language | Should -Be 'c#'
        }
    }

    Context 'parameters' {
        It 'offers all parameters of <command>' -TestCases @(
            @{ Command = 'Import-CodeSnippet'; Names = 'Path', 'LiteralPath', 'SkipInvalid' }
            @{ Command = 'Import-CodeEmbedding'; Names = 'Path', 'LiteralPath', 'SkipInvalid' }
            @{
                Command = 'ConvertTo-CodeEmbedding'
                Names = 'InputObject', 'Model', 'MaxLength', 'BatchSize', 'Device', 'Threads', 'SkipNormalization', 'Language'
            }
            @{
                Command = 'Export-CodeEmbedding'
                Names = 'InputObject', 'Path', 'LiteralPath', 'Append', 'NoClobber', 'Force', 'PassThru', 'ExcludeContent',
                    'WhatIf', 'Confirm'
            }
        ) {
            param($Command, $Names)
            $all = Get-Completion "$Command -"

            $Names | ForEach-Object { $all | Should -Contain "-$_" }
        }
    }
}
