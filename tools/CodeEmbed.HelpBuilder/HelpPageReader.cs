using System.Text.RegularExpressions;
using Markdig.Syntax;

namespace CodeEmbed.HelpBuilder;

/// <summary>Reads the page of a cmdlet, with platyPS's headings.</summary>
internal static partial class HelpPageReader
{
    private const int FewestExamples = 3;

    private static readonly string[] Sections =
        ["SYNOPSIS", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];

    /// <summary>Reads a page.</summary>
    /// <param name="file">The page.</param>
    /// <param name="problems">Receives the problems in it.</param>
    public static HelpPage Read(string file, Problems problems)
    {
        PageSection page = PageSection.Read(file, problems);
        foreach (PageSection stranger in page.Parts.Where(part => !Sections.Contains(part.Title)))
            problems.Add(file, stranger.Line, $"a page has no section '{stranger.Title}'");

        PageSection[] sections =
            [.. Sections.Select(title => page.Require(title, file, problems) ?? new PageSection(title, page.Line, [], []))];
        if (sections is not
            [var synopsis, var description, var examples, var parameters, var inputs, var outputs, var notes, var links])
        {
            throw new InvalidOperationException("The section is not in the list.");
        }

        return new HelpPage
        {
            File = file,
            Synopsis = ReadSynopsis(synopsis, file, problems),
            Description = ReadText(description, file, problems),
            Examples = ReadExamples(examples, file, problems),
            ParametersLine = parameters.Line,
            Parameters = ReadParameters(parameters, file, problems),
            Inputs = ReadItems(inputs, file, problems),
            OutputsLine = outputs.Line,
            Outputs = ReadItems(outputs, file, problems),
            Notes = ReadText(notes, file, problems),
            RelatedLinks = [.. ReadText(links, file, problems).SelectMany(block => block.Lines).Select(WithoutMarker)],
        };
    }

    private static string ReadSynopsis(PageSection section, string file, Problems problems)
    {
        IReadOnlyList<TextBlock> text = ReadText(section, file, problems);
        if (text is [{ Kind: TextBlockKind.Paragraph, Lines: [var sentence] }])
            return sentence;

        if (text.Count > 0)
            problems.Add(file, section.Line, "the synopsis must be one paragraph");

        return string.Empty;
    }

    private static IReadOnlyList<TextBlock> ReadText(PageSection section, string file, Problems problems)
    {
        foreach (PageSection part in section.Parts)
            problems.Add(file, part.Line, $"'{section.Title}' has no subsections");

        return PlainText.Of(section.Blocks, file, problems);
    }

    private static List<HelpExample> ReadExamples(PageSection section, string file, Problems problems)
    {
        RefuseBlocks(section, file, problems);
        if (section.Parts.Count < FewestExamples)
        {
            problems.Add(
                file, section.Line, $"there are {section.Parts.Count} examples, and there must be at least {FewestExamples}");
        }

        var examples = new List<HelpExample>();
        foreach (PageSection part in section.Parts)
        {
            Match title = ExampleTitle().Match(part.Title);
            if (!title.Success || title.Groups["number"].Value != $"{examples.Count + 1}")
                problems.Add(file, part.Line, $"an example begins with '### Example {examples.Count + 1}: ' and its title");

            string code = string.Empty;
            if (part.Blocks is [FencedCodeBlock { Info: "powershell" } block, ..])
                code = block.Lines.ToString();
            else
                problems.Add(file, part.Line, "an example begins with a block of code, fenced as powershell");

            IReadOnlyList<TextBlock> text = PlainText.Of(part.Blocks.Skip(1), file, problems);
            if (text.Count == 0)
                problems.Add(file, part.Line, "the example has no description");

            examples.Add(new HelpExample(part.Title, code, text));
        }

        return examples;
    }

    private static List<HelpItem> ReadParameters(PageSection section, string file, Problems problems)
    {
        var parameters = new List<HelpItem>();
        foreach (HelpItem item in ReadItems(section, file, problems))
        {
            if (!item.Name.StartsWith('-'))
                problems.Add(file, item.Line, $"a parameter begins with '### -', not with '### {item.Name}'");
            else if (parameters.Exists(other => other.Name == item.Name[1..]))
                problems.Add(file, item.Line, $"{item.Name} appears twice");
            else
                parameters.Add(item with { Name = item.Name[1..] });
        }

        return parameters;
    }

    private static List<HelpItem> ReadItems(PageSection section, string file, Problems problems)
    {
        RefuseBlocks(section, file, problems);
        var items = new List<HelpItem>();
        foreach (PageSection part in section.Parts)
        {
            IReadOnlyList<TextBlock> text = ReadText(part, file, problems);
            if (text.Count == 0)
                problems.Add(file, part.Line, $"{part.Title} has no text");

            items.Add(new HelpItem(part.Title, part.Line, text));
        }

        return items;
    }

    private static string WithoutMarker(string line) => line.StartsWith("- ", StringComparison.Ordinal) ? line[2..] : line;

    private static void RefuseBlocks(PageSection section, string file, Problems problems)
    {
        if (section.Blocks is [var block, ..])
            problems.Add(file, block.Line + 1, $"'{section.Title}' may have only subsections");
    }

    [GeneratedRegex("^Example (?<number>[0-9]+): .")]
    private static partial Regex ExampleTitle();
}
