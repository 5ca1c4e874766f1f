#Requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.0' }

BeforeAll {
    . (Join-Path $PSScriptRoot 'Staged.ps1')

    # Writes a file, and the folders that it is in.
    function Write-Source([string] $Path, [string] $Text) {
        $null = New-Item -ItemType File -Force -Path $Path -Value $Text
    }
}

Describe 'Get-CodeSnippet' {
    BeforeEach { Enter-NewFolder }
    AfterEach { Pop-Location }

    Context 'input files' {
        BeforeEach {
            Write-Source src/a.py "def a():`n    return 1`n"
            Write-Source src/b.cs "class B`n{`n}`n"
            Write-Source 'src/in[1]/c.ps1' "function Get-C { 1 }`n"
        }

        It 'takes the current location by default' {
            (Get-CodeSnippet).FilePath | Should -Be 'src/a.py', 'src/b.cs', 'src/in[1]/c.ps1'
        }

        It 'accepts a folder, and makes the paths of its files relative to it' {
            (Get-CodeSnippet src).FilePath | Should -Be 'a.py', 'b.cs', 'in[1]/c.ps1'
        }

        It 'accepts wildcards, and files, whose paths are relative to the current location' {
            (Get-CodeSnippet src/*.py).FilePath | Should -Be 'src/a.py'
            (Get-CodeSnippet src/b.cs).FilePath | Should -Be 'src/b.cs'
        }

        It 'accepts a literal path by the name <name>' -TestCases @(
            @{ Name = 'LiteralPath' }, @{ Name = 'PSPath' }, @{ Name = 'LP' }
        ) {
            param($Name)
            $arguments = @{ $Name = 'src/in[1]' }

            (Get-CodeSnippet @arguments).FilePath | Should -Be 'c.ps1'
        }

        It 'accepts the output of Get-ChildItem, and reads each file once' {
            (Get-ChildItem -Recurse | Get-CodeSnippet).FilePath | Sort-Object |
                Should -Be 'src/a.py', 'src/b.cs', 'src/in[1]/c.ps1'
            (Get-ChildItem src -Recurse -File | Get-CodeSnippet).Count | Should -Be 3
        }

        It 'filters with -Include and -Exclude by name, path or folder' {
            (Get-CodeSnippet -Include *.py, *.CS).FilePath | Should -Be 'src/a.py', 'src/b.cs'
            (Get-CodeSnippet -Include './src/b.*').FilePath | Should -Be 'src/b.cs'
            (Get-CodeSnippet -Exclude 'in*', b.cs).FilePath | Should -Be 'src/a.py'
        }

        It 'skips ignored files that come from the pipeline, but not a file named by -Path' {
            Set-Content .gitignore 'a.py'

            (Get-ChildItem src -File | Get-CodeSnippet).FilePath | Should -Be 'src/b.cs'
            (Get-CodeSnippet src/a.py).FilePath | Should -Be 'src/a.py'
        }

        It 'reports why each file is skipped, and how many files are skipped' {
            Write-Source node_modules/x.js 'x = 1'
            Write-Source a.bin "a`0b"

            $verbose = Get-CodeSnippet -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }

            "$verbose" | Should -BeLike '*a.bin: skipped: it is not text.*node_modules: skipped: it holds third-party code.*'
            $verbose[-1].Message | Should -BeExactly 'Snippets: 3 of 3 files. Skipped: 2 files and folders.'
        }
    }

    Context 'the snippets' {
        It 'have the documented properties' {
            $code = "import os`n`nclass Stack:`n    # adds`n    def push(self, x):`n        self.items.append(x)`n"
            Write-Source src/stack.py $code

            $snippets = @(Get-CodeSnippet -MaxLength 28)

            $push = $snippets | Where-Object ChunkName -EQ Stack.push
            $push.Id | Should -BeExactly 'src/stack.py#Stack.push'
            $push.ChunkType | Should -BeExactly method
            $push.Language | Should -BeExactly python
            $push.Content | Should -BeExactly "    # adds`n    def push(self, x):`n        self.items.append(x)`n"
            $push.Metadata.start_line, $push.Metadata.end_line | Should -Be 4, 6
            -join $snippets.Content | Should -BeExactly $code
        }

        It 'come from PowerShell''s own parser for PowerShell, which runs none of the code' {
            Write-Source ran.psm1 "Set-Content '$((Get-Location).ProviderPath)/ran.txt' 1"
            Write-Source a.ps1 (@('using module ./ran.psm1', 'Set-Content ran.txt 1', '', '# What it does', 'function Get-A {',
                    '    "}"', '}', 'class B {', '    [int] C() { return 1 }', '}', '') -join "`n")

            $snippets = @(Get-CodeSnippet a.ps1 -MaxLength 24)

            $snippets.ChunkName | Should -Be $null, 'Get-A', 'B'
            $snippets[1].Content | Should -BeLike '# What it does*'
            Test-Path ran.txt | Should -BeFalse
        }

        It 'contain the whole file with -WholeFile' {
            Write-Source a.py ("def a(): pass`n" * 1000)

            $snippet = Get-CodeSnippet -WholeFile

            $snippet.Content.Length | Should -Be 14000
            $snippet.Id, $snippet.ChunkName, $snippet.ChunkType | Should -Be 'a.py', 'a.py', 'file'
        }

        It 'fit into the model''s limit' {
            Get-ChildItem (Join-Path $root tests/Pester) -Filter *.ps1 | Copy-Item -Destination .

            $snippets = @(Get-CodeSnippet -Model codeembed-mini -MaxLength 64)

            $embeddings = @($snippets | ConvertTo-CodeEmbedding -Model codeembed-mini -MaxLength 64)
            ($embeddings.TruncatedTokens | Measure-Object -Maximum).Maximum | Should -Be 0
            ($embeddings.TokenCount | Measure-Object -Maximum).Maximum | Should -BeGreaterThan 48
        }

        It 'can be exported and imported, and the pipeline''s own output is not read' {
            Write-Source a.py "def a():`n    return 1`n"
            Set-Content index.jsonl before

            Get-CodeSnippet | ConvertTo-CodeEmbedding -Model $tiny | Export-CodeEmbedding index.jsonl

            $record = Read-Record index.jsonl
            $record.id | Should -BeExactly 'a.py#a'
            $record.metadata.end_line | Should -Be 2
            $record.git_hash | Should -MatchExactly '^[0-9a-f]{40}$'
            (Import-CodeSnippet index.jsonl).Id | Should -BeExactly 'a.py#a'
        }
    }

    Context 'an output among the source files' {
        It 'is refused if it would replace a source file' {
            Write-Source src/a.py "def a():`n    return 1`n"
            Write-Source src/b.js "function b() { return 2; }`n"
            $before = (Get-FileHash src/b.js).Hash

            $failure = Get-Failure { Get-CodeSnippet src | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding src/b.js }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            "$failure" | Should -BeLike '*b.js*going to replace it*'
            (Get-FileHash src/b.js).Hash | Should -Be $before
        }

        It 'is refused through a link to the folder' -Skip:$IsWindows {
            Write-Source src/b.js "function b() { return 2; }`n"
            $null = New-Item -ItemType SymbolicLink -Path link -Target (Resolve-Path src).Path
            $before = (Get-FileHash src/b.js).Hash

            Get-FailureId { Get-CodeSnippet src | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding link/b.js } |
                Should -BeExactly 'FileReadError'

            (Get-FileHash src/b.js).Hash | Should -Be $before
        }

        It 'is refused as a file for rejected records, but not if it is one already' {
            Write-Source src/a.py "def a():`n    return 1`n"
            Write-Source src/b.js "function b() { return 2; }`n"
            $before = (Get-FileHash src/b.js).Hash

            Get-FailureId { Get-CodeSnippet src | ConvertTo-CodeEmbedding $tiny -SkipFailed -RejectPath src/b.js } |
                Should -BeExactly 'FileReadError'

            (Get-FileHash src/b.js).Hash | Should -Be $before
            Set-Content src/rejects.txt '{"file":"a","line":1,"id":null,"error":"x","reason":"y","record":null}'
            (Get-CodeSnippet src -Exclude b.js | ConvertTo-CodeEmbedding $tiny -SkipFailed -RejectPath src/rejects.txt).Id |
                Should -Be 'a.py#a'
        }

        It 'replaces the index of an earlier run, and a source file that is excluded' {
            Write-Source src/a.py "def a():`n    return 1`n"
            Write-Source src/b.js "function b() { return 2; }`n"
            foreach ($name in 'index.db', 'index.txt') {
                1..2 | ForEach-Object {
                    Get-CodeSnippet src -Include *.py, index* | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding src/$name
                }
                (Import-CodeEmbedding src/$name).Id | Should -Be 'a.py#a'
            }

            Get-CodeSnippet src -Exclude b.js | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding src/b.js
            (Import-CodeEmbedding src/b.js).Id | Should -Be 'a.py#a'
        }
    }

    Context 'errors' {
        It 'name a missing folder, and the other folders are read' {
            Write-Source here/a.py 'x = 1'

            $snippets = Get-CodeSnippet missing, here -ErrorVariable errors -ErrorAction SilentlyContinue

            $snippets.FilePath | Should -Be 'a.py'
            $errors.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            "$errors" | Should -BeLike '*missing*'
        }

        It 'end the pipeline if nothing exists' {
            Get-FailureId { Get-CodeSnippet missing } | Should -BeExactly FileReadError
        }

        It 'refuse a limit that leaves no room' {
            Get-FailureId { Get-CodeSnippet -MaxLength 4 } | Should -BeExactly ParameterError
        }

        It 'refuse a limit beyond the model''s own' {
            Get-FailureId { Get-CodeSnippet -Model codeembed-mini -MaxLength 100000 } | Should -BeExactly ParameterError
        }

        It 'name the missing file of an incomplete model' {
            $null = New-Item -ItemType Directory model

            Get-FailureId { Get-CodeSnippet -Model ./model } | Should -BeExactly ModelLoadError
        }

        It 'do not include a broken file, which is cut as well as possible and reported' {
            Write-Source a.py "def a():`n    return 1`n`ndef b(:`n    [`n"

            $all = Get-CodeSnippet -Verbose 4>&1

            -join ($all | Where-Object { $_ -is [CodeEmbed.CodeSnippet] }).Content |
                Should -BeExactly "def a():`n    return 1`n`ndef b(:`n    [`n"
            "$all" | Should -BeLike '*a.py: parts of it do not match the grammar for python*'
        }
    }

    It 'stops when the consumer has enough' {
        1..200 | ForEach-Object { Write-Source "$_.py" 'x = 1' }

        @(Get-CodeSnippet | Select-Object -First 3).Count | Should -Be 3
    }

    Context 'a folder without code, such as an unmounted disk' {
        BeforeEach { $null = New-Item -ItemType Directory empty }

        It 'is reported' {
            Get-CodeSnippet empty -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty

            "$warnings" | Should -BeLike "'empty': no source code was found there.*"
        }

        It 'replaces no index' {
            Set-Content out.jsonl before

            $failure = Get-Failure { Get-CodeSnippet empty | ConvertTo-CodeEmbedding $tiny | Export-CodeEmbedding out.jsonl }

            $failure.FullyQualifiedErrorId | Should -BeLike 'FileReadError,*'
            Get-Content out.jsonl | Should -Be before
        }
    }

    Context 'before a run that is interrupted' {
        It 'gives the same snippets again, so that -Resume continues' {
            1..40 | ForEach-Object { Write-Source "src/$_.py" "def f$($_)():`n    return $_`n" }
            Get-CodeSnippet src | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding whole.jsonl
            $null = Get-Failure {
                $script:count = 0
                Get-CodeSnippet src | ForEach-Object { if (++$script:count -eq 30) { throw 'interrupted' }; $_ } |
                    ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl
            }
            $kept = @(Get-Content out.jsonl.partial).Count

            Get-CodeSnippet src | ConvertTo-CodeEmbedding $tiny -BatchSize 1 | Export-CodeEmbedding out.jsonl -Resume

            $kept | Should -BeGreaterThan 0
            (Get-FileHash out.jsonl).Hash | Should -Be (Get-FileHash whole.jsonl).Hash
        }
    }
}
