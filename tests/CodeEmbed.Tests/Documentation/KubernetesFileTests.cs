using Xunit;

namespace CodeEmbed.Tests.Documentation;

/// <summary>The files in <c>deploy/kubernetes</c>, compared with the published schema of the Kubernetes API.</summary>
public sealed class KubernetesFileTests
{
    [Fact]
    public async Task The_files_match_the_schema()
    {
        string folder = Path.Combine(Repository.Root, "tests", "kubernetes");
        string? missing = await NodePackages.FetchAsync(folder);
        Assert.SkipWhen(missing is not null, $"The schema of the Kubernetes API is not available: {missing}");

        var result = await ChildProcess.RunAsync(
            folder, "node", Path.Combine(Repository.Root, "deploy", "kubernetes", "check.mjs"));

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Equal(
            ["job.yaml: valid", "merge.yaml: valid", "volume.yaml: valid"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r')).Order());
    }
}
