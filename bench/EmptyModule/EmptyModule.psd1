@{
    RootModule           = 'EmptyModule.dll'
    ModuleVersion        = '1.0.0'
    GUID                 = 'b0f6a1d4-6f43-4f0c-9f5c-0d3f6f1f4c55'
    Author               = 'The CodeEmbed authors'
    Description          = 'The smallest binary module, to hold the import of CodeEmbed against.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    CmdletsToExport      = @('Get-Nothing')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
