using System.Text;
using System.Text.RegularExpressions;
using CodeEmbed.PowerShell.Models;

namespace CodeEmbed.Tests.Models;

/// <summary>The part of docs/models.md that is generated from KnownModels.json.</summary>
internal static partial class ModelTable
{
    public const string Begin = "<!-- Made from src/CodeEmbed.PowerShell/Models/KnownModels.json; ModelTableTests says how. -->";

    public const string End = "<!-- The end of what is made. -->";

    private const int LineLength = 130;

    /// <summary>Writes a table of the numbers and names, and a list of the descriptions.</summary>
    public static string Write(IEnumerable<KnownModel> models)
    {
        var text = new StringBuilder();
        text.Append("| model | `model_type` | parameters | dimensions | tokens | licence | checked |\n");
        text.Append("|---|---|---|---|---|---|---|\n");
        foreach (KnownModel model in models)
        {
            string?[] cells =
            [
                $"`{model.Name}`", model.ModelType, model.Parameters, model.Dimensions, model.Tokens, model.Licence, model.Check,
            ];
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }

        text.Append("\nWhat each is good at, and what it wants before a text:\n\n");
        foreach (KnownModel model in models)
        {
            string use = model.Use.Replace("<encoder-only>", "`<encoder-only>`", StringComparison.Ordinal);
            string item = $"- `{model.Name}`: {use}."
                + Prompt("a query", KnownModel.OnOneLine(model.QueryPrompt))
                + Prompt("what is searched", KnownModel.OnOneLine(model.DocumentPrompt));
            AppendWrapped(text, item);
        }

        return text.ToString();
    }

    private static string Prompt(string of, string? prompt) => prompt switch
    {
        null => string.Empty,
        _ when prompt.EndsWith(KnownModel.Unverified, StringComparison.Ordinal) =>
            $" Before {of}: `\"{prompt[..^KnownModel.Unverified.Length]}\"` (not verified).",
        _ => $" Before {of}: `\"{prompt}\"`.",
    };

    private static void AppendWrapped(StringBuilder text, string item)
    {
        int length = 0;
        foreach (string word in Words().Matches(item).Select(match => match.Value))
        {
            bool isNewLine = length > 0 && length + 1 + word.Length > LineLength;
            string separator = isNewLine ? "\n  " : length > 0 ? " " : string.Empty;
            text.Append(separator).Append(word);
            length = isNewLine ? 2 + word.Length : length + separator.Length + word.Length;
        }

        text.Append('\n');
    }

    // Code is not wrapped, because its white space is significant.
    [GeneratedRegex("(?:`[^`]*`|[^\\s`])+")]
    private static partial Regex Words();
}
