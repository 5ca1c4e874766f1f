using CodeEmbed.ModelFiles;
using Xunit;

namespace CodeEmbed.Tests.Hub;

public sealed class FileNameRuleTests
{
    [Theory]
    [InlineData("config.json")]
    [InlineData("onnx/model.onnx_data")]
    [InlineData("1_Pooling/config.json")]
    [InlineData("model-00001-of-00002.safetensors")]
    [InlineData("console.json")]
    [InlineData("..a")]
    [InlineData(".gitattributes")]
    public void A_plain_path_stays_in_its_folder(string path) => Assert.True(FileNameRule.IsPlainPath(path));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../config.json")]
    [InlineData("a/../../config.json")]
    [InlineData("a/./b")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("C:config.json")]
    [InlineData("C:\\config.json")]
    [InlineData("..\\config.json")]
    [InlineData("\\\\server\\share")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("config.json:stream")]
    [InlineData("NUL")]
    [InlineData("nul.json")]
    [InlineData("aux .json")]
    [InlineData("onnx/COM1.onnx")]
    [InlineData("LPT¹")]
    [InlineData("CONOUT$")]
    [InlineData("config.json.")]
    [InlineData("config.json ")]
    [InlineData("a*b")]
    public void A_path_that_a_platform_could_interpret_differently_is_not_plain(string path) =>
        Assert.False(FileNameRule.IsPlainPath(path));

    [Fact]
    public void A_name_has_at_most_255_bytes()
    {
        Assert.True(FileNameRule.IsPlain(new string('a', 255)));
        Assert.False(FileNameRule.IsPlain(new string('a', 256)));
        Assert.False(FileNameRule.IsPlain(new string('é', 128)));
    }

    [Fact]
    public void A_name_with_a_lone_surrogate_is_not_plain() => Assert.False(FileNameRule.IsPlain("a\ud800"));
}
