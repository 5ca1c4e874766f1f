using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>Importing a second copy of the module into a session.</summary>
public sealed class AnotherVersionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session = new(Repository.Root);

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_refused_with_an_error_that_names_the_loaded_one(bool sameVersion)
    {
        SessionResult result = _session.Run("Import-Module $Second", ("Second", Second(sameVersion)));

        Assert.Equal("ModuleVersionError", result.TerminatingId);
        Assert.Equal(
            $"CodeEmbed {Path.GetFileName(Repository.StagedModule)} is already loaded in this session, "
            + $"from '{Repository.StagedModule}', and a session keeps its first version. "
            + "Start a new session to import another version or copy.",
            result.TerminatingMessage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_copy_stays_and_works(bool sameVersion)
    {
        SessionResult result = _session.Run(
            "try { Import-Module $Second; 'imported' } catch { 'refused' } "
            + "(Get-Module CodeEmbed).ModuleBase; (Get-Command Import-CodeSnippet -All).DLL; ('x = 1' | ConvertTo-CodeEmbedding "
            + "-Model codeembed-mini).Vector.Length",
            ("Second", Second(sameVersion)));

        string cmdlets = Path.Combine(Repository.StagedModule, "CodeEmbed.PowerShell.dll");
        Assert.Equal(["refused", Repository.StagedModule, cmdlets, 256], result.Output.Select(item => item.BaseObject));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_views_are_not_loaded(bool sameVersion)
    {
        string second = Second(sameVersion), views = Path.Combine(Path.GetDirectoryName(second)!, "CodeEmbed.format.ps1xml");
        File.WriteAllText(
            views, File.ReadAllText(views).Replace("CodeEmbed.CodeSnippet", "System.UriBuilder", StringComparison.Ordinal));

        var result = await HostProcess.RunAsync(
            $"try {{ Import-Module '{second}'; 'imported' }} catch {{ 'refused' }}; [System.UriBuilder]'http://localhost'");

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        Assert.Matches(@"^refused\s+Scheme ", result.Output);
    }

    [Fact]
    public void It_is_refused_even_if_the_first_copy_was_removed()
    {
        SessionResult result = _session.Run(
            "Remove-Module CodeEmbed; Import-Module $Second", ("Second", Second(sameVersion: true)));

        Assert.Equal("ModuleVersionError", result.TerminatingId);
        Assert.Empty(_session.Run("Get-Module CodeEmbed; Get-Command -Module CodeEmbed").Output);
    }

    [Theory]
    [InlineData("Import-Module $Manifest")]
    [InlineData("Import-Module $Manifest -Force")]
    [InlineData("Remove-Module CodeEmbed; Import-Module $Manifest")]
    public void The_same_copy_can_be_imported_again(string import)
    {
        SessionResult result = _session.Run(
            import + "; (Get-Module CodeEmbed).ModuleBase; ('x = 1' | ConvertTo-CodeEmbedding -Model "
                + "codeembed-mini).Vector.Length",
            ("Manifest", Repository.StagedManifest));

        Assert.Null(result.TerminatingMessage);
        Assert.Equal([Repository.StagedModule, 256], result.Output.Select(item => item.BaseObject));
    }

    private string Second(bool sameVersion) =>
        sameVersion ? StagedCopy.OfSameVersion(_folder) : StagedCopy.OfAnotherVersion(_folder);
}
