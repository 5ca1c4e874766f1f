#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # What the Tab key gives at the end of a line.
    function Get-Completion([string] $Line) {
        (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText
    }
}

Describe 'Tab completion' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context '-Device' {
        It 'gives all devices' {
            Get-Completion 'ConvertTo-CodeEmbedding -Device ' | Sort-Object | Should -Be 'Auto', 'CoreML', 'Cpu', 'Cuda'
        }

        It 'gives those that begin so' {
            Get-Completion 'ConvertTo-CodeEmbedding -Device cu' | Should -Be 'Cuda'
        }
    }

    Context '-Model' {
        It 'gives the model that comes with the module' {
            Get-Completion 'ConvertTo-CodeEmbedding -Model ' | Should -Contain 'codeembed-mini'
            Get-Completion 'ConvertTo-CodeEmbedding -Model CodeE' | Should -Be 'codeembed-mini'
            Get-Completion "ConvertTo-CodeEmbedding -Model 'code" | Should -Not -BeNullOrEmpty
        }

        It 'gives it by position too' {
            Get-Completion 'ConvertTo-CodeEmbedding codee' | Should -Contain 'codeembed-mini'
        }

        It 'gives folders, and no files' {
            New-Item model-a, model-b -ItemType Directory | Out-Null
            New-Item model-c -ItemType File | Out-Null

            Get-Completion 'ConvertTo-CodeEmbedding -Model model' | Split-Path -Leaf | Sort-Object |
                Should -Be 'model-a', 'model-b'
        }

        It 'gives folders in folders' {
            New-Item models/first -ItemType Directory -Force | Out-Null

            Get-Completion 'ConvertTo-CodeEmbedding -Model ./models/f' | Split-Path -Leaf | Should -Be 'first'
        }

        It 'gives a folder with a space in its name so that it can be used' {
            Copy-Item $tiny 'my model' -Recurse
            $word = Get-Completion 'ConvertTo-CodeEmbedding -Model my'

            $word | Should -HaveCount 1
            (& ([scriptblock]::Create("'x' | ConvertTo-CodeEmbedding -Model $word"))).ModelName | Should -Be 'my model'
        }

        It 'gives nothing that does not begin so' {
            Get-Completion 'ConvertTo-CodeEmbedding -Model no-such' | Should -BeNullOrEmpty
        }
    }

    Context '-Language' {
        It 'gives <expected> for <word>' -TestCases @(
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

        It 'gives the languages of CodeSearchNet, which CodeBERT was trained on' {
            $all = Get-Completion 'ConvertTo-CodeEmbedding -Language '

            'go', 'java', 'javascript', 'php', 'python', 'ruby' | ForEach-Object { $all | Should -Contain $_ }
        }

        It 'puts quotes around what would be a comment without' {
            $word = Get-Completion 'ConvertTo-CodeEmbedding -Language c#'

            $word | Should -HaveCount 1
            (& ([scriptblock]::Create("'x' | ConvertTo-CodeEmbedding `$tiny -Language $word"))).Snippet.Language | Should -Be 'c#'
        }
    }

    Context 'parameters' {
        It 'gives all of <command>' -TestCases @(
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
