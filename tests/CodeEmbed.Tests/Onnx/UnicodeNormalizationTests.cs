using System.Diagnostics;
using System.Globalization;
using System.Text;
using CodeEmbed.Onnx.Tokenizers.Normalizers;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Long runs of combining marks, which are sorted before .NET normalizes them.</summary>
public sealed class UnicodeNormalizationTests
{
    /// <summary>The marks, and the two letters that are marks in the forms KC and KD.</summary>
    private static readonly string[] Marks =
    [
        .. Enumerable.Range(0x300, 0x1FD00).Where(Rune.IsValid).Select(value => new Rune(value))
            .Where(rune => Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
            .Select(rune => rune.ToString()),
        "\uFF9E", "\uFF9F",
    ];

    // .NET does the same without help, but in quadratic time.
    [Theory]
    [InlineData(NormalizationForm.FormC)]
    [InlineData(NormalizationForm.FormD)]
    [InlineData(NormalizationForm.FormKC)]
    [InlineData(NormalizationForm.FormKD)]
    public void A_long_run_of_marks_has_the_same_normal_form_in_order(NormalizationForm form)
    {
        var random = new Random((int)form);
        for (int i = 0; i < 100; i++)
        {
            string[] some = [.. Enumerable.Range(0, random.Next(2, 40)).Select(_ => Marks[random.Next(Marks.Length)])];
            string run = string.Concat(Enumerable.Range(0, random.Next(100, 500)).Select(_ => some[random.Next(some.Length)]));
            string text = $"é{run}x{run}";

            Assert.Equal(text.Normalize(form), CombiningMarks.Order(text, form).Normalize(form));
        }
    }

    // It took half a minute for 200,000 marks, and four times as long for twice as many.
    [Theory]
    [InlineData(NormalizationForm.FormC, "\u0301\u0323")]
    [InlineData(NormalizationForm.FormD, "\u0344\u0323")]
    [InlineData(NormalizationForm.FormKC, "\uFF9E\u0301")]
    public void A_long_run_of_marks_takes_linear_time(NormalizationForm form, string marks)
    {
        string text = "a" + string.Concat(Enumerable.Repeat(marks, 200_000));
        var watch = Stopwatch.StartNew();

        UnicodeNormalization.Normalize(text, form);

        Promptness.Check(watch.Elapsed, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Text_without_long_runs_of_marks_is_the_same_object()
    {
        string text = string.Concat(ExpectedValues.Texts) + "e\u0301\u0323\u0301";

        Assert.Same(text, CombiningMarks.Order(text, NormalizationForm.FormD));
    }
}
