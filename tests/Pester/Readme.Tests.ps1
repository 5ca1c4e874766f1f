#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
    $root = Split-Path (Split-Path $PSScriptRoot)
    $readme = [System.IO.File]::ReadAllText((Join-Path $root 'README.md'))
    $tour = [regex]::Match($readme, '(?ms)^```powershell\n(Copy-Item samples/code .*?)^```$').Groups[1].Value
}

Describe 'The tour in the README' {
    BeforeAll {
        New-Item -ItemType Directory (Join-Path $TestDrive samples) | Out-Null
        Copy-Item (Join-Path $root samples code) (Join-Path $TestDrive samples) -Recurse
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

    It 'finds the function that is there twice' {
        $group = @($output | Where-Object { $_ -is [CodeEmbed.DuplicateGroup] })[0]
        $group.Members.Id | Should -HaveCount 2
        $group.Members.Id | Should -Match 'lines\.py#read_lines'
    }

    It 'draws a map' {
        Get-Content -Raw (Join-Path $TestDrive map.html) | Should -Match 'retry\.py'
    }
}
