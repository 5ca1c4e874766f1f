using Xunit;

namespace CodeEmbed.Tests.Documentation;

/// <summary>Links in the pages lead to files and headings that exist.</summary>
public sealed class LinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading()
    {
        Assert.Contains(DocumentationPage.All, page => page.Name == "README.md" && page.Links.Any());
        string[] broken = [.. DocumentationPage.All.SelectMany(Broken)];
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Theory]
    [InlineData("[a](other.md)", null)]
    [InlineData("[a](other.md#a-heading-twice-1)", null)]
    [InlineData("[a](#here)\n\n# Here", null)]
    [InlineData("<https://example.org/a>", null)]
    [InlineData("`[a](missing.md)`", null)]
    [InlineData("\n[a](missing.md)", "(2): missing.md")]
    [InlineData("[a](other.md#missing)", "(1): other.md#missing")]
    [InlineData("| a |\n|---|\n| [a](missing.md) |", "(3): missing.md")]
    [InlineData("[a](#missing)", "(1): #missing")]
    [InlineData("[a](http:example)", "(1): http:example")]
    public void A_broken_link_is_named(string text, string? problem)
    {
        _folder.WriteLines("other.md", "# A heading, twice", string.Empty, "# A heading, twice");
        var page = new DocumentationPage(_folder.WriteLines("page.md", text));

        Assert.Equal(problem is null ? [] : [$"{page.Name}{problem}"], Broken(page));
    }

    private static IEnumerable<string> Broken(DocumentationPage page) =>
        from link in page.Links
        where !IsFound(page, link.Text)
        select $"{page.Place(link.Line)}: {link.Text}";

    private static bool IsFound(DocumentationPage page, string target)
    {
        // URLs are not requested, because tests must not need a network.
        if (target.StartsWith("http", StringComparison.Ordinal))
            return Uri.TryCreate(target, UriKind.Absolute, out Uri? address) && address.Host.Length > 0;

        string[] parts = target.Split('#', 2);
        string path = parts[0].Length == 0 ? page.Path : Path.Combine(Path.GetDirectoryName(page.Path)!, parts[0]);
        return Path.Exists(path) && (parts.Length == 1 || new DocumentationPage(path).Anchors.Contains(parts[1]));
    }
}
