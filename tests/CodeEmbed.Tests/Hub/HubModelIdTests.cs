using CodeEmbed.Hub;
using Xunit;

namespace CodeEmbed.Tests.Hub;

public sealed class HubModelIdTests
{
    [Theory]
    [InlineData("microsoft/codebert-base", "microsoft", "codebert-base", "main")]
    [InlineData("BAAI/bge-m3@v1.0", "BAAI", "bge-m3", "v1.0")]
    [InlineData("roberta-base", "", "roberta-base", "main")]
    [InlineData("roberta-base@v1", "", "roberta-base", "v1")]
    [InlineData("a/b@refs/pr/12", "a", "b", "refs/pr/12")]
    [InlineData("_a_/b.c_d@feature/x", "_a_", "b.c_d", "feature/x")]
    [InlineData("a/b@3B0952FEDDEFFAD0063F274080E3C23D75E7EB39", "a", "b", "3b0952feddeffad0063f274080e3c23d75e7eb39")]
    public void A_name_has_an_owner_a_name_and_a_revision(string text, string owner, string name, string revision)
    {
        HubModelId id = HubModelId.Parse(text);

        Assert.Equal((owner, name, revision), (id.Owner, id.Name, id.Revision));
    }

    [Theory]
    [InlineData("a/b", "a/b", false)]
    [InlineData("roberta-base", "roberta-base", false)]
    [InlineData("a/b@main", "a/b", false)]
    [InlineData("a/b@3b0952f", "a/b@3b0952f", false)]
    [InlineData("a/b@3b0952feddeffad0063f274080e3c23d75e7eb39", "a/b@3b0952feddeffad0063f274080e3c23d75e7eb39", true)]
    public void A_name_is_written_as_specified(string text, string written, bool isCommit)
    {
        HubModelId id = HubModelId.Parse(text);

        Assert.Equal((written, isCommit), (id.ToString(), id.IsCommit));
    }

    // These are names that huggingface_hub's validate_repo_id refuses, and revisions that Git refuses.
    [Theory]
    [InlineData("")]
    [InlineData("@main")]
    [InlineData(".")]
    [InlineData("./model")]
    [InlineData("C:")]
    [InlineData("roberta--base")]
    [InlineData("datasets/foo/bar")]
    [InlineData("/b")]
    [InlineData("a/")]
    [InlineData("a/.repo_id")]
    [InlineData("a/repo.")]
    [InlineData("-a/b")]
    [InlineData("a/foo--bar")]
    [InlineData("a/foo..bar")]
    [InlineData("a/foo.git")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a\\b")]
    [InlineData("C:/b")]
    [InlineData("a/b c")]
    [InlineData("a/b\n")]
    [InlineData("a/b\0")]
    [InlineData("a/bé")]
    [InlineData("a/b@")]
    [InlineData("a/b@..")]
    [InlineData("a/b@../../x")]
    [InlineData("a/b@/etc")]
    [InlineData("a/b@x/")]
    [InlineData("a/b@x//y")]
    [InlineData("a/b@C:x")]
    [InlineData("a/b@x\\y")]
    [InlineData("a/b@x y")]
    [InlineData("a/b@x.lock")]
    [InlineData("a/b@.x")]
    [InlineData("a/b@x/.y")]
    [InlineData("a/b@x~1")]
    [InlineData("a/b@x^")]
    [InlineData("a/b@x@{1}")]
    [InlineData("a/b@NUL")]
    [InlineData("a/b@x/aux.txt")]
    [InlineData("a/b@x\u0001")]
    [InlineData("a/b@x\0")]
    public void An_invalid_name_is_an_error_that_names_it(string text)
    {
        Assert.False(HubModelId.TryParse(text, out _));

        // In a message, a line end becomes a space, and other control characters are written as in JSON.
        string shown = text.Replace("\n", " ", StringComparison.Ordinal)
            .Replace("\0", "\\u0000", StringComparison.Ordinal)
            .Replace("\u0001", "\\u0001", StringComparison.Ordinal);
        Assert.Contains(
            $"'{shown}'", Assert.Throws<ModelLoadException>(() => HubModelId.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_has_at_most_96_characters()
    {
        Assert.True(HubModelId.TryParse("a/" + new string('b', 96), out _));
        Assert.False(HubModelId.TryParse("a/" + new string('b', 97), out _));
    }
}
