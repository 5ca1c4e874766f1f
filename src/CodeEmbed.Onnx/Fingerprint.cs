using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Tokenization;
using static System.FormattableString;

namespace CodeEmbed.Onnx;

/// <summary>The fingerprint of a model's vectors: see <see cref="CodeEmbedding.Fingerprint"/>.</summary>
/// <remarks>It is over values, not files: the same weights give the same fingerprint in whatever format of checkpoint they are stored.</remarks>
/// <param name="Value">16 lower-case hexadecimal digits: the start of the SHA-256 over the parts.</param>
/// <param name="Parts">What decides the numbers, by name.</param>
internal sealed record Fingerprint(string Value, IReadOnlyDictionary<string, string> Parts)
{
    /// <summary>To be raised when a change to the code changes the numbers.</summary>
    private const int ArithmeticVersion = 2;

    /// <summary>To be raised when a change to the code changes the numbers of Int8 alone.</summary>
    private const int QuantizationVersion = 1;

    private const int Length = 16;

    /// <summary>Computes the fingerprint.</summary>
    /// <param name="source">The encoder; everything that it learned is read.</param>
    /// <param name="head">What is made of its output.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="maxLength">How many tokens the model sees.</param>
    /// <param name="precision">The arithmetic.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static Fingerprint Compute(
        IEncoderSource source,
        PoolingHead head,
        TokenizerDefinition tokenizer,
        int maxLength,
        EmbeddingPrecision precision,
        CancellationToken cancellationToken)
    {
        // Their order is part of the fingerprint.
        (string Name, string Value)[] parts =
        [
            ("arithmetic", Invariant($"{ArithmeticVersion}")),
            ("precision", $"{precision}".ToLowerInvariant()),
            .. precision == EmbeddingPrecision.Int8 ? [("quantization", Invariant($"{QuantizationVersion}"))] : Array.Empty<(string, string)>(),
            .. head.Describe(),
            ("max_length", Invariant($"{maxLength}")),
            ("architecture", source.Describe()),
            ("tokenizer", Digest(hash => AppendTokenizer(hash, tokenizer))),
            ("weights", Digest(hash => source.VisitParameters(name => Append(hash, name), bytes => hash.AppendData(bytes), cancellationToken))),
        ];
        string value = Digest(hash =>
        {
            foreach ((string name, string part) in parts)
                Append(hash, $"{name}: {part}");
        });
        return new Fingerprint(value, parts.ToDictionary(part => part.Name, part => part.Value));
    }

    private static string Digest(Action<IncrementalHash> append)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        append(hash);
        return Convert.ToHexString(hash.GetHashAndReset())[..Length].ToLowerInvariant();
    }

    private static void AppendTokenizer(IncrementalHash hash, TokenizerDefinition tokenizer)
    {
        var text = new StringBuilder();
        foreach ((string token, int id) in tokenizer.Vocabulary.OrderBy(entry => entry.Value))
            text.Append(CultureInfo.InvariantCulture, $"{id} {token}\n");

        foreach (string merge in tokenizer.Merges)
            text.Append(merge).Append('\n');

        foreach (AddedToken token in tokenizer.AddedTokens.OrderBy(token => token.Content, StringComparer.Ordinal))
        {
            text.Append(
                CultureInfo.InvariantCulture, $"{token.Id} {token.LeftStrip} {token.RightStrip} {token.SingleWord} {token.Content}\n");
        }

        text.Append(
            CultureInfo.InvariantCulture, $"{string.Join(' ', tokenizer.StartIds)} {string.Join(' ', tokenizer.EndIds)} {tokenizer.AddPrefixSpace}");
        AppendUnlikeRoberta(text, tokenizer);
        Append(hash, text.ToString());
    }

    /// <summary>What a tokenizer of RoBERTa never has, and is not written where it is not there.</summary>
    private static void AppendUnlikeRoberta(StringBuilder text, TokenizerDefinition tokenizer)
    {
        if (tokenizer.StartIds.Count != 1 || tokenizer.EndIds.Count != 1)
            text.Append(CultureInfo.InvariantCulture, $"\nstart {tokenizer.StartIds.Count}");

        if (tokenizer.IgnoreMerges)
            text.Append("\nignore merges");

        if (tokenizer.UnknownId is { } unknown)
            text.Append(CultureInfo.InvariantCulture, $"\nunknown {unknown} {tokenizer.FuseUnknown}");

        foreach (IPreTokenizer preTokenizer in tokenizer.PreTokenizers)
            text.Append('\n').Append(preTokenizer.Description);

        if (!tokenizer.SplitsAsGpt2)
            text.Append("\nno splitting as GPT-2");

        // Only what is normalized itself is found in normalized text.
        if (tokenizer.Normalizers.Count > 0)
        {
            text.Append('\n').AppendJoin(' ', tokenizer.Normalizers.Select(normalizer => normalizer.Description));
            foreach (AddedToken token in tokenizer.AddedTokens.Where(token => token.Normalized).OrderBy(token => token.Id))
                text.Append(CultureInfo.InvariantCulture, $" {token.Id}");
        }
    }

    private static void Append(IncrementalHash hash, string text)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData([0]);
    }
}
