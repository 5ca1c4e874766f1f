using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>Reads a float32 from the text of a JSON number, as exactly as <see cref="float.Parse(string)"/>.</summary>
/// <remarks>
///   Up to 2^53 times a power of ten up to 10^22 is one rounding in float64 (Clinger 1990). Rounding that to float32 gives what
///   rounding once would give, except if the float64 is exactly between two float32: that case and all others are left to .NET.
/// </remarks>
internal static class FloatText
{
    /// <summary>How many bytes are looked at if the usual form is expected.</summary>
    public const int UsualLength = 20;

    private const ulong LargestExact = 1UL << 53;
    private const int MostDigits = 19, LargestPower = 22;

    /// <summary>The limit that keeps the digits below 2^53: one before the point, and 14.</summary>
    private const uint MostUsualDigits = 14;
    private const ulong BitsBetween = (1UL << 29) - 1, HalfBetween = 1UL << 28;

    /// <summary>The smallest float32 that has all its 24 bits.</summary>
    private const double SmallestNormal = 1.17549435E-38;

    private static ReadOnlySpan<ulong> TensPowers => [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    private static ReadOnlySpan<double> Powers =>
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
            1e22];

    /// <summary>Reads the number at the start of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The number.</param>
    /// <returns>How many bytes the number has; 0 if there is no JSON number, or it is not a finite float32.</returns>
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

    /// <summary>Reads a number of the usual form: one digit, a point, at most 14 digits, no exponent.</summary>
    /// <param name="start">The first byte; there are at least <see cref="UsualLength"/>.</param>
    /// <param name="value">The number.</param>
    /// <returns>How many bytes the number has; 0 if it has another form, or must be rounded with more care.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadUsual(ref byte start, out float value)
    {
        int sign = start == '-' ? 1 : 0;
        ref byte at = ref Unsafe.Add(ref start, sign);
        ulong digits = (uint)(at - '0');
        Unsafe.SkipInit(out value);
        if (digits > 9 || Unsafe.Add(ref at, 1) != '.')
            return 0;

        int count = AddDigits(ref Unsafe.Add(ref at, 2), ref digits);
        if (count == sizeof(ulong))
            count += AddDigits(ref Unsafe.Add(ref at, 2 + sizeof(ulong)), ref digits);

        // Any other character among the digits, such as an exponent, makes it another form.
        if ((uint)(count - 1) >= MostUsualDigits || (Unsafe.Add(ref at, 2 + count) | 0x20) == 'e')
            return 0;

        double exact = digits / Powers[count];
        value = (float)exact;
        if ((BitConverter.DoubleToUInt64Bits(exact) & BitsBetween) == HalfBetween)
            return 0;

        value = sign != 0 ? -value : value;
        return sign + 2 + count;
    }

    /// <summary>Adds the digits at a place, at most eight, to a number.</summary>
    /// <returns>How many they are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int AddDigits(ref byte start, ref ulong digits)
    {
        ulong text = Unsafe.ReadUnaligned<ulong>(ref start);
        if (!BitConverter.IsLittleEndian)
            text = BinaryPrimitives.ReverseEndianness(text);

        // Each byte is the value of its digit. Adding 0x76 sets the high bit of the first one that is more than 9.
        text ^= 0x3030303030303030;
        int count = BitOperations.TrailingZeroCount(((text + 0x7676767676767676) | text) & 0x8080808080808080) / 8;
        if (count == 0)
            return 0;

        // Drops the bytes after the digits, and puts zeros before them.
        text <<= 8 * (sizeof(ulong) - count);
        digits = (digits * TensPowers[count]) + Join(text);
        return count;
    }

    /// <summary>
    ///   Makes a number of eight digits, the first of them in the lowest byte: first from pairs, then from pairs of these.
    /// </summary>
    private static uint Join(ulong digits)
    {
        const ulong Mask = 0x000000FF000000FF, First = 0x000F424000000064, Second = 0x0000271000000001;
        digits = (digits * 10) + (digits >> 8);
        return (uint)(unchecked(((digits & Mask) * First) + (((digits >> 16) & Mask) * Second)) >> 32);
    }

    private static void ReadDigits(ReadOnlySpan<byte> text, ref int at, ref ulong digits)
    {
        // A number that is too long overflows here, and is not used.
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
            digits = unchecked((digits * 10) + (uint)(text[at] - '0'));
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
