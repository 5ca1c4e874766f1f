using System.Text;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace CodeEmbed.Tests.Documentation;

/// <summary>A page in Markdown: its links, its headings and its code, each with its line.</summary>
internal sealed partial class DocumentationPage
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UsePreciseSourceLocation().Build();

    /// <summary>The folders with pages, in addition to the root.</summary>
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

    /// <summary>The manually written pages, anywhere in the repository.</summary>
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

    /// <summary>Whether it is the changelog, which also names removed items.</summary>
    public bool IsChangelog => Name == "CHANGELOG.md";

    /// <summary>The lines of the file.</summary>
    public string[] Lines => _text.Split('\n');

    /// <summary>The anchors of the page's headings, as GitHub generates them for links.</summary>
    public IReadOnlySet<string> Anchors { get; }

    /// <summary>The targets of the page's links.</summary>
    public IEnumerable<(int Line, string Text)> Links =>
        _document.Descendants<LinkInline>().Select(link => (link.Line + 1, link.Url!))
            .Concat(_document.Descendants<AutolinkInline>().Select(link => (link.Line + 1, link.Url)));

    /// <summary>Inline code.</summary>
    public IEnumerable<(int Line, string Text)> CodeSpans =>
        _document.Descendants<CodeInline>().Select(code => (code.Line + 1, code.Content));

    /// <summary>PowerShell blocks.</summary>
    public IEnumerable<(int Line, string Text)> PowerShellBlocks => _document.Descendants<FencedCodeBlock>()
        .Where(block => block.Info == "powershell").Select(block => (block.Line + 2, block.Lines.ToString()));

    /// <summary>A line of the page, for a message.</summary>
    public string Place(int line) => $"{Name}({line})";

    /// <summary>GitHub's templates start with YAML; replacing it with blank lines keeps the line numbers.</summary>
    private static string WithoutFrontMatter(string text)
    {
        int end = text.StartsWith("---\n", StringComparison.Ordinal) ? text.IndexOf("\n---\n", 4, StringComparison.Ordinal) : -1;
        return end < 0 ? text : new StringBuilder().Append('\n', text[..(end + 4)].Count(c => c == '\n')) + text[(end + 4)..];
    }

    [GeneratedRegex(@"[\\/](?:bin|obj|node_modules)[\\/]")]
    private static partial Regex BuildFolder();
}
