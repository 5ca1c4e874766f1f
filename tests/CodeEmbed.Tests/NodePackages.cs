using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CodeEmbed.Tests;

/// <summary>Packages of Node.js for tests, which npm fetches once, as a lock file says.</summary>
internal static class NodePackages
{
    /// <summary>Fetches the packages of a folder, unless they are there.</summary>
    /// <param name="folder">The folder with <c>package.json</c> and <c>package-lock.json</c>.</param>
    /// <returns>Why they cannot be used; <see langword="null"/> where they can be.</returns>
    public static async Task<string?> FetchAsync(string folder)
    {
        string installed = Path.Combine(folder, "node_modules", "installed.json");
        string wanted = Path.Combine(folder, "package-lock.json");
        try
        {
            await ChildProcess.RunAsync(folder, "node", "--version");
            if (File.Exists(installed) && await File.ReadAllTextAsync(installed) == await File.ReadAllTextAsync(wanted))
                return null;

            // Without a network npm would try for minutes.
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
            return $"Node.js with npm is not there: {e.Message}";
        }
    }
}
