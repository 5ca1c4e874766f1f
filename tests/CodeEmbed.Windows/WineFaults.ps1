# Shows the differences between Wine and Windows, each in a few lines without the module. Prints a line for each difference:
# its name, a bar, and a description.
param([Parameter(Mandatory)] [string] $Folder)

$ErrorActionPreference = 'Stop'

# Windows exports the key. .NET asks for the length of the key's signature, which Wine 8's bcrypt does not know.
try {
    $null = [System.Security.Cryptography.RSA]::Create(2048).ExportRSAPublicKey()
}
catch {
    "rsa-key|An RSA key cannot be exported: $($_.Exception.GetBaseException().Message)"
}

# Windows creates the link, or reports that the privilege is missing.
try {
    Set-Content (Join-Path $Folder 'file') 'x'
    $link = Join-Path $Folder 'link'
    $null = [System.IO.File]::CreateSymbolicLink($link, 'file')
    if (-not [System.IO.File]::Exists($link)) {
        'links|Creating a symbolic link reports success, but there is none.'
    }
}
catch {
    "links|A symbolic link cannot be created: $($_.Exception.GetBaseException().Message)"
}

# Windows 10 from 2019 and later has ICU, with which .NET returns the sharp s. The system alone returns the capital unchanged.
if ("`u{1E9E}".ToLowerInvariant() -ceq "`u{1E9E}") {
    'icu|.NET finds no ICU, and uses the letter case and normal forms of the system.'
}
