using System.Globalization;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Writes what decides the ids of a stage, so that two stages have the same text only if they do the same.</summary>
internal static class Identity
{
    /// <summary>Writes a list of values; each has its length before it, so that no value can look like two.</summary>
    /// <param name="kind">What the values are of.</param>
    /// <param name="values">The values: texts, numbers, truth values.</param>
    public static string Of(string kind, params IEnumerable<object> values)
    {
        var text = new StringBuilder(kind);
        foreach (object value in values)
        {
            string written = Convert.ToString(value, CultureInfo.InvariantCulture)!;
            text.Append(CultureInfo.InvariantCulture, $" {written.Length}:{written}");
        }

        return text.ToString();
    }
}
