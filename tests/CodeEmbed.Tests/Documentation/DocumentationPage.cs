using System.Text;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace CodeEmbed.Tests.Documentation;

/// <summary>A page in Markdown: its links, its headings and its code, each with the line where it is.</summary>
internal sealed partial class DocumentationPage
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UsePreciseSourceLocation().Build();

    /// <summary>Where the pages are, beside the root.</summary>
    private static readonly string[] Folders = ["docs", "bench", "deploy", "module", "samples", ".github"];

    private readonly MarkdownDocument _document;
    private readonly string _text;

    /// <summary>Reads a page.</summary>
    /// <param name="path">Its file.</param>
    public DocumentationPage(string path)
    {
        Path = path;
        _text = File.ReadAllText(path).ReplaceLineEndings("\n");
        _document = Markdown.Parse(WithoutFrontMatter(_text), Pipeline);
        Anchors = _document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id!).ToHashSet();
    }

    /// <summary>The pages that people write, wherever they are in the repository.</summary>
    public static IReadOnlyList<DocumentationPage> All { get; } =
    [
        .. Directory.GetFiles(Repository.Root, "*.md")
            .Concat(Folders.Select(folder => System.IO.Path.Combine(Repository.Root, folder)).Where(Directory.Exists)
                .SelectMany(folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories)))
            .Where(path => !BuildFolder().IsMatch(path))
            .Select(path => new DocumentationPage(path)),
    ];

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its path in the repository, with <c>/</c>.</summary>
    public string Name => System.IO.Path.GetRelativePath(Repository.Root, Path).Replace('\\', '/');

    /// <summary>Whether it is the changelog, which also names what is gone.</summary>
    public bool IsChangelog => Name == "CHANGELOG.md";

    /// <summary>The lines of the file.</summary>
    public string[] Lines => _text.Split('\n');

    /// <summary>What a link to a heading of this page names after its <c>#</c>, as GitHub makes it.</summary>
    public IReadOnlySet<string> Anchors { get; }

    /// <summary>What the page's links lead to.</summary>
    public IEnumerable<(int Line, string Text)> Links =>
        _document.Descendants<LinkInline>().Select(link => (link.Line + 1, link.Url!))
            .Concat(_document.Descendants<AutolinkInline>().Select(link => (link.Line + 1, link.Url)));

    /// <summary>Code within a text.</summary>
    public IEnumerable<(int Line, string Text)> CodeSpans =>
        _document.Descendants<CodeInline>().Select(code => (code.Line + 1, code.Content));

    /// <summary>Blocks of PowerShell.</summary>
    public IEnumerable<(int Line, string Text)> PowerShellBlocks => _document.Descendants<FencedCodeBlock>()
        .Where(block => block.Info == "powershell").Select(block => (block.Line + 2, block.Lines.ToString()));

    /// <summary>A line of the page, for a message.</summary>
    public string Place(int line) => $"{Name}({line})";

    /// <summary>GitHub's templates begin with a few lines of YAML; blank lines keep the numbers of those after them.</summary>
    private static string WithoutFrontMatter(string text)
    {
        int end = text.StartsWith("---\n", StringComparison.Ordinal) ? text.IndexOf("\n---\n", 4, StringComparison.Ordinal) : -1;
        return end < 0 ? text : new StringBuilder().Append('\n', text[..(end + 4)].Count(c => c == '\n')) + text[(end + 4)..];
    }

    [GeneratedRegex(@"[\\/](?:bin|obj|node_modules)[\\/]")]
    private static partial Regex BuildFolder();
}
