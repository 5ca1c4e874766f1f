using System.Text;

namespace CodeEmbed.HelpBuilder;

/// <summary>Creates the text of an about topic in the form that Get-Help prints.</summary>
internal static class AboutTopic
{
    private const int Width = 80;
    private const string Indent = "    ";

    /// <summary>Reads the page of a topic.</summary>
    /// <param name="file">The page.</param>
    /// <param name="problems">Receives the problems in it.</param>
    public static string Read(string file, Problems problems)
    {
        PageSection page = PageSection.Read(file, problems);
        var text = new StringBuilder($"TOPIC\n{Indent}{page.Title}\n");

        // Get-Help uses the fifth line as the synopsis.
        if (page.Require("SHORT DESCRIPTION", file, problems) is { } description
            && PlainText.Of(description.Blocks, file, problems)
                is not [{ Kind: TextBlockKind.Paragraph, Lines: [{ Length: <= Width - 4 }] }])
        {
            problems.Add(
                file, description.Line, $"the short description must be one line of at most {Width - Indent.Length} characters");
        }

        if (page.Parts is [{ Title: not "SHORT DESCRIPTION" } first, ..])
            problems.Add(file, first.Line, "the first section must be 'SHORT DESCRIPTION'");

        page.Require("LONG DESCRIPTION", file, problems);
        foreach (PageSection section in page.Parts)
        {
            text.Append('\n').Append(section.Title).Append('\n');
            Append(text, section, file, problems);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, PageSection section, string file, Problems problems)
    {
        IReadOnlyList<TextBlock> blocks = PlainText.Of(section.Blocks, file, problems);
        for (int i = 0; i < blocks.Count; i++)
        {
            if (i > 0)
                text.Append('\n');

            Append(text, blocks[i], file, problems);
        }

        foreach (PageSection part in section.Parts)
        {
            text.Append("\n  ").Append(part.Title).Append('\n');
            Append(text, part, file, problems);
        }
    }

    private static void Append(StringBuilder text, TextBlock block, string file, Problems problems)
    {
        for (int i = 0; i < block.Lines.Count; i++)
        {
            string line = block.Lines[i];
            if (block.Kind != TextBlockKind.Code)
                AppendWrapped(text, line, block.Kind == TextBlockKind.List ? Indent + "  " : Indent);
            else if (Indent.Length * 2 + line.Length <= Width)
                text.Append($"{Indent}{Indent}{line}".TrimEnd()).Append('\n');
            else
                problems.Add(file, block.Line + i, $"a line of the code is longer than {Width - Indent.Length * 2} characters");
        }
    }

    private static void AppendWrapped(StringBuilder text, string line, string furtherIndent)
    {
        int column = 0;
        foreach (string word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(furtherIndent);
                column = furtherIndent.Length;
            }
            else
            {
                text.Append(column == 0 ? Indent : " ");
                column += column == 0 ? Indent.Length : 1;
            }

            text.Append(word);
            column += word.Length;
        }

        text.Append('\n');
    }
}
