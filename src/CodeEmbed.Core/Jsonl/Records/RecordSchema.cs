using System.Text;
using System.Text.Json;

namespace CodeEmbed.Jsonl.Records;

/// <summary>The names in a record, and what they mean: the file format's vocabulary is defined only here.</summary>
internal static class RecordSchema
{
    /// <summary>The deepest nesting that a record may have.</summary>
    public const int MaxDepth = 1024;

    /// <summary>The longest line that is read, in bytes.</summary>
    public const int MaxLineLength = 64 * 1024 * 1024;

    public const string ContentSha256 = "content_sha256";
    public const string Vector = "vector";
    public const string ModelName = "model_name";
    public const string Precision = "precision";
    public const string Normalized = "normalized";
    public const string TokenCount = "token_count";
    public const string TruncatedTokens = "truncated_tokens";
    public const string Fingerprint = "fingerprint";

    /// <summary>
    ///   Only in records that were embedded in windows. Elsewhere it is a name like any other, and the output's own only
    ///   after <see cref="Vector"/> or <see cref="TruncatedTokens"/>.
    /// </summary>
    public const string Windows = "windows";

    /// <summary>The fields that a record must have, each a string.</summary>
    public const SnippetFields Required =
        SnippetFields.Id | SnippetFields.FilePath | SnippetFields.Language | SnippetFields.Content;

    /// <summary>The fields that hold a string.</summary>
    public const SnippetFields Strings = Required
        | SnippetFields.Version | SnippetFields.GitHash | SnippetFields.ChunkName | SnippetFields.ChunkType;

    /// <summary>The fields of a snippet, in the order in which a snippet that was made in memory is written.</summary>
    public static readonly (SnippetFields Field, string Name)[] SnippetNames =
    [
        (SnippetFields.Id, "id"),
        (SnippetFields.FilePath, "file_path"),
        (SnippetFields.Language, "language"),
        (SnippetFields.Content, "content"),
        (SnippetFields.Version, "version"),
        (SnippetFields.GitHash, "git_hash"),
        (SnippetFields.ChunkName, "chunk_name"),
        (SnippetFields.ChunkType, "chunk_type"),
        (SnippetFields.Metadata, "metadata"),
    ];

    private static readonly byte[] Utf8Vector = Encoding.UTF8.GetBytes(Vector), Utf8Windows = Encoding.UTF8.GetBytes(Windows);

    /// <summary>The property right before <see cref="Windows"/>, also in a record whose vector is in a separate file.</summary>
    private static readonly byte[] Utf8TruncatedTokens = Encoding.UTF8.GetBytes(TruncatedTokens);

    private static readonly (EmbeddingPrecision Precision, string Name)[] PrecisionNames =
    [
        (EmbeddingPrecision.Float32, "float32"), (EmbeddingPrecision.Int8, "int8"), (EmbeddingPrecision.Float16, "float16"),
    ];

    private static readonly (SnippetFields Field, byte[] Name)[] Utf8Names =
    [
        .. SnippetNames.Select(entry => (entry.Field, Encoding.UTF8.GetBytes(entry.Name))),
        .. new[] { Vector, ModelName, Precision, Normalized, TokenCount, TruncatedTokens, Fingerprint }
            .Select(name => (SnippetFields.Output, Encoding.UTF8.GetBytes(name))),
        (SnippetFields.ContentDigest, Encoding.UTF8.GetBytes(ContentSha256)),
    ];

    /// <summary>The names that mean something in a record without a map, each with its field.</summary>
    public static IReadOnlyList<(SnippetFields Field, byte[] Name)> Names => Utf8Names;

    /// <summary>The field that a property name stands for, or <see cref="SnippetFields.None"/> for any other property.</summary>
    /// <param name="propertyName">The reader, at the name.</param>
    /// <param name="afterVector">
    ///   Whether the record's vector came before: false at the start of a record, and then passed on from name to name.
    /// </param>
    public static SnippetFields Identify(in Utf8JsonReader propertyName, ref bool afterVector) =>
        Identify(in propertyName, Utf8Names, ref afterVector);

    /// <summary>What a property name stands for among these names, or <see cref="SnippetFields.None"/>.</summary>
    /// <param name="propertyName">The reader, at the name.</param>
    /// <param name="names">The names.</param>
    /// <param name="afterVector">
    ///   Whether the record's vector came before: false at the start of a record, and then passed on from name to name.
    /// </param>
    public static SnippetFields Identify(
        in Utf8JsonReader propertyName, ReadOnlySpan<(SnippetFields Fields, byte[] Name)> names, ref bool afterVector)
    {
        // Utf8JsonReader.ValueTextEquals refuses a name with an escaped lone surrogate.
        ReadOnlySpan<byte> text = propertyName.ValueIsEscaped
            ? Encoding.UTF8.GetBytes(JsonStrings.Read(in propertyName))
            : propertyName.ValueSpan;
        foreach ((SnippetFields fields, byte[] name) in names)
        {
            if (!text.SequenceEqual(name))
                continue;

            afterVector |= text.SequenceEqual(Utf8Vector) || text.SequenceEqual(Utf8TruncatedTokens);
            return fields;
        }

        return afterVector && text.SequenceEqual(Utf8Windows) ? SnippetFields.Output : SnippetFields.None;
    }

    /// <summary>The name in JSON of a precision.</summary>
    public static string NameOf(EmbeddingPrecision precision) => PrecisionNames.First(entry => entry.Precision == precision).Name;

    /// <summary>The precision that a name in JSON stands for, or <see langword="null"/>.</summary>
    public static EmbeddingPrecision? FindPrecision(string name) =>
        PrecisionNames.Where(entry => entry.Name == name).Select(entry => (EmbeddingPrecision?)entry.Precision).FirstOrDefault();

    /// <summary>The name in JSON of a field of a snippet.</summary>
    public static string NameOf(SnippetFields field) => SnippetNames.First(entry => entry.Field == field).Name;
}
