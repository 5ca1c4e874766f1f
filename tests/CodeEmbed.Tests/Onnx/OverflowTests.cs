using System.Diagnostics;
using CodeEmbed.Onnx;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The handling of a text that is longer than the model's limit.</summary>
public sealed class OverflowTests
{
    private const double LargestDifference = 1e-5;

    /// <summary>Text 2 has 162 tokens besides the special ones, according to tokenizers 0.23.2.</summary>
    private const int Long = 2;

    private static readonly string BertFolder = Path.Combine(Repository.Fixtures, "architectures", "bert-mean");

    /// <summary>Words that are each one token in the vocabulary of the BERT fixtures.</summary>
    private static readonly string[] Words = [.. "a b c d e f g h i j k l m n o p q r s t u v w x y z".Split(' ')];

    // The row of id i in the toy's table is (i, -i), so the vector of a window can be computed from Hugging Face's ids.
    [Theory]
    [InlineData(3, 162)]
    [InlineData(7, 41)]
    [InlineData(12, 20)]
    [InlineData(102, 2)]
    [InlineData(163, 2)]
    [InlineData(164, 1)]
    [InlineData(512, 1)]
    public void The_vector_is_the_mean_of_the_windows_weighted_by_tokens(int maxLength, int windows)
    {
        using var model = new ModelCopy();
        model.RemoveWeights();
        ToyExport.Write(model.File("model.onnx"), rows: 2000);
        double[] ids = [.. ExpectedValues.Ids(FixtureModels.Tiny)[Long][1..^1].Select(id => (double)id)];
        int room = maxLength - 2, step = room - (room / 5), tokens = 0, count = 0;
        double sum = 0, weight = 0;
        for (int start = 0; start == 0 || start - step + room < ids.Length; start += step)
        {
            double[] own = ids[start..Math.Min(start + room, ids.Length)];

            // The special tokens have the ids 0 and 2.
            sum += own.Length * (own.Sum() + 2) / (own.Length + 2);
            weight += own.Length;
            tokens += own.Length + 2;
            count++;
        }

        CodeEmbedding embedding = Embed(
            model.Options with { MaxLength = maxLength, Normalize = false }, ExpectedValues.Texts[Long]);

        Assert.Equal(windows, count);
        Assert.Equal(windows, embedding.Windows);
        Assert.Equal((tokens, 0), (embedding.TokenCount, embedding.TruncatedTokens));
        Assert.Equal(sum / weight, embedding.Vector[0], 1e-6 * sum / weight);
        Assert.Equal(-sum / weight, embedding.Vector[1], 1e-6 * sum / weight);
    }

    // PyTorch's vectors of the texts of one token, and their mean in float64.
    [Fact]
    public void Windows_of_one_token_have_the_mean_of_PyTorchs_vectors_for_the_tokens()
    {
        int[] lines = [26, 19, 27, 15, 19, 23, 24, 25];
        double[][] vectors = ExpectedValues.Vectors(FixtureModels.Tiny);
        double[] mean = [.. vectors[0].Select((_, i) => lines.Sum(line => vectors[line][i]) / lines.Length)];
        double length = Math.Sqrt(mean.Sum(value => value * value));

        CodeEmbedding embedding = Embed(
            FixtureModels.Options(FixtureModels.Tiny) with { MaxLength = 3 },
            string.Concat(lines.Select(line => ExpectedValues.Texts[line])));

        Assert.Equal((lines.Length, 3 * lines.Length), (embedding.Windows, embedding.TokenCount));
        Assert.All(
            embedding.Vector.Zip(mean), pair => Assert.Equal(pair.Second / length, pair.First, LargestDifference));
        Assert.True(embedding.Normalized);
    }

    [Theory]
    [InlineData("bert-mean", EmbeddingPooling.None, EmbeddingPrecision.Float32, true, "")]
    [InlineData("bert-cls", EmbeddingPooling.None, EmbeddingPrecision.Float32, true, "")]
    [InlineData("bert-mean", EmbeddingPooling.LastToken, EmbeddingPrecision.Float32, true, "")]
    [InlineData("bert-mean", EmbeddingPooling.Mean | EmbeddingPooling.Max, EmbeddingPrecision.Float32, false, "")]
    [InlineData("bert-mean", EmbeddingPooling.None, EmbeddingPrecision.Int8, true, "")]
    [InlineData("bert-mean", EmbeddingPooling.None, EmbeddingPrecision.Float32, true, "a b ")]
    [InlineData("bert-cls", EmbeddingPooling.WeightedMean, EmbeddingPrecision.Float32, true, "a b ")]
    public void Each_window_is_embedded_as_a_separate_text(
        string folder, EmbeddingPooling pooling, EmbeddingPrecision precision, bool normalize, string prompt)
    {
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with
        {
            Model = Path.Combine(Repository.Fixtures, "architectures", folder),
            MaxLength = prompt.Length == 0 ? 12 : 14,
            Pooling = pooling,
            Precision = precision,
            Normalize = normalize,
            Prompt = prompt,
        };
        string[] words = [.. Words, .. Words.Reverse(), .. Words[3..7]];

        RequireMeanOfTexts(options, words);
    }

    // The graph itself reduces its tokens to one vector. Each word and the space before it are a token.
    [Fact]
    public void A_model_that_pools_itself_does_so_for_each_window()
    {
        using var model = new ModelCopy();
        model.RemoveWeights();
        File.Copy(Repository.Fixture("exports/sentence-embedding.onnx"), model.File("model.onnx"));
        string[] words = [.. Enumerable.Repeat("<mask>", 7), .. Enumerable.Repeat("<unk>", 8), .. Enumerable.Repeat("<pad>", 9)];

        RequireMeanOfTexts(model.Options with { MaxLength = 12 }, words, separator: "");
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_batch_or_the_threads()
    {
        CodeSnippet[] snippets = [.. Snippets.OfTexts()[58..64], .. Snippets.OfTexts()[..9]];
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with
        {
            MaxLength = 48,
            Overflow = EmbeddingOverflow.Window
        };
        using var one = new OnnxEmbeddingService(options);
        using var two = new OnnxEmbeddingService(options with { Threads = 2 });

        CodeEmbedding[] alone =
            [.. snippets.Select(snippet => one.EmbedBatch([snippet], TestContext.Current.CancellationToken).Single())];
        IReadOnlyList<CodeEmbedding> together = two.EmbedBatch(snippets, TestContext.Current.CancellationToken);

        Assert.Equal(alone.Select(embedding => embedding.Vector), together.Select(embedding => embedding.Vector));
        Assert.Equal(alone.Select(embedding => embedding.Windows), together.Select(embedding => embedding.Windows));
    }

    [Fact]
    public void A_text_that_fits_has_one_window_and_the_usual_bits()
    {
        using var model = new ModelCopy();

        CodeEmbedding embedding = Embed(model.Options, "x = 1"), plain = model.Embed();

        Assert.Equal(plain.Vector, embedding.Vector);
        Assert.Equal((1, plain.TokenCount), (embedding.Windows, embedding.TokenCount));
        Assert.Null(plain.Windows);
    }

    [Fact]
    public void The_handling_of_long_texts_is_part_of_the_fingerprint_unless_they_are_truncated()
    {
        using var model = new ModelCopy();
        CodeEmbedding[] embeddings =
        [
            .. Enum.GetValues<EmbeddingOverflow>()
                .Select(overflow => Embed(model.Options with { MaxLength = 512 }, "x", overflow)),
        ];

        Assert.Equal(3, embeddings.Select(embedding => embedding.Fingerprint).Distinct().Count());
        Assert.Equal(model.Embed("x").Fingerprint, embeddings[0].Fingerprint);
    }

    [Fact]
    public async Task A_long_text_is_an_error_that_says_how_long_it_is_and_the_others_are_embedded()
    {
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Tiny) with { MaxLength = 100, Overflow = EmbeddingOverflow.Error });

        IReadOnlyList<Outcome<CodeEmbedding>> outcomes = await service.EmbedAsync(
            [Snippets.Of("x"), Snippets.Of(ExpectedValues.Texts[Long], "long"), Snippets.Of("y")],
            TestContext.Current.CancellationToken);

        Assert.Equal([false, true, false], outcomes.Select(outcome => outcome.IsRejected));
        EmbeddingException reason = Assert.IsType<EmbeddingException>(outcomes[1].Rejected!.Reason);
        Assert.Contains("'long': it has 164 tokens, but the model sees 100.", reason.Message, StringComparison.Ordinal);
        Assert.True(reason.IsTooLong);
        Assert.True(reason.InBatch(1, ["long"]).IsTooLong);
        Assert.Null(outcomes[0].Value!.Windows);
    }

    [Fact]
    public void A_text_as_long_as_the_models_limit_is_not_an_error()
    {
        CodeEmbedding embedding = Embed(
            FixtureModels.Options(FixtureModels.Tiny) with { MaxLength = 164 },
            ExpectedValues.Texts[Long],
            EmbeddingOverflow.Error);

        Assert.Equal((164, 0), (embedding.TokenCount, embedding.TruncatedTokens));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void A_prompt_that_fills_every_window_is_refused(int maxLength, bool isRoom)
    {
        EmbeddingServiceOptions options = FixtureModels.Options(FixtureModels.Tiny) with
        {
            Model = BertFolder,
            MaxLength = maxLength,
            Prompt = "a b"
        };
        if (isRoom)
        {
            Assert.Equal(3, Embed(options, " c d e").Windows);
            return;
        }

        EmbeddingOptionException exception = Assert.Throws<EmbeddingOptionException>(() => Embed(options, " c d e"));
        Assert.Equal(("Overflow", "Window"), (exception.Option, exception.Value));
    }

    [Fact]
    public void Windows_are_cancelled_quickly()
    {
        using var service = new OnnxEmbeddingService(
            FixtureModels.Options(FixtureModels.Bundled) with { Overflow = EmbeddingOverflow.Window });
        service.EmbedBatch([Snippets.Of("x")], TestContext.Current.CancellationToken);

        // About 300,000 tokens take more than a minute.
        CodeSnippet snippet = Snippets.Of(string.Concat(Enumerable.Repeat(ExpectedValues.Texts[67], 60)));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var watch = Stopwatch.StartNew();

        Assert.ThrowsAny<OperationCanceledException>(() => service.EmbedBatch([snippet], stop.Token));
        Promptness.Check(watch.Elapsed, TimeSpan.FromSeconds(3 + 3));
    }

    /// <summary>
    ///   Embeds a text of words, each a token, in windows, and the text of each window separately. The mean of these vectors, in
    ///   float64, must equal the vector of the text.
    /// </summary>
    private static void RequireMeanOfTexts(EmbeddingServiceOptions options, string[] words, string separator = " ")
    {
        const int Room = 10, Step = 8;
        string[][] windows =
        [
            .. Enumerable.Range(0, 1 + ((words.Length - Room + Step - 1) / Step))
                .Select(i => words[(i * Step)..Math.Min((i * Step) + Room, words.Length)]),
        ];
        using var service = new OnnxEmbeddingService(options);
        IReadOnlyList<CodeEmbedding> each = service.EmbedBatch(
            [.. windows.Select(window => Snippets.Of(string.Join(separator, window)))], TestContext.Current.CancellationToken);
        Assert.All(each, embedding => Assert.Equal(0, embedding.TruncatedTokens));
        double[] mean =
        [
            .. each[0].Vector.Select(
                (_, i) => each.Zip(windows, (embedding, window) => (double)embedding.Vector[i] * window.Length).Sum()
                    / windows.Sum(window => window.Length)),
        ];
        double length = options.Normalize ? Math.Sqrt(mean.Sum(value => value * value)) : 1;

        CodeEmbedding whole = Embed(options, string.Join(separator, words));

        Assert.Equal(windows.Length, whole.Windows);
        Assert.Equal((each.Sum(embedding => embedding.TokenCount), 0), (whole.TokenCount, whole.TruncatedTokens));
        Assert.All(
            whole.Vector.Zip(mean),
            pair => Assert.Equal(pair.Second / length, pair.First, 1e-6 * Math.Max(1, Math.Abs(pair.Second))));
    }

    private static CodeEmbedding Embed(
        EmbeddingServiceOptions options, string text, EmbeddingOverflow overflow = EmbeddingOverflow.Window)
    {
        using var service = new OnnxEmbeddingService(options with { Overflow = overflow });
        return service.EmbedBatch([Snippets.Of(text)], TestContext.Current.CancellationToken).Single();
    }
}
