using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CodeEmbed.Tests;

/// <summary>Node.js packages for tests, which npm downloads once according to a lock file.</summary>
internal static class NodePackages
{
    /// <summary>Downloads the packages of a folder, unless they exist.</summary>
    /// <param name="folder">The folder with <c>package.json</c> and <c>package-lock.json</c>.</param>
    /// <returns>The reason that they cannot be used, or <see langword="null"/> if they can be.</returns>
    public static async Task<string?> FetchAsync(string folder)
    {
        string installed = Path.Combine(folder, "node_modules", "installed.json");
        string wanted = Path.Combine(folder, "package-lock.json");
        try
        {
            await ChildProcess.RunAsync(folder, "node", "--version");
            if (File.Exists(installed) && await File.ReadAllTextAsync(installed) == await File.ReadAllTextAsync(wanted))
                return null;

            // Without a network, npm would retry for minutes.
            (int code, _, string error) = await ChildProcess.RunAsync(
                folder,
                RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "npm.cmd" : "npm",
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--fetch-retries=1",
                "--fetch-retry-mintimeout=1000",
                "--fetch-timeout=10000");
            if (code != 0)
                return $"npm ci in '{folder}' ended with {code}: {error}";

            File.Copy(wanted, installed, overwrite: true);
            return null;
        }
        catch (Win32Exception e)
        {
            return $"Node.js with npm is not available: {e.Message}";
        }
    }
}
