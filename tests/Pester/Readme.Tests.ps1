#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
    $root = Split-Path (Split-Path $PSScriptRoot)
    $readme = [System.IO.File]::ReadAllText((Join-Path $root 'README.md'))
    $tour = [regex]::Match($readme, '(?ms)^```powershell\n(Copy-Item samples/code .*?)^```$').Groups[1].Value
    $nightly = [regex]::Match($readme, '(?ms)^```powershell\n(param\(.*?)^```$').Groups[1].Value
    $transcript = [regex]::Match($readme, '(?ms)^```\nPS> (Get-CodeSnippet .*?)^```$').Groups[1].Value
}

Describe 'The tour in the README' {
    BeforeAll {
        # As in a clone, in which git ignores what the tour creates.
        New-Item -ItemType Directory (Join-Path $TestDrive samples), (Join-Path $TestDrive .git) | Out-Null
        Copy-Item (Join-Path $root samples code) (Join-Path $TestDrive samples) -Recurse
        Copy-Item (Join-Path $root .gitignore) $TestDrive
        Push-Location $TestDrive
        $output = @(& ([scriptblock]::Create($tour)) 4>&1)
        Pop-Location
    }

    It 'finds the function that answers the question' {
        $found = @($output | Where-Object { $_ -is [CodeEmbed.CodeMatch] })
        $found.Count | Should -Be 3
        $found[0].Id | Should -BeLike '*net/retry.py#retry'
    }

    It 'embeds only what changed the second time' {
        "$($output | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] })" |
            Should -Match 'reused, [12] embedded'
    }

    It 'finds the duplicate function' {
        $group = @($output | Where-Object { $_ -is [CodeEmbed.DuplicateGroup] })[0]
        $group.Members.Id | Should -HaveCount 2
        $group.Members.Id | Should -Match 'lines\.py#read_lines'
    }

    It 'draws a map' {
        Get-Content -Raw (Join-Path $TestDrive map.html) | Should -Match 'retry\.py'
    }
}

Describe 'The first lines of the README' {
    It 'find the printed results' {
        $shown = @([regex]::Matches($transcript, '(?m)^ *(?<Score>\d\.\d{4}) (?<Name>\S+) +\S+ (?<Lines>\d+-\d+)$'))
        $lines = ($transcript -split '\n\n')[0] -replace '(?m)^(PS|>>)>? ?' -replace 'samples/code', '$code'
        $code = Join-Path $root samples code
        Enter-NewFolder

        $found = @(& ([scriptblock]::Create($lines)))

        Pop-Location
        $found.Count | Should -Be 3
        $shown.Count | Should -Be 3
        for ($i = 0; $i -lt 3; $i++) {
            $found[$i].Name | Should -BeExactly $shown[$i].Groups['Name'].Value
            "$($found[$i].StartLine)-$($found[$i].EndLine)" | Should -BeExactly $shown[$i].Groups['Lines'].Value
            [Math]::Abs($found[$i].Score - [double]$shown[$i].Groups['Score'].Value) | Should -BeLessThan 0.001
        }
    }
}

Describe 'The nightly script in the README' {
    BeforeAll {
        $modulePath = $env:PSModulePath
        $env:PSModulePath = (Join-Path $root out) + [System.IO.Path]::PathSeparator + $modulePath
        $script = Join-Path $TestDrive nightly.ps1
        Set-Content -NoNewline -LiteralPath $script -Value $nightly

        # Runs the script as a scheduler does, in the current folder, and returns the exit code.
        function Invoke-Nightly([string] $Code) {
            Remove-Item index.jsonl.log -ErrorAction Ignore
            $null = Start-Pwsh -File $script $Code index.jsonl
            $LASTEXITCODE
        }

        function Get-Log { Get-Content -Raw index.jsonl.log }
    }

    AfterAll { $env:PSModulePath = $modulePath }

    BeforeEach {
        Enter-NewFolder
        Copy-Item (Join-Path $root samples code) code -Recurse
    }

    AfterEach { Pop-Location }

    It 'embeds everything the first time and only what changed afterwards' {
        Invoke-Nightly code | Should -Be 0
        Get-Log | Should -Match '(?s)^\S+ start.* 0 reused, [1-9]\d* embedded.* done\s*$'
        $count = @(Get-Content index.jsonl).Count

        Add-Content code/text/words.py "`ndef longest_word(text):`n    return max(text.split(), key=len)"
        Invoke-Nightly code | Should -Be 0

        Get-Log | Should -Match ' [1-9]\d* reused, [12] embedded'
        @(Get-Content index.jsonl).Count | Should -BeIn $count, ($count + 1)
        Get-Log | Should -Not -Match '\x1b'
    }

    It 'exits with 1 after an error, which is in the log, and leaves the index unchanged' {
        Set-Content index.jsonl 'as before'

        Invoke-Nightly missing | Should -Be 1

        Get-Log | Should -Match "Cannot read 'missing'"
        Get-Log | Should -Not -Match ' done'
        Get-Content index.jsonl | Should -BeExactly 'as before'
    }

    It 'continues an interrupted run, even if code has changed' {
        $passed = @(0)
        {
            Get-CodeSnippet code -Model codeembed-mini | ConvertTo-CodeEmbedding -Model codeembed-mini -ReuseFrom index.jsonl |
                ForEach-Object { if (++$passed[0] -gt 5) { throw 'stopped' } else { $_ } } |
                Export-CodeEmbedding index.jsonl -WarningAction Ignore
        } | Should -Throw 'stopped'
        Test-Path index.jsonl.partial | Should -BeTrue
        Add-Content code/tools/users.sql "`nselect 1;"

        Invoke-Nightly code | Should -Be 0

        Get-Log | Should -Match 'Kept from the interrupted run: 5 embeddings'
        Test-Path index.jsonl.partial | Should -BeFalse
        @(Get-Content index.jsonl).Count | Should -BeGreaterThan 5
    }
}

Describe 'The other PowerShell blocks in the README' {
    BeforeAll {
        $blocks = [regex]::Matches($readme, '(?ms)^```powershell\n(.*?)^```$').ForEach({ $_.Groups[1].Value })
    }

    It 'have no syntax errors' {
        $blocks.Count | Should -BeGreaterThan 5
        foreach ($block in $blocks) {
            $mistakes = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($block, [ref] $null, [ref] $mistakes)
            $mistakes | Should -BeNullOrEmpty
        }
    }

    It 'run as printed: <start>' -TestCases @(
        @{ Start = 'Get-CodeSnippet .'; Folder = 'samples/code' }
        @{ Start = '$rows ='; Folder = '.' }
        @{ Start = 'Import-CodeSnippet samples'; Folder = '.' }
    ) {
        param($Start, $Folder)
        $block = @($blocks).Where({ $_.StartsWith($Start) })
        $block | Should -HaveCount 1
        Enter-NewFolder
        Copy-Item (Join-Path $root samples) samples -Recurse
        Set-Location -LiteralPath $Folder
        try {
            $ErrorActionPreference = 'Stop'
            $output = @(& ([scriptblock]::Create($block[0])))
        }
        finally {
            Pop-Location
        }

        if ($Start -notlike 'Import*') { $output | Should -Not -BeNullOrEmpty }
    }
}
