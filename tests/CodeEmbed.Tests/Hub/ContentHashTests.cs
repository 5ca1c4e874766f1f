using System.Text;
using CodeEmbed.Hub.Transfer;
using Xunit;

namespace CodeEmbed.Tests.Hub;

public sealed class ContentHashTests
{
    // From "git hash-object" and "sha256sum".
    [Theory]
    [InlineData("", false, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")]
    [InlineData("hello\n", false, "ce013625030ba8dba906f756967f9e9ca394464a")]
    [InlineData("", true, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", true, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public async Task A_file_has_the_hash_that_Git_or_SHA_256_computes(string content, bool isLarge, string expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder.File("x"), Encoding.UTF8.GetBytes(content), TestContext.Current.CancellationToken);

        Assert.Equal(expected, await ContentHash.ComputeAsync(folder.File("x"), isLarge, TestContext.Current.CancellationToken));
    }
}
