#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Writes a file of records with the given contents; the ids are 1, 2, ….
    function Write-Content([string] $Path, [string[]] $Content) {
        $id = 0
        Set-Content -LiteralPath $Path -Value ($Content | ForEach-Object { $id++; Get-RecordLine $id $_ })
    }

    # Embeds in.jsonl and reuses the vectors in index.jsonl.
    function Update-Index {
        [CmdletBinding()]
        param([hashtable] $Convert = @{}, [hashtable] $Export = @{})

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -ReuseFrom index.jsonl @Convert |
            Export-CodeEmbedding index.jsonl @Export
    }

    # The messages about the reuse from the information stream, and nothing else.
    function Get-Report {
        $said = Update-Index @args 6>&1
        ($said | Where-Object { $_.Tags -contains 'CodeEmbed.Reuse' }).MessageData
    }
}

Describe 'ConvertTo-CodeEmbedding -ReuseFrom' {
    BeforeEach {
        Enter-NewFolder
        Write-Content in.jsonl (1..20 | ForEach-Object { "x = $_" })
    }

    AfterEach { Pop-Location }

    It 'embeds everything if its own target does not exist yet, and nothing the next time' {
        $first = Get-Report
        $hash = (Get-FileHash index.jsonl).Hash

        $second = Get-Report

        $first.Reused, $first.Embedded, $first.Dropped | Should -Be 0, 20, 0
        $second.Reused, $second.Embedded, $second.Dropped | Should -Be 20, 0, 0
        (Get-FileHash index.jsonl).Hash | Should -Be $hash
        (Get-ChildItem).Name | Should -Be 'in.jsonl', 'index.jsonl', 'index.jsonl.model.json'
    }

    It 'embeds only changed snippets, and the file is the same as after a fresh run' {
        Update-Index
        Write-Content in.jsonl @('new = 1'; 2..15 | ForEach-Object { "x = $_" }; 'new = 2')
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding fresh.jsonl

        $report = Get-Report

        $report.Reused, $report.Embedded, $report.Dropped | Should -Be 14, 2, 6
        (Get-FileHash index.jsonl).Hash | Should -Be (Get-FileHash fresh.jsonl).Hash
    }

    It 'reports in the verbose stream how much was reused, embedded and dropped' {
        Update-Index
        Write-Content in.jsonl (2..21 | ForEach-Object { "x = $_" })

        $said = Update-Index -Convert @{ Verbose = $true } 4>&1 | ForEach-Object Message

        $said | Should -Contain 'Vectors: 19 reused, 1 embedded. Records of the earlier run that were dropped: 1.'
        @($said -like 'Batch *').Count | Should -Be 1
    }

    It 'adds the outcome of the records to the summary of Export-CodeEmbedding' {
        Update-Index

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -ReuseFrom index.jsonl |
            Export-CodeEmbedding index.jsonl -InformationVariable messages
        $summary = ($messages | Where-Object Tags -Contains 'CodeEmbed.Summary').MessageData

        $summary.Embeddings, $summary.Reuse.Reused | Should -Be 20, 20
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny |
            Export-CodeEmbedding other.jsonl -InformationVariable messages
        ($messages | Where-Object Tags -Contains 'CodeEmbed.Summary').MessageData.Reuse | Should -BeNullOrEmpty
    }

    It 'reuses nothing with another fingerprint, and says so' {
        Update-Index

        $said = Update-Index -Convert @{ MaxLength = 100; Verbose = $true } 4>&1 | ForEach-Object Message

        @($said -like 'Reuse: 20 records in *; 20 have another fingerprint and are not reused.').Count | Should -Be 1
        $said | Should -Contain 'Vectors: 0 reused, 20 embedded. Records of the earlier run that were dropped: 0.'
    }

    It 'warns about a torn line with its number, and embeds its snippet again' {
        Update-Index
        $hash = (Get-FileHash index.jsonl).Hash
        $text = Get-Content -Raw index.jsonl
        Set-Content index.jsonl $text.Substring(0, $text.Length - 40) -NoNewline

        $warned = @(Update-Index 3>&1 | ForEach-Object Message)

        $warned.Count | Should -Be 1
        $warned | Should -BeLike '*index.jsonl:20: *its snippet is embedded again.'
        (Get-FileHash index.jsonl).Hash | Should -Be $hash
        Update-Index 3>&1 | Should -BeNullOrEmpty
    }

    It 'names ten damaged lines and counts the others' {
        Update-Index
        Add-Content index.jsonl (1..25 | ForEach-Object { 'no record' })

        $warned = @(Update-Index 3>&1 | ForEach-Object Message)

        $warned.Count | Should -Be 11
        $warned[0] | Should -BeLike '*index.jsonl:21: invalid JSON*its snippet is embedded again.'
        $warned[10] | Should -Be 'Not reused either, because they are damaged: 15 more lines.'
        @(Get-Content index.jsonl).Count | Should -Be 20
    }

    It 'warns once of a file without embeddings, and of the damaged lines in another' {
        Update-Index
        Add-Content index.jsonl 'no record'

        $warned = @(Import-CodeSnippet in.jsonl |
            ConvertTo-CodeEmbedding $tiny -ReuseFrom in.jsonl, index.jsonl 3>&1 | Where-Object Message | ForEach-Object Message)

        $warned.Count | Should -Be 2
        $warned[0] | Should -BeLike "'*in.jsonl' holds no embeddings, so nothing of it is reused. *in.jsonl:1: *'vector'*"
        $warned[1] | Should -BeLike '*index.jsonl:21: invalid JSON*its snippet is embedded again.'
    }

    It 'ends with a FileReadError if another file is missing, and leaves the target unchanged' {
        Set-Content out.jsonl before

        $failure = Get-Failure {
            Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -ReuseFrom nowhere.jsonl | Export-CodeEmbedding out.jsonl
        }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
        "$failure" | Should -BeLike '*nowhere.jsonl*'
        Get-Content out.jsonl | Should -Be 'before'
    }

    It 'is refused if the file is <What>' -TestCases @(
        @{ What = 'the target of -Append'; Reuse = 'index.jsonl'; Export = @{ Path = 'index.jsonl'; Append = $true } }
        @{ What = 'a partial file'; Reuse = 'index.partial'; Export = @{ Path = 'index'; Force = $true } }
    ) {
        param($Reuse, $Export)
        Set-Content $Reuse before

        $failure = Get-Failure {
            Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -ReuseFrom $Reuse | Export-CodeEmbedding @Export
        }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
        "$failure" | Should -BeLike '*reuses the vectors of*'
        Get-Content $Reuse | Should -Be 'before'
    }

    It 'is refused if rejected records are written to the file' {
        Update-Index
        $hash = (Get-FileHash index.jsonl).Hash

        $failure = Get-Failure { Update-Index -Convert @{ SkipFailed = $true; RejectPath = 'index.jsonl' } }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
        (Get-FileHash index.jsonl).Hash | Should -Be $hash
    }

    It 'leaves the target unchanged during the run and if the run fails' {
        Update-Index
        $hash = (Get-FileHash index.jsonl).Hash

        $null = Get-Failure {
            Import-CodeSnippet in.jsonl | ForEach-Object { if ($_.Id -eq '9') { throw 'interrupted' }; $_ } |
                ConvertTo-CodeEmbedding $tiny -ReuseFrom index.jsonl | Export-CodeEmbedding index.jsonl
        }

        (Get-FileHash index.jsonl).Hash | Should -Be $hash
        @(Get-Content index.jsonl.partial).Count | Should -Be 8
        Update-Index -Export @{ Resume = $true }
        (Get-FileHash index.jsonl).Hash | Should -Be $hash
        (Get-ChildItem).Name | Should -Be 'in.jsonl', 'index.jsonl', 'index.jsonl.model.json'
    }

    It 'accepts compressed files, also as the target' {
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding index.jsonl.gz
        $text = Read-Gzip index.jsonl.gz

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -ReuseFrom index.jsonl.gz -InformationVariable messages |
            Export-CodeEmbedding index.jsonl.gz

        ($messages | Where-Object Tags -Contains 'CodeEmbed.Reuse').MessageData.Reused | Should -Be 20
        Read-Gzip index.jsonl.gz | Should -Be $text
    }

    It 'works without Export-CodeEmbedding, and with objects' {
        Update-Index

        $embeddings = 'x = 3', 'y = 4' |
            ConvertTo-CodeEmbedding $tiny -ReuseFrom index.jsonl -Language c -InformationVariable messages

        $embeddings.Id | Should -Be '1', '2'
        $embeddings.Language | Should -Be 'c', 'c'
        ($messages | Where-Object Tags -Contains 'CodeEmbed.Reuse').MessageData.Reused | Should -Be 1
    }
}

Describe 'ConvertTo-CodeEmbedding -Overflow' {
    BeforeAll {
        $long = (Get-FixtureText 3)[2]
    }

    It 'truncates a long snippet by default, with a warning' {
        $embedding = $long | ConvertTo-CodeEmbedding $tiny -MaxLength 100 -WarningVariable warnings -WarningAction Ignore

        # tokenizers 0.23.2 gives 164 ids.
        $embedding.TokenCount, $embedding.TruncatedTokens | Should -Be 100, 64
        $embedding.Windows | Should -BeNullOrEmpty
    }

    It 'embeds a long snippet in windows, without a warning' {
        $embedding = $long | ConvertTo-CodeEmbedding $tiny -MaxLength 100 -Overflow Window -WarningVariable warnings

        # 98 tokens fit into a window, the next starts 79 later; so the second holds 83 of the 162.
        $embedding.Windows, $embedding.TokenCount, $embedding.TruncatedTokens | Should -Be 2, 185, 0
        $warnings | Should -BeNullOrEmpty
    }

    It 'shows the number of windows in a list, if there is one' {
        $long | ConvertTo-CodeEmbedding $tiny -MaxLength 100 -Overflow Window | Format-List | Out-String |
            Should -BeLike '*TruncatedTokens : 0*Windows *: 2*Dimensions*'
        'x' | ConvertTo-CodeEmbedding $tiny | Format-List | Out-String | Should -Not -BeLike '*Windows*'
    }

    It 'reports a long snippet as an error that states its length' {
        $failure = Get-Failure { 'x', $long | ConvertTo-CodeEmbedding $tiny -MaxLength 100 -Overflow Error }

        $failure.FullyQualifiedErrorId | Should -BeLike 'EmbeddingError,*'
        "$failure" | Should -BeLike '*it has 164 tokens, but the model sees 100.*'
        $failure.ErrorDetails.RecommendedAction | Should -BeLike '*-Overflow Window*-SkipFailed*'
    }

    It 'skips a long snippet with -SkipFailed' {
        $embeddings = 'x', $long, 'y' |
            ConvertTo-CodeEmbedding $tiny -MaxLength 99 -Overflow Error -SkipFailed -ErrorAction SilentlyContinue -ErrorVariable e

        $embeddings.Id | Should -Be '1', '3'
        $e.Count | Should -Be 1
    }

    It 'keeps the number of windows in a file and in Clixml' {
        Enter-NewFolder
        try {
            $long | ConvertTo-CodeEmbedding $tiny -MaxLength 100 -Overflow Window | Export-CodeEmbedding out.jsonl
            Import-CodeEmbedding out.jsonl | Export-CodeEmbedding again.jsonl
            Import-CodeEmbedding out.jsonl | Export-Clixml out.xml -Depth 3
            Import-Clixml out.xml | Export-CodeEmbedding clixml.jsonl

            (Read-Record out.jsonl).windows | Should -Be 2
            (Get-FileHash again.jsonl).Hash | Should -Be (Get-FileHash out.jsonl).Hash
            (Read-Record clixml.jsonl).windows | Should -Be 2
        }
        finally {
            Pop-Location
        }
    }
}
