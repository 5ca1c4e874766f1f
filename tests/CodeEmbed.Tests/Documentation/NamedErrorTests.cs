using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.Documentation;

/// <summary>The error ids in the pages exist in the code, and the lists of error ids are complete.</summary>
public sealed partial class NamedErrorTests : IDisposable
{
    /// <summary>Errors from PowerShell itself that the pages also name.</summary>
    private static readonly string[] OfPowerShell = ["ParameterArgumentValidationError"];

    /// <summary>The files with ids: the exceptions, the errors of the cmdlets, and the check for a second version.</summary>
    private static readonly string[] Sources = ["src/CodeEmbed.Core/Errors", "src/CodeEmbed.PowerShell/Errors", "module"];

    private static readonly Lazy<HashSet<string>> Ids = new(FindIds);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_id_that_a_page_names_exists()
    {
        Assert.Contains("ModelLoadError", Ids.Value);
        string[] unknown = [.. DocumentationPage.All.SelectMany(Unknown)];
        Assert.True(unknown.Length == 0, string.Join('\n', unknown));
    }

    [Theory]
    [InlineData("A `ModelLoadError` ends it.", null)]
    [InlineData("\nA ModelLoadingError ends it.", "(2): ModelLoadingError")]
    public void An_id_that_does_not_exist_is_named(string text, string? problem)
    {
        var page = new DocumentationPage(_folder.WriteLines("page.md", text));

        Assert.Equal(problem is null ? [] : [$"{page.Name}{problem}"], Unknown(page));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/about_CodeEmbed.md")]
    public void The_lists_of_errors_have_every_id(string name)
    {
        DocumentationPage page = DocumentationPage.All.Single(page => page.Name == name);

        Assert.Equal(Ids.Value.Order(), Ids.Value.Where(id => page.Lines.Any(line => IsListed(line, id))).Order());
    }

    private static bool IsListed(string line, string id) =>
        (line.StartsWith("| `", StringComparison.Ordinal) || line.StartsWith("- `", StringComparison.Ordinal))
        && line.Contains($"`{id}`", StringComparison.Ordinal);

    private static IEnumerable<string> Unknown(DocumentationPage page) =>
        from line in page.Lines.Index()
        from Match id in ErrorId().Matches(line.Item)
        where !Ids.Value.Contains(id.Value) && !OfPowerShell.Contains(id.Value)
        select $"{page.Place(line.Index + 1)}: {id.Value}";

    private static HashSet<string> FindIds() =>
    [
        .. Sources.SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder)))
            .SelectMany(file => Literal().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value),
    ];

    [GeneratedRegex(@"(?<![\w.])(?:[A-Z][a-z]+)+Error\b")]
    private static partial Regex ErrorId();

    [GeneratedRegex("""["'](\w+Error)["']""")]
    private static partial Regex Literal();
}
