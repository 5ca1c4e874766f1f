using System.Text;
using CodeEmbed.Onnx.Tokenizers.Regex;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Characters that Unicode added after the version in .NET 8. The tests run on a later .NET, which has them.</summary>
public sealed class UnicodeCategoriesTests
{
    [Fact]
    public void Added_characters_have_the_category_of_the_runtime()
    {
        Assert.All(UnicodeCategories.SinceUnicode15, range => Assert.All(
            Enumerable.Range(range.First, range.Last - range.First + 1),
            codePoint => Assert.Equal(Rune.GetUnicodeCategory(new Rune(codePoint)), range.Category)));
    }

    [Fact]
    public void Added_characters_are_in_order()
    {
        Assert.Equal(UnicodeCategories.SinceUnicode15.OrderBy(range => range.First), UnicodeCategories.SinceUnicode15);
    }
}
