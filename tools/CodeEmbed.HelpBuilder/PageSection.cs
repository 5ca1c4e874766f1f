using Markdig;
using Markdig.Syntax;

namespace CodeEmbed.HelpBuilder;

/// <summary>A part of a page: a heading and its content.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Line">Where the heading is, counted from 1.</param>
/// <param name="Blocks">The content between the heading and the first subsection.</param>
/// <param name="Parts">The subsections, with headings of the next level.</param>
internal sealed record PageSection(string Title, int Line, IReadOnlyList<Block> Blocks, IReadOnlyList<PageSection> Parts)
{
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UsePipeTables().Build();

    /// <summary>Reads a page: one section with the page's title, and its content.</summary>
    /// <param name="file">The page.</param>
    /// <param name="problems">Receives the problems in it.</param>
    public static PageSection Read(string file, Problems problems)
    {
        Block[] blocks = [.. Markdig.Markdown.Parse(File.ReadAllText(file), Markdown)];
        string name = Path.GetFileNameWithoutExtension(file);
        if (blocks is not [HeadingBlock { Level: 1 } title, ..])
        {
            problems.Add(file, 1, $"the page does not begin with the heading '# {name}'");
            return new PageSection(name, 1, [], []);
        }

        PageSection page = Under(title, blocks.AsSpan(1), file, problems);
        if (page.Title != name)
            problems.Add(file, page.Line, $"the page's title is '{page.Title}', but its file is '{name}'");

        return page;
    }

    /// <summary>Finds the subsection with a title, and reports a problem if it is missing.</summary>
    public PageSection? Require(string title, string file, Problems problems)
    {
        PageSection? section = Parts.FirstOrDefault(part => part.Title == title);
        if (section is null)
            problems.Add(file, Line, $"the section '{title}' is missing");
        else if (section.Blocks.Count == 0 && section.Parts.Count == 0)
            problems.Add(file, section.Line, $"the section '{title}' is empty");

        return section;
    }

    private static PageSection Under(HeadingBlock heading, ReadOnlySpan<Block> blocks, string file, Problems problems)
    {
        int end = 0;
        while (end < blocks.Length && blocks[end] is not HeadingBlock)
            end++;

        Block[] own = [.. blocks[..end]];
        var parts = new List<PageSection>();
        while (end < blocks.Length)
        {
            var part = (HeadingBlock)blocks[end];
            if (part.Level != heading.Level + 1)
                problems.Add(file, part.Line + 1, $"a heading of level {part.Level} is under one of level {heading.Level}");

            int start = ++end;
            while (end < blocks.Length && !(blocks[end] is HeadingBlock next && next.Level <= part.Level))
                end++;

            parts.Add(Under(part, blocks[start..end], file, problems));
        }

        return new PageSection(PlainText.Of(heading.Inline, file, problems), heading.Line + 1, own, parts);
    }
}
