using System.Text.RegularExpressions;
using Xunit;

namespace CodeEmbed.Tests.Documentation;

/// <summary>The files and test classes named in the pages are in the repository.</summary>
public sealed partial class NamedFileTests : IDisposable
{
    private static readonly Lazy<HashSet<string>> TestClasses = new(() =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path)),
    ]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_file_and_test_that_a_page_names_exists()
    {
        string[] missing = [.. DocumentationPage.All.Where(page => !page.IsChangelog).SelectMany(Missing)];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Theory]
    [InlineData("`tests/kill.sh [KILLS] [SEED]`, `src/CodeEmbed.Core`, `docs`, `FileBytesTests`, `bench/*.sh`", null)]
    [InlineData("`tests/kills.sh`", "(1): tests/kills.sh")]
    [InlineData("`FileByteTests`", "(1): FileByteTests")]
    public void A_missing_file_or_test_is_named(string text, string? problem)
    {
        var page = new DocumentationPage(_folder.WriteLines("page.md", text));

        Assert.Equal(problem is null ? [] : [$"{page.Name}{problem}"], Missing(page));
    }

    private static IEnumerable<string> Missing(DocumentationPage page) =>
        from code in page.CodeSpans
        let file = NamedFile().Match(code.Text).Value
        let test = TestClass().Match(code.Text).Value
        where (file.Length > 0 && !Path.Exists(Path.Combine(Repository.Root, file)))
            || (test.Length > 0 && !TestClasses.Value.Contains(test))
        select $"{page.Place(code.Line)}: {file}{test}";

    [GeneratedRegex(@"^(?:src/CodeEmbed|(?:tests|tools|bench|docs|samples|module|deploy|\.ci|\.github)/)[\w./-]+(?![\w*<])")]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"^[A-Z]\w+Tests$")]
    private static partial Regex TestClass();
}
