using System.Text;
using CodeEmbed.Onnx.Tokenizers.Regex;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>What Unicode added since the version that .NET 8 knows. The tests run on a later .NET, which knows it.</summary>
public sealed class UnicodeCategoriesTests
{
    [Fact]
    public void What_was_added_has_the_category_that_the_runtime_gives_it()
    {
        Assert.All(UnicodeCategories.SinceUnicode15, range => Assert.All(
            Enumerable.Range(range.First, range.Last - range.First + 1),
            codePoint => Assert.Equal(Rune.GetUnicodeCategory(new Rune(codePoint)), range.Category)));
    }

    [Fact]
    public void What_was_added_is_in_order()
    {
        Assert.Equal(UnicodeCategories.SinceUnicode15.OrderBy(range => range.First), UnicodeCategories.SinceUnicode15);
    }
}
