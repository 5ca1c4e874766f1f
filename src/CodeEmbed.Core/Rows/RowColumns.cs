namespace CodeEmbed.Rows;

/// <summary>The columns of a store, in the order of the properties in JSON Lines: the one home of a row's layout.</summary>
internal static class RowColumns
{
    /// <summary>The column of the vectors.</summary>
    public static readonly RowColumn Vector = new("vector", RowColumnKind.Vector, IsRequired: true);

    private static readonly RowColumn
        Id = RowColumn.Text("id", row => row.Id),
        FilePath = RowColumn.Text("file_path", row => row.FilePath),
        Language = RowColumn.Text("language", row => row.Language),
        Content = RowColumn.OptionalText("content", row => row.Content),
        ContentSha256 = RowColumn.Text("content_sha256", row => row.ContentSha256),
        Version = RowColumn.OptionalText("version", row => row.Version),
        GitHash = RowColumn.OptionalText("git_hash", row => row.GitHash),
        ChunkName = RowColumn.OptionalText("chunk_name", row => row.ChunkName),
        ChunkType = RowColumn.OptionalText("chunk_type", row => row.ChunkType),
        Metadata = RowColumn.OptionalText("metadata", row => row.Metadata, RowColumnKind.Json),
        Properties = RowColumn.OptionalText("properties", row => row.Properties, RowColumnKind.Json),
        ModelName = RowColumn.Text("model_name", row => row.ModelName),
        Precision = RowColumn.Text("precision", row => row.Precision),
        Normalized = RowColumn.Truth("normalized", row => row.Normalized),
        TokenCount = RowColumn.Count("token_count", row => row.TokenCount),
        TruncatedTokens = RowColumn.Count("truncated_tokens", row => row.TruncatedTokens),
        Windows = RowColumn.Count("windows", row => row.Windows, isRequired: false),
        Fingerprint = RowColumn.Text("fingerprint", row => row.Fingerprint);

    /// <summary>All columns.</summary>
    public static IReadOnlyList<RowColumn> All { get; } = Number(
    [
        Id, FilePath, Language, Content, ContentSha256, Version, GitHash, ChunkName, ChunkType, Metadata, Properties, Vector,
        ModelName, Precision, Normalized, TokenCount, TruncatedTokens, Windows, Fingerprint,
    ]);

    /// <summary>Makes a row of the values that were read from a store.</summary>
    /// <exception cref="InvalidDataException">A required value is missing, or a value is not valid.</exception>
    public static EmbeddingRow MakeRow(IRowValues values)
    {
        return new EmbeddingRow
        {
            Id = Text(Id),
            FilePath = Text(FilePath),
            Language = Text(Language),
            Content = values.Text(Content),
            ContentSha256 = Text(ContentSha256),
            Version = values.Text(Version),
            GitHash = values.Text(GitHash),
            ChunkName = values.Text(ChunkName),
            ChunkType = values.Text(ChunkType),
            Metadata = values.Text(Metadata),
            Properties = values.Text(Properties),
            ModelName = Text(ModelName),
            Precision = Text(Precision),
            Normalized = Number(Normalized) != 0,
            TokenCount = Number(TokenCount),
            TruncatedTokens = Number(TruncatedTokens),
            Windows = CountOf(Windows),
            Fingerprint = Text(Fingerprint),
            Vector = values.Vector(),
        };

        string Text(RowColumn column) => values.Text(column) ?? throw Missing(column);

        int Number(RowColumn column) => CountOf(column) ?? throw Missing(column);

        int? CountOf(RowColumn column) => values.Count(column) switch
        {
            null => null,
            >= 0 and <= int.MaxValue and var count => (int)count,
            _ => throw new InvalidDataException($"the column '{column.Name}' is out of range in this row."),
        };
    }

    /// <summary>Says that a row lacks a value that it must have.</summary>
    public static InvalidDataException Missing(RowColumn column) =>
        new($"the column '{column.Name}' has no value in this row.");

    private static RowColumn[] Number(RowColumn[] columns)
    {
        foreach ((int index, RowColumn column) in columns.Index())
            column.Index = index;

        return columns;
    }
}

/// <summary>The values of a row that is read from a store.</summary>
internal interface IRowValues
{
    /// <summary>The value of a column of texts; <see langword="null"/> if the row lacks it.</summary>
    /// <exception cref="InvalidDataException">The value is not a text.</exception>
    string? Text(RowColumn column);

    /// <summary>The value of a column of counts or truths; <see langword="null"/> if the row lacks it.</summary>
    /// <exception cref="InvalidDataException">The value is not a whole number.</exception>
    long? Count(RowColumn column);

    /// <summary>The vector: finite numbers, as many as the store says.</summary>
    /// <exception cref="InvalidDataException">It is missing or not valid.</exception>
    float[] Vector();
}
