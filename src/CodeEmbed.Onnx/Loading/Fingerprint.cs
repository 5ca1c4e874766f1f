using System.Security.Cryptography;
using System.Text;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Tokenizers;
using static System.FormattableString;

namespace CodeEmbed.Onnx.Loading;

/// <summary>The fingerprint of a model's vectors: see <see cref="CodeEmbedding.Fingerprint"/>.</summary>
/// <remarks>
///   It is over values, not files: the same weights give the same fingerprint whatever the format of the checkpoint.
/// </remarks>
/// <param name="Value">16 lower-case hexadecimal digits: the start of the SHA-256 over the parts.</param>
/// <param name="Parts">The values that affect the numbers, by name.</param>
internal sealed record Fingerprint(string Value, IReadOnlyDictionary<string, string> Parts)
{
    /// <summary>Raise this when a change to the code changes the numbers.</summary>
    private const int ArithmeticVersion = 2;

    /// <summary>Raise this when a change to the code changes only the numbers in Int8.</summary>
    private const int QuantizationVersion = 2;

    private const int Length = 16;

    /// <summary>Computes the fingerprint.</summary>
    /// <param name="source">The encoder; all its learned parameters are read.</param>
    /// <param name="head">How its output becomes a vector.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="maxLength">How many tokens the model sees.</param>
    /// <param name="overflow">How longer texts are handled.</param>
    /// <param name="precision">The arithmetic.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static Fingerprint Compute(
        IEncoderSource source,
        PoolingHead head,
        Tokenizer tokenizer,
        int maxLength,
        EmbeddingOverflow overflow,
        EmbeddingPrecision precision,
        CancellationToken cancellationToken)
    {
        // Their order is part of the fingerprint.
        (string Name, string Value)[] parts =
        [
            ("arithmetic", Invariant($"{ArithmeticVersion}")),
            ("precision", $"{precision}".ToLowerInvariant()),
            .. precision == EmbeddingPrecision.Int8
                ? [("quantization", Invariant($"{QuantizationVersion}"))]
                : Array.Empty<(string, string)>(),
            .. head.Describe(),
            ("max_length", Invariant($"{maxLength}")),
            .. overflow == EmbeddingOverflow.Truncate
                ? Array.Empty<(string, string)>()
                : [("overflow", $"{overflow}".ToLowerInvariant())],
            ("architecture", source.Describe()),
            ("tokenizer", Digest(hash => Append(hash, tokenizer.Identity))),
            ("weights", Digest(
                hash => source.VisitParameters(name => Append(hash, name), bytes => hash.AppendData(bytes), cancellationToken))),
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

    private static void Append(IncrementalHash hash, string text)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData([0]);
    }
}
