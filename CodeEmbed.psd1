# The manifest of the module CodeEmbed. The one at the root of the repository is a template and cannot be imported: build with
# 'dotnet build -c Release src/CodeEmbed.PowerShell', and import out/CodeEmbed/<version>/CodeEmbed.psd1, which is complete.
@{
    RootModule           = 'CodeEmbed.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '6b1f5c1e-52d0-4f0b-9c39-6d6a2c0f8d57'
    Author               = 'The CodeEmbed authors'
    CompanyName          = 'The CodeEmbed authors'
    Copyright            = '(c) 2026 The CodeEmbed authors. MIT licence.'
    Description          = 'Turns code snippets into embeddings, as a stream, on your own machine, without Python.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    NestedModules        = @('CodeEmbed.OneVersion.psm1')
    FormatsToProcess     = @('CodeEmbed.format.ps1xml')
    CmdletsToExport      = @('Get-CodeSnippet', 'Import-CodeSnippet', 'ConvertTo-CodeEmbedding',
        'Export-CodeEmbedding', 'Import-CodeEmbedding', 'Merge-CodeEmbedding', 'Find-CodeSnippet', 'Find-CodeDuplicate',
        'Compare-CodeEmbedding', 'Export-CodeEmbeddingMap', 'Get-CodeEmbeddingModel', 'Save-CodeEmbeddingModel',
        'Remove-CodeEmbeddingModel')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags = @('embeddings', 'code', 'CodeBERT', 'RoBERTa', 'ONNX', 'jsonl', 'semantic-search', 'PSEdition_Core',
                'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://licenses.nuget.org/MIT'
        }
    }
}
