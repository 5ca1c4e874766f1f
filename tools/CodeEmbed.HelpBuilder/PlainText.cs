using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace CodeEmbed.HelpBuilder;

/// <summary>Converts Markdown to plain text. Elements that plain text cannot show are reported as problems.</summary>
internal static class PlainText
{
    /// <summary>The text of blocks.</summary>
    public static IReadOnlyList<TextBlock> Of(IEnumerable<Block> blocks, string file, Problems problems) =>
        [.. blocks.Select(block => Of(block, file, problems)).OfType<TextBlock>()];

    /// <summary>The text of inline elements.</summary>
    public static string Of(ContainerInline? inline, string file, Problems problems)
    {
        var text = new StringBuilder();
        Append(text, inline, file, problems);
        return text.ToString();
    }

    private static TextBlock? Of(Block block, string file, Problems problems)
    {
        switch (block)
        {
            case ParagraphBlock paragraph:
                return new TextBlock(TextBlockKind.Paragraph, [Of(paragraph.Inline, file, problems)], block.Line + 1);
            case ListBlock list:
                return new TextBlock(
                    TextBlockKind.List,
                    [.. list.Cast<ListItemBlock>().Select(item => Of(list, item, file, problems))],
                    block.Line + 1);
            case CodeBlock code:
                return new TextBlock(
                    TextBlockKind.Code, code.Lines.ToString().Split('\n'), block.Line + (block is FencedCodeBlock ? 2 : 1));
            case LinkReferenceDefinitionGroup:
                return null;
            default:
                string kind = block is Table ? "a table" : $"a {block.GetType().Name}";
                problems.Add(file, block.Line + 1, $"{kind} cannot be shown as plain text");
                return null;
        }
    }

    private static string Of(ListBlock list, ListItemBlock item, string file, Problems problems)
    {
        if (item is not [ParagraphBlock paragraph])
        {
            problems.Add(file, item.Line + 1, "an item of a list must be one paragraph");
            return string.Empty;
        }

        return $"{(list.IsOrdered ? $"{item.Order}." : "-")} {Of(paragraph.Inline, file, problems)}";
    }

    private static void Append(StringBuilder text, ContainerInline? container, string file, Problems problems)
    {
        foreach (Inline inline in container ?? [])
        {
            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content);
                    break;
                case CodeInline code:
                    text.Append(code.Content);
                    break;
                case LineBreakInline:
                    text.Append(' ');
                    break;
                case HtmlEntityInline entity:
                    text.Append(entity.Transcoded);
                    break;
                case AutolinkInline link:
                    text.Append(link.Url);
                    break;
                case LinkInline { IsImage: false, Url: { } url } link:
                    Append(text, link, file, problems);
                    if (Uri.IsWellFormedUriString(url, UriKind.Absolute))
                        text.Append(" (").Append(url).Append(')');
                    else if (!Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, url.Split('#')[0])))
                        problems.Add(file, link.Line + 1, $"the link leads to '{url}', which does not exist");

                    break;
                case EmphasisInline emphasis:
                    Append(text, emphasis, file, problems);
                    break;
                default:
                    problems.Add(file, inline.Line + 1, $"a {inline.GetType().Name} cannot be shown as plain text");
                    break;
            }
        }
    }
}
