#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Runs a script in a separate session, in the current folder, and returns the progress bars that it showed.
    function Get-Progress([string] $Script) {
        $shell = [powershell]::Create()
        try {
            $setUp = 'param($Manifest, $Folder, $tiny) Import-Module $Manifest; ' +
                'Set-Location -LiteralPath $Folder; $ProgressPreference = "Continue"'
            $arguments = @{ Manifest = $manifest; Folder = (Get-Location).ProviderPath; tiny = $tiny }
            $shell.AddScript($setUp).AddParameters($arguments).AddStatement().AddScript($Script).Invoke() | Out-Null
            $shell.Streams.Error | Should -BeNullOrEmpty
            $shell.Streams.Progress | Where-Object Activity -EQ 'Embedding code'
        }
        finally {
            $shell.Dispose()
        }
    }
}

Describe 'The streams of ConvertTo-CodeEmbedding' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'verbose' {
        It 'starts with the loaded model and its device' {
            $lines = 'x = 1' | ConvertTo-CodeEmbedding $tiny -Device Cpu -Verbose 4>&1 |
                Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }

            "$($lines[0])" | Should -BeLike 'Model tiny-roberta: 64 dimensions, at most 512 tokens, *'
            "$($lines[1])" | Should -BeLike 'Device Cpu: *'
        }

        It 'has the number, snippets, tokens and duration of each batch' {
            $lines = 'x', 'x', 'x' | ConvertTo-CodeEmbedding $tiny -BatchSize 2 -Verbose 4>&1 | ForEach-Object { "$_" } |
                Where-Object { $_ -like 'Batch *' }

            # <s>, x and </s> are three tokens.
            $lines | Should -HaveCount 2
            $lines[0] | Should -Match '^Batch 1: 2 snippets, 6 tokens, \d+\.\d+ s\.$'
            $lines[1] | Should -Match '^Batch 2: 1 snippets?, 3 tokens, \d+\.\d+ s\.$'
        }

        It 'is empty by default' {
            'x' | ConvertTo-CodeEmbedding $tiny -Verbose:$false 4>&1 | Should -HaveCount 1
        }
    }

    Context 'information' {
        It 'has a record for each batch in -InformationVariable, with the tag CodeEmbed.Batch' {
            $embeddings = @('x = 1') * 5 |
                ConvertTo-CodeEmbedding $tiny -BatchSize 2 -InformationVariable records -InformationAction Ignore

            $records | Should -HaveCount 3
            $records.ForEach({ "$($_.Tags)" }) | Should -Be 'CodeEmbed.Batch', 'CodeEmbed.Batch', 'CodeEmbed.Batch'
            $records.MessageData.Number | Should -Be 1, 2, 3
            $records.MessageData.Snippets | Should -Be 2, 2, 1
            ($records.MessageData.Tokens | Measure-Object -Sum).Sum |
                Should -Be ($embeddings.TokenCount | Measure-Object -Sum).Sum
            $records.MessageData.Duration | ForEach-Object { $_ | Should -BeGreaterThan ([timespan]::Zero) }
        }

        It 'has the records in stream 6, each before the embeddings of its batch' {
            $all = 'x', 'x', 'x' | ConvertTo-CodeEmbedding $tiny -BatchSize 2 6>&1

            $all.ForEach({ $_.GetType().Name }) |
                Should -Be 'InformationRecord', 'CodeEmbedding', 'CodeEmbedding', 'InformationRecord', 'CodeEmbedding'
            $all[0].Tags | Should -Be 'CodeEmbed.Batch'
        }

        It 'has the same text as the verbose line' {
            $lines = 'x', 'x', 'x' |
                ConvertTo-CodeEmbedding $tiny -BatchSize 2 -Verbose -InformationVariable records -InformationAction Ignore 4>&1 |
                Where-Object { "$_" -like 'Batch *' }

            $records.ForEach({ "$_" }) | Should -Be $lines.ForEach({ "$_" })
        }
    }

    Context 'warnings' {
        It 'include one at the end if snippets were cut: how many, and how many tokens' {
            # In the small model's vocabulary ' x' is two tokens; <s> and </s> are two more.
            $cut = (2 * 300 + 2 - 512) + (2 * 400 + 2 - 512)

            'x', (' x' * 300), 'x', (' x' * 400) |
                ConvertTo-CodeEmbedding $tiny -BatchSize 1 -WarningVariable warnings -WarningAction SilentlyContinue | Out-Null

            $warnings | Should -HaveCount 1
            "$($warnings[0])" | Should -BeLike "Cut to 512 tokens: 2 of 4 snippets.* $cut of their tokens.*"
        }

        It 'come after the last embedding' {
            $all = (' x' * 300), 'x' | ConvertTo-CodeEmbedding $tiny 3>&1

            $all.ForEach({ $_.GetType().Name }) | Should -Be 'CodeEmbedding', 'CodeEmbedding', 'WarningRecord'
        }

        It 'are empty if no snippet was cut' {
            'x' | ConvertTo-CodeEmbedding $tiny -WarningVariable warnings | Out-Null

            $warnings | Should -BeNullOrEmpty
        }
    }

    Context 'progress' {
        It 'is one bar, which is removed at the end' {
            Write-Record in.jsonl (1..8)

            $bars = Get-Progress 'Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1'

            $bars.ActivityId | Select-Object -Unique | Should -HaveCount 1
            $bars[-1].RecordType | Should -Be 'Completed'
            @($bars | Where-Object RecordType -EQ 'Completed') | Should -HaveCount 1
        }

        It 'shows the percentage if the size of the input is known' {
            # Records of one length, half of them in the first batch.
            Write-Record in.jsonl (1..8)

            $bars = Get-Progress 'Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 4'

            ($bars | Where-Object StatusDescription -Like '4 snippets*')[0].PercentComplete | Should -Be 50
        }

        It 'shows no percentage if the size of the input is unknown' {
            $bars = Get-Progress '1..8 | ForEach-Object { "x = $_" } | ConvertTo-CodeEmbedding $tiny -BatchSize 4'

            $bars | Should -Not -BeNullOrEmpty
            $bars.PercentComplete | Select-Object -Unique | Should -Be -1
            $bars.SecondsRemaining | Select-Object -Unique | Should -Be -1
        }

        It 'never decreases, and shows the speed' {
            # Long enough for several bars: they are drawn four times a second.
            $bars = Get-Progress @'
                $text = ' x' * 255
                1..60 | ForEach-Object {
                    [ordered]@{ id = "$_"; file_path = ''; language = ''; content = $text } | ConvertTo-Json -Compress
                } |
                    Set-Content in.jsonl
                Import-CodeSnippet in.jsonl | ForEach-Object { Start-Sleep -Milliseconds 15; $_ } |
                    ConvertTo-CodeEmbedding $tiny -BatchSize 2
'@
            $percent = @($bars | Where-Object PercentComplete -GE 0 | ForEach-Object PercentComplete)

            $percent.Count | Should -BeGreaterThan 2
            $percent | Should -Be ($percent | Sort-Object)
            ($bars | Where-Object RecordType -EQ 'Processing')[-1].StatusDescription |
                Should -Match '^\d+ snippets, [\d.]+ snippets/s, \d+ tokens/s$'
        }

        It 'is quiet under <case>' -TestCases @(
            @{
                Case = '-ProgressAction SilentlyContinue'
                Script = '"x" | ConvertTo-CodeEmbedding $tiny -ProgressAction SilentlyContinue'
            }
            @{
                Case = '$ProgressPreference'
                Script = '$ProgressPreference = "SilentlyContinue"; "x" | ConvertTo-CodeEmbedding $tiny'
            }
        ) {
            param($Script)
            Get-Progress $Script | Should -BeNullOrEmpty
        }

        It 'leaves nothing in a redirected output' {
            $lines = Invoke-Pwsh ("@('x = 1') * 200 | ConvertTo-CodeEmbedding `$tiny -BatchSize 1 | " +
                'Measure-Object | ForEach-Object Count')

            $lines | Should -Be '200'
        }
    }
}
