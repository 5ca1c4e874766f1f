using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>
///   <c>do_lower_case</c> of sentence-transformers: letters are converted to lower case before the normalizer, unless the
///   normalizer does that itself.
/// </summary>
public sealed class LowercaseTests : IDisposable
{
    private const string Cased = "bert-cased", Lower = "bert-cls", Code = "Class HttpClient(Object): RETURN None  # ÄÖ";

    private readonly TemporaryFolder _temporary = new();
    private int _copies;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_tokenizer_that_keeps_upper_case_receives_lower_case()
    {
        Assert.NotEqual(Embed(Cased, asks: false, Code).Vector, Embed(Cased, asks: false, Code.ToLowerInvariant()).Vector);
        Assert.Equal(Embed(Cased, asks: false, Code.ToLowerInvariant()).Vector, Embed(Cased, asks: true, Code).Vector);
    }

    [Fact]
    public void A_tokenizer_that_converts_to_lower_case_itself_is_unchanged()
    {
        CodeEmbedding asked = Embed(Lower, asks: true, Code), plain = Embed(Lower, asks: false, Code);

        Assert.Equal(plain.Vector, asked.Vector);
        Assert.Equal(plain.Fingerprint, asked.Fingerprint);
    }

    [Fact]
    public void A_setting_that_changes_the_numbers_changes_the_fingerprint() =>
        Assert.NotEqual(Embed(Cased, asks: false, Code).Fingerprint, Embed(Cased, asks: true, Code).Fingerprint);

    private CodeEmbedding Embed(string model, bool asks, string code)
    {
        string copy = _temporary.CopyFolder(Path.Combine(Repository.Fixtures, "architectures", model), $"{model}-{_copies++}");
        File.WriteAllText(
            Path.Combine(copy, "sentence_bert_config.json"),
            $$"""{"max_seq_length":128,"do_lower_case":{{(asks ? "true" : "false")}}}""");
        using var service = new OnnxEmbeddingService(new EmbeddingServiceOptions { Model = copy, Device = EmbeddingDevice.Cpu });
        return service.EmbedBatch([Snippets.Of(code)], TestContext.Current.CancellationToken).Single();
    }
}
