#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    $manifest = Get-ChildItem (Join-Path $root 'out/CodeEmbed/*/CodeEmbed.psd1') |
        Sort-Object { [version]$_.Directory.Name } -Descending | Select-Object -First 1
    if (-not $manifest) {
        throw "The module is not staged. Run 'dotnet build -c Release' first."
    }

    Import-Module $manifest.FullName -Force
    $cmdlets = foreach ($name in (Get-Module CodeEmbed).ExportedCmdlets.Keys) {
        $examples = foreach ($example in (Get-Help $name -Examples).examples.example) {
            @{ Title = $example.title.Trim('- '); Code = $example.code }
        }
        @{ Name = $name; Examples = $examples }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    $variables = @{ HF_HUB_CACHE = $env:HF_HUB_CACHE; HF_HUB_OFFLINE = $env:HF_HUB_OFFLINE }
    $env:HF_HUB_OFFLINE = '1'
}

AfterAll {
    foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
}

Describe 'The help of <name>' -ForEach $cmdlets {
    It 'is printed in full with -Full, with every section' {
        $text = Get-Help $name -Full | Out-String

        foreach ($section in 'SYNOPSIS', 'SYNTAX', 'DESCRIPTION', 'PARAMETERS', 'INPUTS', 'OUTPUTS', 'NOTES', 'RELATED LINKS') {
            $text | Should -MatchExactly "(?m)^$section\r?$"
        }
    }

    It 'has at least three examples with -Examples' {
        [regex]::Matches((Get-Help $name -Examples | Out-String), '(?m)^ *-+ Example \d+: .+ -+\r?$').Count |
            Should -BeGreaterOrEqual 3
    }

    It 'describes every parameter with -Parameter' {
        $text = Get-Help $name -Parameter * | Out-String

        foreach ($parameter in (Get-Command $name).Parameters.Keys) {
            if ($parameter -notin [System.Management.Automation.Cmdlet]::CommonParameters) {
                $text | Should -MatchExactly "(?m)^-$parameter( <.+>)?\r?$"
                (Get-Help $name -Parameter $parameter).description.Text | Should -Not -BeNullOrEmpty
            }
        }
    }

    It 'runs as printed: <title>' -ForEach $examples {
        $folder = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid()))
        Copy-Item -LiteralPath $sample -Destination (Join-Path $folder 'snippets.jsonl')
        Set-Content (Join-Path $folder 'retry.py') 'def retry(action): return action()'
        $env:HF_HUB_CACHE = New-HubCache (Join-Path $folder 'hub')
        Push-Location -LiteralPath $folder
        try {
            # Errors that are normally non-terminating must end the example here.
            $ErrorActionPreference = 'Stop'
            $example = [scriptblock]::Create($code)
            { & $example *>&1 | Out-Null } | Should -Not -Throw
        }
        finally {
            Pop-Location
        }
    }
}

Describe 'The about topic' {
    It 'is found by its name' {
        Get-Help about_CodeEmbed | Should -Match 'about_CodeEmbed'
    }

    It 'is listed with its synopsis' {
        (Get-Help about_CodeEmbe* | Where-Object Name -EQ 'about_CodeEmbed').Synopsis | Should -Match '^Turns code snippets'
    }
}
