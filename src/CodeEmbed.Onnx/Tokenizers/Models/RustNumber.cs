using System.Globalization;

namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>Parses a number in the same way as Hugging Face's tokenizers.</summary>
/// <remarks>
///   The crate serde_json reads the digits as an integer and divides it by a power of ten, which may be off by the last bit.
///   Which of two ways through a word is better can depend on that bit: they may consist of the same tokens.
/// </remarks>
internal static class RustNumber
{
    private const int LargestPower = 308;

    /// <summary>More than any exponent that makes a difference.</summary>
    private const int EndlessExponent = 1_000_000;

    private static readonly double[] Powers =
        [.. Enumerable.Range(0, LargestPower + 1).Select(power => double.Parse($"1e{power}", CultureInfo.InvariantCulture))];

    /// <summary>Parses a number.</summary>
    /// <param name="json">The number as written in JSON.</param>
    /// <returns>The number; infinite if it is too large.</returns>
    public static double Parse(ReadOnlySpan<char> json)
    {
        bool isNegative = json[0] == '-';
        int position = isNegative ? 1 : 0;
        ulong digits = 0;
        int exponent = 0;
        bool isFull = false;
        for (; position < json.Length && char.IsAsciiDigit(json[position]); position++)
        {
            isFull = isFull || !TryAdd(ref digits, json[position]);
            exponent += isFull ? 1 : 0;
        }

        if (position < json.Length && json[position] == '.')
        {
            isFull = false;
            for (position++; position < json.Length && char.IsAsciiDigit(json[position]); position++)
            {
                isFull = isFull || !TryAdd(ref digits, json[position]);
                exponent -= isFull ? 0 : 1;
            }
        }

        if (position < json.Length)
            exponent += ReadExponent(json[(position + 1)..]);

        double value = Scale(digits, exponent);
        return isNegative ? -value : value;
    }

    private static bool TryAdd(ref ulong digits, char digit)
    {
        var next = (UInt128)digits * 10 + (uint)(digit - '0');
        if (next > ulong.MaxValue)
            return false;

        digits = (ulong)next;
        return true;
    }

    private static int ReadExponent(ReadOnlySpan<char> json)
    {
        int exponent = 0;
        foreach (char digit in json.TrimStart("+-"))
            exponent = Math.Min(EndlessExponent, (exponent * 10) + (digit - '0'));

        return json[0] == '-' ? -exponent : exponent;
    }

    private static double Scale(double value, int exponent)
    {
        if (value == 0)
            return value;

        for (; exponent < -LargestPower && value != 0; exponent += LargestPower)
            value /= Powers[LargestPower];

        return exponent > LargestPower ? double.PositiveInfinity
            : exponent >= 0 ? value * Powers[exponent]
            : value / Powers[Math.Min(-exponent, LargestPower)];
    }
}
