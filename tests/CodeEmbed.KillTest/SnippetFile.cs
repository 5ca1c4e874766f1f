using System.Text;
using System.Text.Json;

namespace CodeEmbed.KillTest;

/// <summary>
///   Creates an input of short and long snippets, mixed with snippets that cannot be embedded and lines that are not snippets.
/// </summary>
internal static class SnippetFile
{
    /// <summary>The number of lines.</summary>
    public const int Count = 1200;

    private static readonly string[] Words =
    [
        "def", "return", "if", "x", "i", "value", "self.items", "(", ")", "=", "+ 1", ":", "\n    ", "\t", "\"text\"", "größe",
        "名前", "🙂", "// note", "None",
    ];

    private static readonly string[] Invalid =
    [
        "{\"id\":\"half", "{\"id\":\"\",\"file_path\":\"a\",\"language\":\"b\",\"content\":\"c\"}", "[1]",
        "{\"id\":\"no content\"}"
    ];

    /// <summary>Writes the file.</summary>
    /// <returns>The number of lines that are snippets that can be embedded.</returns>
    public static int Write(string path, int seed)
    {
        var random = new Random(seed);
        int valid = 0;
        using var file = new StreamWriter(path) { NewLine = "\n" };
        for (int i = 0; i < Count; i++)
        {
            int kind = random.Next(25);
            bool isValid = kind > 0, isBad = kind == 1;
            valid += isValid && !isBad ? 1 : 0;
            file.WriteLine(
                isValid ? Snippet(i, random, start: isBad ? PoisonedModel.Token : "x") : Invalid[random.Next(Invalid.Length)]);
        }

        return valid;
    }

    private static string Snippet(int number, Random random, string start)
    {
        // Most are short, a few are longer than the model's limit, and some are duplicates.
        var content = new StringBuilder(start).Append(' ');
        for (int words = random.Next(10) == 0 ? random.Next(800) : random.Next(60); words > 0; words--)
            content.Append(Words[random.Next(Words.Length)]).Append(' ');

        return JsonSerializer.Serialize(new
        {
            id = $"s{number}",
            file_path = $"src/file{number % 40}.py",
            language = "python",
            content = random.Next(10) == 0 ? $"{start} pass" : content.ToString(),
            extra = random.Next(1000),
        });
    }
}
