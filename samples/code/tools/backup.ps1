function Remove-OldBackup {
    # Keeps the newest files of a folder, and removes the others.
    param([string] $Path, [int] $Keep = 7)
    Get-ChildItem -LiteralPath $Path -File |
        Sort-Object LastWriteTime -Descending |
        Select-Object -Skip $Keep |
        Remove-Item
}

function Read-Line {
    param([string] $Path)
    Get-Content -LiteralPath $Path | ForEach-Object { $_.TrimEnd() }
}
