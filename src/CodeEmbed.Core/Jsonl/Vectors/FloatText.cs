using System.Buffers.Binary;
using System.Globalization;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>Reads a float32 from the text of a JSON number, as exactly as <see cref="float.Parse(string)"/>.</summary>
/// <remarks>
///   Up to 2^53 times a power of ten up to 10^22 is one rounding in float64 (Clinger 1990). Rounding that to float32 gives what
///   rounding once would give, except where the float64 is just between two float32: that and all else is left to .NET.
/// </remarks>
internal static class FloatText
{
    private const ulong LargestExact = 1UL << 53;
    private const int MostDigits = 19, LargestPower = 22;
    private const ulong BitsBetween = (1UL << 29) - 1, HalfBetween = 1UL << 28;

    /// <summary>The smallest float32 that has all its 24 bits.</summary>
    private const double SmallestNormal = 1.17549435E-38;

    private static readonly double[] Powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
            1e22];

    /// <summary>Reads the number at the start of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The number.</param>
    /// <returns>How many bytes the number has; 0 where no JSON number is there, or it is not a finite float32.</returns>
    public static int Read(ReadOnlySpan<byte> text, out float value)
    {
        value = 0;
        int at = text.Length > 0 && text[0] == '-' ? 1 : 0, start = at;
        ulong digits = 0;
        ReadDigits(text, ref at, ref digits);
        int whole = at - start;
        if (whole == 0 || (whole > 1 && text[start] == '0'))
            return 0;

        int fraction = 0;
        if (at < text.Length && text[at] == '.')
        {
            start = ++at;
            ReadDigits(text, ref at, ref digits);
            fraction = at - start;
            if (fraction == 0)
                return 0;
        }

        int exponent = 0;
        if (at < text.Length && (text[at] | 0x20) == 'e' && !TryReadExponent(text, ref at, out exponent))
            return 0;

        // Leading zeros count as digits here: a number with many of them is rare.
        int power = exponent - fraction;
        if (whole + fraction <= MostDigits && digits <= LargestExact && power is >= -LargestPower and <= LargestPower)
        {
            double exact = power < 0 ? digits / Powers[-power] : digits * Powers[power];
            bool isBetween = (BitConverter.DoubleToUInt64Bits(exact) & BitsBetween) == HalfBetween;
            if (digits == 0 || (exact >= SmallestNormal && !isBetween))
            {
                value = (float)(text[0] == '-' ? -exact : exact);
                return at;
            }
        }

        return float.TryParse(text[..at], NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value)
            ? at
            : 0;
    }

    private static void ReadDigits(ReadOnlySpan<byte> text, ref int at, ref ulong digits)
    {
        // What is too long overflows here, and is not used.
        while (at <= text.Length - sizeof(ulong))
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(text[at..]);
            if (!IsEightDigits(eight))
                break;

            digits = unchecked((digits * 100_000_000) + ReadEightDigits(eight));
            at += sizeof(ulong);
        }

        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
            digits = unchecked((digits * 10) + (uint)(text[at] - '0'));
    }

    private static bool IsEightDigits(ulong text) =>
        ((text & 0xF0F0F0F0F0F0F0F0) | (((text + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) == 0x3333333333333333;

    /// <summary>Adds neighbours: pairs of digits, then of those, then of those.</summary>
    private static uint ReadEightDigits(ulong text)
    {
        text -= 0x3030303030303030;
        text = (text * 10) + (text >> 8);
        const ulong Mask = 0x000000FF000000FF, First = 0x000F424000000064, Second = 0x0000271000000001;
        return (uint)(unchecked(((text & Mask) * First) + (((text >> 16) & Mask) * Second)) >> 32);
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, ref int at, out int exponent)
    {
        exponent = 0;
        at++;
        bool isNegative = at < text.Length && text[at] == '-';
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+')
            at++;

        int start = at;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
            exponent = Math.Min((exponent * 10) + (text[at] - '0'), 100_000);

        exponent = isNegative ? -exponent : exponent;
        return at > start;
    }
}
