# Shows what Wine does in another way than Windows, each in a few lines without the module. Prints a line for each that is seen:
# its name, a bar, and what was seen.
param([Parameter(Mandatory)] [string] $Folder)

$ErrorActionPreference = 'Stop'

# Windows exports the key. .NET asks for the length of the key's signature, which Wine 8's bcrypt does not know.
try {
    $null = [System.Security.Cryptography.RSA]::Create(2048).ExportRSAPublicKey()
}
catch {
    "rsa-key|An RSA key cannot be exported: $($_.Exception.GetBaseException().Message)"
}

# Windows makes the link, or says that the right to is missing.
try {
    Set-Content (Join-Path $Folder 'file') 'x'
    $link = Join-Path $Folder 'link'
    $null = [System.IO.File]::CreateSymbolicLink($link, 'file')
    if (-not [System.IO.File]::Exists($link)) {
        'links|A symbolic link is said to be made, and none is there.'
    }
}
catch {
    "links|A symbolic link cannot be made: $($_.Exception.GetBaseException().Message)"
}

# Windows 10 of 2019 and later has ICU, by which .NET gives the sharp s. The system alone gives the capital again.
if ("`u{1E9E}".ToLowerInvariant() -ceq "`u{1E9E}") {
    'icu|.NET finds no ICU, and takes the letter case and normal forms of the system.'
}
