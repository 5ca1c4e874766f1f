using static CodeEmbed.Packaging.ModuleManifest;

namespace CodeEmbed.Packaging;

/// <summary>The manifest of a module with ONNX Runtime for CUDA: it has CodeEmbed's version, author and licence.</summary>
internal static class CudaManifest
{
    // A module keeps its identity in all versions.
    private static readonly Dictionary<string, string> Identities = new()
    {
        ["Linux"] = "ab8224e1-5e2c-437c-8adf-47e55f9d694e",
        ["Windows"] = "e08f3529-3587-481a-a1df-77b510b1c1b7",
    };

    /// <summary>Creates the text of the manifest.</summary>
    /// <param name="codeEmbed">CodeEmbed's own manifest.</param>
    /// <param name="system">The system: <c>Linux</c> or <c>Windows</c>.</param>
    /// <param name="projectUri">The project's address, or empty.</param>
    public static string Make(ModuleManifest codeEmbed, string system, string projectUri)
    {
        string version = codeEmbed.Text("ModuleVersion");
        string description =
            $"ONNX Runtime for CUDA 13 on {system} (x64), for the module CodeEmbed {version}, which finds it where "
            + "it is installed. Needs cuDNN 9.";
        string text = $$"""
            @{
                ModuleVersion        = {{Quote(version)}}
                GUID                 = {{Quote(Identities[system])}}
                Author               = {{Quote(codeEmbed.Text("Author"))}}
                CompanyName          = {{Quote(codeEmbed.Text("CompanyName"))}}
                Copyright            = {{Quote(codeEmbed.Text("Copyright"))}}
                Description          = {{Quote(description)}}
                PowerShellVersion    = {{Quote(codeEmbed.Text("PowerShellVersion"))}}
                CompatiblePSEditions = @('Core')
                CmdletsToExport      = @()
                FunctionsToExport    = @()
                VariablesToExport    = @()
                AliasesToExport      = @()
                PrivateData          = @{
                    PSData = @{
                        Tags = @('CodeEmbed', 'ONNX', 'CUDA', 'CUDA13', 'NVIDIA', 'GPU', 'PSEdition_Core', '{{system}}')
                        LicenseUri = {{Quote((string)codeEmbed.PSData["LicenseUri"]!)}}
                        ReleaseNotes = 'For CodeEmbed {{version}}, and for no other version.'
                    }
                }
            }

            """;
        return projectUri.Length > 0 ? ModuleManifest.Parse(text).WithPSData([("ProjectUri", projectUri)]) : text;
    }
}
