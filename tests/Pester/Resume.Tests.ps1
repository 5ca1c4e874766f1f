#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Leaves the files of a run that is interrupted at its 30th record.
    function Start-Interrupted {
        $null = Get-Failure {
            Import-CodeSnippet in.jsonl | ForEach-Object { if ($_.Id -eq '30') { throw 'interrupted' }; $_ } |
                ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl
        }
    }
}

Describe 'An interrupted run' {
    BeforeEach {
        Enter-NewFolder
        Write-Record in.jsonl (1..40)
    }

    AfterEach { Pop-Location }

    It 'continues with -Resume, and the file is the same as after an uninterrupted run' {
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding whole.jsonl
        Start-Interrupted
        $kept = @(Get-Content out.jsonl.partial).Count

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -Resume

        $kept | Should -BeGreaterThan 0
        (Get-FileHash out.jsonl).Hash | Should -Be (Get-FileHash whole.jsonl).Hash
        (Get-ChildItem -Exclude *.model.json).Name | Should -Be 'in.jsonl', 'out.jsonl', 'whole.jsonl'
        (Get-FileHash out.jsonl.model.json).Hash | Should -Be (Get-FileHash whole.jsonl.model.json).Hash
    }

    It 'is reported by the next run, which by default neither continues it nor starts over' {
        Start-Interrupted

        $failure = Get-Failure { Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }

        $failure.FullyQualifiedErrorId | Should -BeLike 'FileWriteError,*'
        "$failure" | Should -BeLike '*-Resume*-Force*'
    }

    It 'is not continued by a run with other settings' {
        Start-Interrupted

        $failure = Get-Failure {
            Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 2 | Export-CodeEmbedding out.jsonl -Resume
        }

        "$failure" | Should -BeLike '*batch_size*'
    }

    It 'can be a run that Select-Object -First stopped' {
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -PassThru |
            Select-Object -First 5 | Out-Null
        $kept = @(Get-Content out.jsonl.partial).Count

        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -Resume

        $kept | Should -Be 5
        (Read-Record out.jsonl).id | Should -Be @(1..40 | ForEach-Object { "$_" })
    }

    It 'can be continued if the pipeline filters snippets' {
        Start-Interrupted

        Import-CodeSnippet in.jsonl | Where-Object { [int]$_.Id % 2 } | ConvertTo-CodeEmbedding $tiny -BatchSize 1 |
            Export-CodeEmbedding out.jsonl -Resume

        (Read-Record out.jsonl).id | Should -Be @(1..40 | Where-Object { $_ % 2 } | ForEach-Object { "$_" })
    }
}

Describe 'Rejected records' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    It 'are written to one file by both cmdlets, and the three numbers add up' {
        Set-Content in.jsonl (Get-RecordLine 1), '{', (Get-RecordLine 2)

        Import-CodeSnippet in.jsonl -SkipInvalid -RejectPath rejects.jsonl -ErrorAction SilentlyContinue |
            ForEach-Object { $_ } |
            ConvertTo-CodeEmbedding $tiny -SkipFailed -RejectPath rejects.jsonl |
            Export-CodeEmbedding out.jsonl -Verbose 4>&1 | Tee-Object -Variable messages | Out-Null

        (Read-Record rejects.jsonl).error | Should -Be 'InvalidInputError'
        (Read-Record rejects.jsonl).line | Should -Be 2
        "$($messages[-1])" | Should -Be 'Records: 3 read, 2 written, 1 rejected.'
    }

    It 'are not written to a file that the pipeline reads' {
        Set-Content in.jsonl (Get-RecordLine 1), '{'
        $before = (Get-FileHash in.jsonl).Hash

        Get-FailureId { Import-CodeSnippet in.jsonl -SkipInvalid -RejectPath in.jsonl } | Should -Be 'FileReadError'
        (Get-FileHash in.jsonl).Hash | Should -Be $before
    }
}

Describe 'Export-CodeEmbedding -AllowMixed' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    It 'appends records with another fingerprint, which are refused without it' {
        'x = 1' | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl

        Get-FailureId {
            'x = 1' | ConvertTo-CodeEmbedding $tiny -SkipNormalization | Export-CodeEmbedding out.jsonl -Append
        } | Should -Be 'FileWriteError'
        'x = 1' | ConvertTo-CodeEmbedding $tiny -SkipNormalization | Export-CodeEmbedding out.jsonl -Append -AllowMixed

        (Read-Record out.jsonl).Count | Should -Be 2
    }
}
