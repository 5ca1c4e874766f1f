namespace CodeEmbed.Rows;

/// <summary>What a column of a store holds.</summary>
internal enum RowColumnKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A text that is JSON.</summary>
    Json,

    /// <summary>A count, 0 or more.</summary>
    Count,

    /// <summary>True or false, as the count 1 or 0.</summary>
    Truth,

    /// <summary>The vector.</summary>
    Vector,
}

/// <summary>A column of a store: one property of <see cref="EmbeddingRow"/>.</summary>
/// <param name="Name">Its name, which is also the property's name in JSON.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="IsRequired">Whether every row has a value.</param>
internal sealed record RowColumn(string Name, RowColumnKind Kind, bool IsRequired)
{
    private readonly Func<EmbeddingRow, string?>? _text;
    private readonly Func<EmbeddingRow, int?>? _count;

    /// <summary>Its place in <see cref="RowColumns.All"/>.</summary>
    public int Index { get; internal set; }

    /// <summary>Whether it holds texts, JSON included.</summary>
    public bool IsText => _text is not null;

    /// <summary>Makes a column of texts that every row has.</summary>
    public static RowColumn Text(string name, Func<EmbeddingRow, string> find) => new(name, RowColumnKind.Text, find);

    /// <summary>Makes a column of texts that a row may lack.</summary>
    public static RowColumn OptionalText(
        string name, Func<EmbeddingRow, string?> find, RowColumnKind kind = RowColumnKind.Text) =>
        new(name, kind, find, isRequired: false);

    /// <summary>Makes a column of counts.</summary>
    public static RowColumn Count(string name, Func<EmbeddingRow, int?> find, bool isRequired = true) =>
        new(name, RowColumnKind.Count, find, isRequired);

    /// <summary>Makes a column of true and false.</summary>
    public static RowColumn Truth(string name, Func<EmbeddingRow, bool> find) =>
        new(name, RowColumnKind.Truth, row => find(row) ? 1 : 0, isRequired: true);

    private RowColumn(string name, RowColumnKind kind, Func<EmbeddingRow, string?> find, bool isRequired = true)
        : this(name, kind, isRequired) => _text = find;

    private RowColumn(string name, RowColumnKind kind, Func<EmbeddingRow, int?> find, bool isRequired)
        : this(name, kind, isRequired) => _count = find;

    /// <summary>The text of a row, in a column that <see cref="IsText"/>; <see langword="null"/> if the row lacks it.</summary>
    public string? TextOf(EmbeddingRow row) => _text!(row);

    /// <summary>The number of a row, in a column of counts or truths; <see langword="null"/> if the row lacks it.</summary>
    public int? CountOf(EmbeddingRow row) => _count!(row);
}
