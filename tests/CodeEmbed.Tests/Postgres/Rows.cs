using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>Ordinary rows, and methods that write them.</summary>
internal static class Rows
{
    public const string Fingerprint = "0123456789abcdef";

    /// <summary>A row with the required columns.</summary>
    public static EmbeddingRow Of(string id, params float[] vector) => new()
    {
        Id = id,
        FilePath = "a.py",
        Language = "python",
        Content = "x = 1",

        ContentSha256 = "8ff436def1451285599a1b1ad70800493b8dcafde2912e1a38345633054e4c26",
        Vector = vector.Length > 0 ? vector : [1, 0, 0],
        ModelName = "tiny",
        Precision = "float32",
        Normalized = true,
        TokenCount = 7,
        TruncatedTokens = 0,
        Fingerprint = Fingerprint,
    };

    public static EmbeddingStoreHeader Header(IReadOnlyList<EmbeddingRow> rows, string? model = null) => rows.Count == 0
        ? new EmbeddingStoreHeader(0, string.Empty, null)
        : new EmbeddingStoreHeader(rows[0].Vector.Length, rows[0].Fingerprint, model);

    /// <summary>Ends when the tests are stopped.</summary>
    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Writes rows of an unknown model.</summary>
    public static async Task WriteAsync(this IEmbeddingDatabase database, IReadOnlyList<EmbeddingRow> rows) =>
        await database.WriteAsync(Header(rows), _ => rows.ToAsyncEnumerable(), Stop);
}
