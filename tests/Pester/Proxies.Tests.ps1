#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Functions that wrap the cmdlets as PowerShell's own proxy generator does, with a steppable pipeline each.
    foreach ($name in 'Import-CodeSnippet', 'ConvertTo-CodeEmbedding', 'Export-CodeEmbedding') {
        $metadata = [System.Management.Automation.CommandMetadata]::new((Get-Command $name))
        $text = [System.Management.Automation.ProxyCommand]::Create($metadata)
        Set-Item "function:Proxy-$name" $text
    }
}

Describe 'A pipeline in which functions wrap <Names>' -ForEach @(
    @{ Names = 'no cmdlet'; Import = ''; Convert = ''; Export = '' }
    @{ Names = 'Import-CodeSnippet'; Import = 'Proxy-'; Convert = ''; Export = '' }
    @{ Names = 'ConvertTo-CodeEmbedding'; Import = ''; Convert = 'Proxy-'; Export = '' }
    @{ Names = 'Export-CodeEmbedding'; Import = ''; Convert = ''; Export = 'Proxy-' }
    @{ Names = 'all cmdlets'; Import = 'Proxy-'; Convert = 'Proxy-'; Export = 'Proxy-' }
) {
    BeforeEach {
        Enter-NewFolder
        Write-Record in.jsonl (1..40)
        function Start-Line([scriptblock] $Stop = { $_ }) {
            & "${Import}Import-CodeSnippet" in.jsonl | & "${Convert}ConvertTo-CodeEmbedding" $tiny -BatchSize 4 |
                ForEach-Object $Stop |
                & "${Export}Export-CodeEmbedding" out.jsonl -Resume -Verbose 4>&1
        }
    }

    AfterEach { Pop-Location }

    It 'is one run: it counts once, and does not embed the results of an interrupted run again' {
        Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $tiny -BatchSize 4 | Export-CodeEmbedding whole.jsonl
        $null = Get-Failure { Start-Line { if ($_.Id -eq '21') { throw 'interrupted' }; $_ } }
        @(Get-Content out.jsonl.partial).Count | Should -Be 20
        $VerbosePreference = 'Continue'

        $messages = @(Start-Line 4>&1 | ForEach-Object { "$_" })

        $messages -like 'Kept from the interrupted run*' | Should -Be 'Kept from the interrupted run: 20 embeddings.'
        $messages -like 'Records:*' | Should -Be 'Records: 40 read, 40 written, 0 rejected.'
        (Get-FileHash out.jsonl).Hash | Should -Be (Get-FileHash whole.jsonl).Hash
    }
}

Describe 'ForEach-Object -Parallel' {
    It 'runs independent pipelines' {
        Enter-NewFolder
        try {
            Write-Record in.jsonl (1..40)
            $module = (Get-Module CodeEmbed).Path -replace 'psm1$', 'psd1'
            $messages = 1..3 | ForEach-Object -Parallel {
                Import-Module $using:module
                Import-CodeSnippet in.jsonl | ConvertTo-CodeEmbedding $using:tiny |
                    Export-CodeEmbedding "out$_.jsonl" -Verbose 4>&1
            } | ForEach-Object { "$_" }

            $messages -like 'Records:*' | Should -Be (, 'Records: 40 read, 40 written, 0 rejected.' * 3)
            (Get-FileHash out?.jsonl).Hash | Select-Object -Unique | Should -HaveCount 1
        }
        finally {
            Pop-Location
        }
    }
}
