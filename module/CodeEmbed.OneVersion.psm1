# Runs when PowerShell has resolved the cmdlets' assembly and has taken nothing of the module. A process keeps the first
# assembly of a name, so the one that is found here may be that of another version, or of another copy.
if ([CodeEmbed.PowerShell.LoadedModule]::Folder -ne $PSScriptRoot) {
    throw [CodeEmbed.PowerShell.LoadedModule]::AnotherVersionError
}
