using System.Globalization;
using System.Text;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Describes what affects a stage's ids, so that the descriptions of two stages differ if they do.</summary>
internal static class Identity
{
    /// <summary>Writes a list of values, each preceded by its length, so that one value cannot look like two.</summary>
    /// <param name="kind">What the values describe.</param>
    /// <param name="values">The values: texts, numbers, Booleans.</param>
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
