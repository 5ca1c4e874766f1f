using System.Globalization;
using CodeEmbed.Hub;
using CodeEmbed.Tests.Staged;

namespace CodeEmbed.Tests.Hub;

/// <summary>Fetches a model in a separate process: a PowerShell script that calls the library, run by the host.</summary>
internal static class HubProcess
{
    /// <summary>Fetches a model.</summary>
    /// <returns>The exit code, the snapshot's folder and the errors.</returns>
    public static Task<(int ExitCode, string Output, string Error)> FetchAsync(HubOptions options, string model) =>
        HostProcess.RunAsync(FetchText(options, model));

    /// <summary>The PowerShell script that fetches a model and prints the snapshot's folder.</summary>
    public static string FetchText(HubOptions options, string model) => string.Create(CultureInfo.InvariantCulture, $$"""
        $null = [System.Reflection.Assembly]::LoadFrom('{{typeof(CodeEmbedException).Assembly.Location}}')
        $null = [System.Reflection.Assembly]::LoadFrom('{{typeof(HubClient).Assembly.Location}}')
        $options = [CodeEmbed.Hub.HubOptions]::new()
        [CodeEmbed.Hub.HubOptions].GetProperty('Endpoint').SetValue($options, '{{options.Endpoint}}')
        [CodeEmbed.Hub.HubOptions].GetProperty('CacheFolder').SetValue($options, '{{options.CacheFolder}}')
        $client = [CodeEmbed.Hub.HubClient]::new($options)
        $id = [CodeEmbed.Hub.HubModelId]::Parse('{{model}}')
        $client.FetchAsync($id, $false, $null, [System.Threading.CancellationToken]::None).GetAwaiter().GetResult().Folder
        """);
}
