#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Starts a script in a separate session.
    function Start-Session([string] $Script, [hashtable] $Variable = @{}) {
        $shell = [powershell]::Create()
        $shell.AddScript('param($Manifest) Import-Module $Manifest').AddParameter('Manifest', $manifest).Invoke() | Out-Null
        $shell.Commands.Clear()
        $Variable.GetEnumerator() | ForEach-Object { $shell.Runspace.SessionStateProxy.SetVariable($_.Key, $_.Value) }
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $shell.AddScript($Script) | Out-Null
        $begin = [powershell].GetMethods().Where({
                $_.Name -eq 'BeginInvoke' -and $_.IsGenericMethod -and $_.GetParameters().Count -eq 2
            })[0]
        $run = $begin.MakeGenericMethod([psobject], [psobject]).Invoke($shell, @($null, $output))
        [pscustomobject]@{ Shell = $shell; Output = $output; Run = $run }
    }

    Add-Type -Path (Join-Path $root 'tests/Slowness.cs')

    # Checks that something would take at most a second on an idle machine. The load is measured only if it took longer.
    function Assert-AtMostASecond([double] $Seconds) {
        if ($Seconds -ge 1) {
            $Seconds |
                Should -BeLessThan ([CodeEmbed.Tests.Slowness]::Measure()) `
                    -Because 'the machine is this many times slower than an idle one'
        }
    }

    # Stops the script as Ctrl+C does, and returns how many seconds that took.
    function Stop-Session([pscustomobject] $Session) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $Session.Shell.Stop()
        $clock.Elapsed.TotalSeconds
        $Session.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $Session.Shell.Dispose()
    }
}

Describe 'Stopping' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'by Select-Object -First' {
        It 'returns the first embedding, however many snippets there are' {
            $first = 1..100000 | ForEach-Object { "x = $_" } | ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 1 |
                Select-Object -First 1

            $first.Snippet.Id | Should -Be '1'
        }

        It 'ends within a second, in the middle of a batch that would take longer' {
            # The first batch is short. When it ends, the second one is already running: 64 snippets of 512 tokens.
            $clock = [System.Diagnostics.Stopwatch]::new()

            1..1000 | ForEach-Object { $_ -le 64 ? 'x' : ' word' * 600 } |
                ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 64 |
                ForEach-Object { Start-Sleep -Milliseconds 100; $clock.Start(); $_ } | Select-Object -First 1 |
                    Should -HaveCount 1

            Assert-AtMostASecond $clock.Elapsed.TotalSeconds
        }

        It 'leaves the session usable for the next pipeline' {
            $expected = 'x = 1' | ConvertTo-CodeEmbedding $tiny

            foreach ($round in 1..5) {
                $first = @('x = 1') * 1000 | ConvertTo-CodeEmbedding $tiny -BatchSize 3 | Select-Object -First 1
                Test-SameVector $first.Vector $expected.Vector | Should -BeTrue
            }
        }

        It 'leaves the target of a preceding Export-CodeEmbedding -PassThru unchanged' {
            Set-Content out.jsonl 'before'

            @('x = 1') * 1000 | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -PassThru |
                Select-Object -First 1 | Out-Null

            Get-Content out.jsonl | Should -Be 'before'
        }

        It 'leaves no thread behind' {
            # Each call has different settings from the one before, so that a model is loaded and freed again, with its own
            # thread.
            $counts = Invoke-Pwsh @'
                function Start-AndStop([int] $Rounds) {
                    foreach ($round in 1..$Rounds) {
                        @('x = 1') * 1000 | ConvertTo-CodeEmbedding $tiny -BatchSize 2 -Threads 2 -MaxLength (100 + $round % 2) |
                            Select-Object -First 1 | Out-Null
                    }
                }

                Start-AndStop 10
                (Get-Process -Id $PID).Threads.Count
                Start-AndStop 30
                (Get-Process -Id $PID).Threads.Count
'@
            $counts | Should -HaveCount 2
            # The size of .NET's pool varies by a few threads; one leaked thread per round would be 30.
            [int]$counts[1] - [int]$counts[0] | Should -BeLessThan 15
        }
    }

    Context 'by Ctrl+C' {
        It 'ends within a second while a batch is being embedded' {
            $session = Start-Session ('& { while ($true) { " word" * 600 } } | ' +
                'ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 8')
            while ($session.Output.Count -eq 0) {
                $session.Run.IsCompleted | Should -BeFalse
                Start-Sleep -Milliseconds 20
            }

            Assert-AtMostASecond (Stop-Session $session)
        }

        It 'ends within a second <delay> ms after the start, while the model may be loading' -TestCases @(
            0, 30, 60, 120, 240 | ForEach-Object { @{ Delay = $_ } }
        ) {
            param($Delay)
            # Settings that no other test has, so that no loaded model is reused.
            $line = '& { while ($true) { "x" } } | ConvertTo-CodeEmbedding codeembed-mini -MaxLength $MaxLength'
            $session = Start-Session $line @{
                MaxLength = 300 + $Delay / 10
            }
            Start-Sleep -Milliseconds $Delay

            Assert-AtMostASecond (Stop-Session $session)
        }

        It 'ends within a second while source files are being cut' {
            # A file takes a few tenths of a second, and several are in progress.
            $text = (1..8000 | ForEach-Object { "def f$($_)(a, b):`n    return a + b * $_`n" }) -join "`n"
            $null = New-Item -ItemType Directory src
            1..40 | ForEach-Object { Set-Content "src/$_.py" $text }
            $session = Start-Session 'Get-CodeSnippet -LiteralPath $Source' @{
                Source = Join-Path (Get-Location).ProviderPath src
            }
            while ($session.Output.Count -eq 0) {
                $session.Run.IsCompleted | Should -BeFalse
                Start-Sleep -Milliseconds 20
            }

            Assert-AtMostASecond (Stop-Session $session)
        }

        It 'leaves the target unchanged, and whole lines in the partial file' {
            Set-Content out.jsonl 'before'
            $partial = Join-Path (Get-Location).ProviderPath out.jsonl.partial
            $line = '& { while ($true) { "x" } } | ' +
                'ConvertTo-CodeEmbedding $tiny -BatchSize 4 | Export-CodeEmbedding $Target'
            $session = Start-Session $line @{
                tiny = $tiny; Target = Join-Path (Get-Location).ProviderPath out.jsonl
            }
            while (-not (Test-Path $partial) -or (Get-Item $partial).Length -eq 0) {
                $session.Run.IsCompleted | Should -BeFalse
                Start-Sleep -Milliseconds 20
            }

            Assert-AtMostASecond (Stop-Session $session)

            Get-Content out.jsonl | Should -Be 'before'
            $ids = @((Read-Record $partial).id)
            $ids | Should -Be (1..$ids.Count)
        }

        It 'leaves the model usable in the session' {
            $session = Start-Session '& { while ($true) { "x" } } | ConvertTo-CodeEmbedding $tiny' @{ tiny = $tiny }
            Stop-Session $session | Out-Null

            'x' | ConvertTo-CodeEmbedding $tiny | Should -HaveCount 1
        }
    }
}

Describe 'Several pipelines at once' {
    BeforeEach {
        Enter-NewFolder
        $expected = @(Import-CodeSnippet $sample | Select-Object -First 10 | ConvertTo-CodeEmbedding $tiny)
    }

    AfterEach { Pop-Location }

    It 'return the same in ForEach-Object -Parallel as a single one' {
        $results = 1..4 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            , @(Import-CodeSnippet $using:sample | Select-Object -First 10 | ConvertTo-CodeEmbedding $using:tiny -BatchSize $_)
        } -ThrottleLimit 4

        $results | Should -HaveCount 4
        foreach ($result in $results) {
            $result.Snippet.Id | Should -Be $expected.Snippet.Id
            for ($i = 0; $i -lt 10; $i++) {
                Test-SameVector $result[$i].Vector $expected[$i].Vector | Should -BeTrue
            }
        }
    }

    It 'run different models in ForEach-Object -Parallel' {
        $names = 1..6 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            $model = $_ % 2 ? $using:tiny : 'codeembed-mini'
            @('x = 1') * 5 | ConvertTo-CodeEmbedding $model | ForEach-Object ModelName | Select-Object -Unique
        } -ThrottleLimit 3

        $names | Sort-Object |
            Should -Be 'codeembed-mini', 'codeembed-mini', 'codeembed-mini', 'tiny-roberta', 'tiny-roberta', 'tiny-roberta'
    }

    It 'write their own files in ForEach-Object -Parallel' {
        $folder = (Get-Location).ProviderPath
        1..4 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            1..$_ | ForEach-Object { 'x = 1' } | ConvertTo-CodeEmbedding $using:tiny |
                Export-CodeEmbedding (Join-Path $using:folder "$_.jsonl")
        } -ThrottleLimit 4

        1..4 | ForEach-Object { @(Get-Content "$_.jsonl") | Should -HaveCount $_ }
    }

    It 'stop independently in ForEach-Object -Parallel' {
        $firsts = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            (@('x = 1') * 1000 | ConvertTo-CodeEmbedding $using:tiny -BatchSize 1 | Select-Object -First 1).Snippet.Id
        } -ThrottleLimit 4

        $firsts | Should -Be (@('1') * 8)
    }

    It 'can be nested' {
        $counts = 'x', 'y' | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | ForEach-Object {
            ('a', 'b', 'c' | ConvertTo-CodeEmbedding $tiny | Measure-Object).Count
        }

        $counts | Should -Be 3, 3
    }

    It 'run in jobs of <command>' -TestCases @(@{ Command = 'Start-Job' }, @{ Command = 'Start-ThreadJob' }) {
        param($Command)
        if (-not (Get-Command $Command -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because "$Command is not available"
        }

        $job = & $Command {
            Import-Module $args[0]
            Import-CodeSnippet $args[1] | Select-Object -First 10 | ConvertTo-CodeEmbedding $args[2]
        } -ArgumentList $manifest, $sample, $tiny
        $result = @($job | Receive-Job -Wait -AutoRemoveJob)

        $result.Snippet.ForEach({ "$_" }) | Should -Be $expected.Snippet.Id
        Test-SameVector $result[9].Vector $expected[9].Vector | Should -BeTrue
    }
}
