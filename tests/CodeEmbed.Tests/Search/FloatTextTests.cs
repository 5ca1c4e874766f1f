using System.Globalization;
using System.Text;
using CodeEmbed.Jsonl.Vectors;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>Numbers are read exactly like .NET's own parser reads them.</summary>
public sealed class FloatTextTests
{
    // Halfway cases: 2^24 + 1 and its neighbours, 1 + 2^-24 and texts right next to it; and the ends of the range.
    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0")]
    [InlineData("1")]
    [InlineData("10.5")]
    [InlineData("-0.00390625")]
    [InlineData("16777217")]
    [InlineData("16777219")]
    [InlineData("1.000000059604644775390625")]
    [InlineData("1.00000005960464477539062")]
    [InlineData("1.00000005960464477539063")]
    [InlineData("1.000000059604645")]
    [InlineData("1.0000000596046")]
    [InlineData("0.1")]
    [InlineData("0.10000000149011612")]
    [InlineData("1e-45")]
    [InlineData("1.4E-45")]
    [InlineData("7e-46")]
    [InlineData("1.17549435E-38")]
    [InlineData("1.1754942e-38")]
    [InlineData("3.4028235e+38")]
    [InlineData("123456789012345678901234567890e-30")]
    [InlineData("0.00000000000000000000000000000000000000000000000000000001e56")]
    [InlineData("1e0000000000000000000000000000001")]
    public void A_number_is_the_same_as_in_NET(string text)
    {
        float expected = float.Parse(text, CultureInfo.InvariantCulture);

        Assert.Equal(text.Length, Read(text, out float value));
        Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData("01")]
    [InlineData("-01.5")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e39")]
    [InlineData("-3.5e38")]
    [InlineData("null")]
    public void Text_that_is_not_a_finite_JSON_number_is_refused(string text) => Assert.Equal(0, Read(text, out _));

    [Fact]
    public void The_shortest_text_of_any_float_gives_that_float()
    {
        var random = new Random(17);
        for (int i = 0; i < 200_000; i++)
        {
            // Half of them have any size, and half have the size of numbers in vectors of length 1.
            float number = i % 2 == 0
                ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))
                : (random.NextSingle() - 0.5f) / random.Next(1, 1000);
            if (float.IsFinite(number))
                AssertReads(number.ToString(CultureInfo.InvariantCulture), number);
        }
    }

    [Fact]
    public void Excess_digits_are_rounded_once()
    {
        var random = new Random(18);
        for (int i = 0; i < 100_000; i++)
        {
            string text = (random.NextDouble() * Math.Pow(10, random.Next(-3, 3))).ToString(
                $"F{random.Next(1, 18)}", CultureInfo.InvariantCulture);
            AssertReads(text, float.Parse(text, CultureInfo.InvariantCulture));
        }
    }

    private static void AssertReads(string text, float number)
    {
        Assert.Equal(text.Length, Read(text, out float value));
        Assert.True(BitConverter.SingleToInt32Bits(number) == BitConverter.SingleToInt32Bits(value), text);

        byte[] usual = Encoding.ASCII.GetBytes(text.PadRight(FloatText.UsualLength, ','));
        int length = FloatText.ReadUsual(ref usual[0], out value);
        Assert.True(
            length == 0 || (length == text.Length
                && BitConverter.SingleToInt32Bits(number) == BitConverter.SingleToInt32Bits(value)),
            text);
    }

    private static int Read(string text, out float value) => FloatText.Read(Encoding.ASCII.GetBytes(text), out value);
}
