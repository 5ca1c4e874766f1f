# Helpers shared by the tests. Each file dot-sources this one in its BeforeAll. It imports the newest module that the build
# staged.

$root = Split-Path (Split-Path $PSScriptRoot)
$manifest = Get-ChildItem (Join-Path $root 'out/CodeEmbed/*/CodeEmbed.psd1') -ErrorAction Ignore |
    Sort-Object { [version]$_.Directory.Name } -Descending | Select-Object -First 1 -ExpandProperty FullName
if (-not $manifest) {
    throw "The module is not staged. Run 'dotnet build -c Release' first."
}

Import-Module $manifest -Force

$sample = Join-Path $root 'samples/snippets.jsonl'
$fixtures = Join-Path $root 'tests/CodeEmbed.Tests/Fixtures'
$tiny = Join-Path $fixtures 'tiny-roberta'

# Creates an empty folder and makes it the current location, so that a test can use plain names. Pop-Location leaves it.
function Enter-NewFolder {
    Push-Location -LiteralPath (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
}

# A valid record as one line.
function Get-RecordLine([string] $Id, [string] $Content = 'x = 1') {
    [ordered]@{ id = $Id; file_path = 'a.py'; language = 'python'; content = $Content } | ConvertTo-Json -Compress
}

# Writes a file of valid records with the given ids.
function Write-Record([string] $Path, [string[]] $Id) {
    Set-Content -LiteralPath $Path -Value ($Id | ForEach-Object { Get-RecordLine $_ })
}

# Reads a file of JSON Lines as PowerShell does, without the module.
function Read-Record([string] $Path) {
    Get-Content -LiteralPath $Path | ConvertFrom-Json
}

# The texts of the fixtures, for which the fixtures have the ids from Hugging Face's tokenizers and the vectors from PyTorch.
function Get-FixtureText([int] $First) {
    Get-Content -LiteralPath (Join-Path $fixtures 'texts.jsonl') -TotalCount $First | ConvertFrom-Json
}

function Write-Gzip([string] $Path, [string] $Text) {
    $file = [System.IO.File]::Create((Join-Path (Get-Location).ProviderPath $Path))
    $gzip = [System.IO.Compression.GZipStream]::new($file, [System.IO.Compression.CompressionMode]::Compress)
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $gzip.Write($bytes, 0, $bytes.Length)
    $gzip.Dispose()
}

function Read-Gzip([string] $Path) {
    $file = [System.IO.File]::OpenRead((Join-Path (Get-Location).ProviderPath $Path))
    $plain = [System.IO.Compression.GZipStream]::new($file, [System.IO.Compression.CompressionMode]::Decompress)
    $reader = [System.IO.StreamReader]::new($plain)
    $reader.ReadToEnd()
    $reader.Dispose()
}

# Creates a Hub cache in which a small model stands in for microsoft/codebert-base, so that nothing is downloaded.
function New-HubCache([string] $Path) {
    $repository = Join-Path $Path 'models--microsoft--codebert-base'
    $commit = '3b0952feddeffad0063f274080e3c23d75e7eb39'
    $null = New-Item -ItemType Directory -Path (Join-Path $repository 'snapshots'), (Join-Path $repository 'refs')
    $snapshot = Join-Path $repository "snapshots/$commit"
    Copy-Item -Recurse -LiteralPath (Join-Path $fixtures 'tiny-roberta-bare') -Destination $snapshot
    Set-Content -NoNewline -LiteralPath (Join-Path $repository 'refs/main') -Value $commit

    # Marks the files that the commit does not have. Without these marks, that could not be known offline.
    $absences = New-Item -ItemType Directory -Path (Join-Path $repository ".no_exist/$commit")
    'modules.json', 'tokenizer.json', 'special_tokens_map.json', 'tokenizer_config.json', 'added_tokens.json' |
        ForEach-Object { $null = New-Item -ItemType File -Path (Join-Path $absences $_) }

    $Path
}

# Whether two vectors are bitwise identical.
function Test-SameVector([float[]] $Left, [float[]] $Right) {
    [System.Linq.Enumerable]::SequenceEqual($Left, $Right)
}

# The largest difference between corresponding numbers of two vectors.
function Measure-Difference([double[]] $Left, [double[]] $Right) {
    if ($Left.Count -ne $Right.Count) {
        throw "One vector has $($Left.Count) numbers and the other $($Right.Count)."
    }

    $largest = 0.0
    for ($i = 0; $i -lt $Left.Count; $i++) {
        $largest = [Math]::Max($largest, [Math]::Abs($Left[$i] - $Right[$i]))
    }

    $largest
}

# Runs a script that must end with an error, and returns the error.
function Get-Failure([scriptblock] $Script) {
    try {
        & $Script | Out-Null
    }
    catch {
        return $_
    }

    throw "There was no error from: $Script"
}

# The stable id of the error that ends a script.
function Get-FailureId([scriptblock] $Script) {
    (Get-Failure $Script).FullyQualifiedErrorId.Split(',')[0]
}

# Starts a separate pwsh with these arguments, as a program or a scheduled task would, and returns all its output.
function Start-Pwsh {
    $PSNativeCommandUseErrorActionPreference = $false
    $program = (Get-Process -Id $PID).Path
    [string[]] $runtime = if ((Split-Path $program -LeafBase) -eq 'dotnet') { @(Join-Path $PSHOME 'pwsh.dll') } else { @() }
    & $program @runtime -NoProfile -NonInteractive @args 2>&1 | ForEach-Object { "$_" }
}

# Runs a line in a separate pwsh, with the module and paths of the tests, and returns all its output.
function Invoke-Pwsh([string] $Line) {
    $setUp = "Import-Module '$($manifest -replace "'", "''")'; `$sample = '$($sample -replace "'", "''")'; " +
        "`$tiny = '$($tiny -replace "'", "''")'; "
    Start-Pwsh -Command ($setUp + $Line)
}

# Runs a line in a session without a host, which hides the messages of -WhatIf, and returns its output.
function Invoke-WithoutHost([string] $Line) {
    $shell = [powershell]::Create()
    try {
        $setUp = 'param($manifest, $tiny, $folder) Import-Module $manifest; Set-Location -LiteralPath $folder; '
        $null = $shell.AddScript($setUp + $Line).AddArgument($manifest).AddArgument($tiny)
        $shell.AddArgument((Get-Location).ProviderPath).Invoke()
        if ($shell.HadErrors) {
            throw $shell.Streams.Error[0]
        }
    }
    finally {
        $shell.Dispose()
    }
}
