using CodeEmbed.Rows;

namespace CodeEmbed.Postgres;

/// <summary>A column of a table of embeddings.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as the server's catalog names it.</param>
/// <param name="IsRequired">Whether it always has a value.</param>
internal sealed record TableColumn(string Name, string Type, bool IsRequired)
{
    /// <summary>The name as an SQL identifier.</summary>
    public string Sql => TableName.Quote(Name);
}

/// <summary>The columns of a table of embeddings: see <c>docs/formats.md</c>.</summary>
internal static class TableLayout
{
    /// <summary>The table, next to the tables of embeddings, that describes the models by their fingerprints.</summary>
    public const string Models = "codeembed_models";

    /// <summary>The column with pgvector's type.</summary>
    public const string Vector = "vector";

    /// <summary>The largest length of a vector in pgvector.</summary>
    public const int MostDimensions = 16_000;

    /// <summary>The largest length of a vector that a pgvector index accepts.</summary>
    public const int MostIndexedDimensions = 2_000;

    /// <summary>The column with the row's source, which is part of the key.</summary>
    public static TableColumn Source { get; } = new("source", "text", true);

    /// <summary>All other columns, in the order in which they are sent.</summary>
    /// <remarks>
    ///   JSON is kept as json and not as jsonb: the text is unchanged, with its order, its numbers, and escapes of U+0000
    ///   and of lone surrogates, which jsonb refuses.
    /// </remarks>
    public static IReadOnlyList<TableColumn> Columns { get; } = [.. RowColumns.All.Select(
        column => new TableColumn(column.Name, TypeOf(column.Kind), column.IsRequired))];

    /// <summary>The columns' names in SQL, each with a prefix, separated by commas.</summary>
    public static string List(string before = "") => string.Join(", ", Columns.Select(column => before + column.Sql));

    private static string TypeOf(RowColumnKind kind) => kind switch
    {
        RowColumnKind.Json => "json",
        RowColumnKind.Count => "int4",
        RowColumnKind.Truth => "bool",
        RowColumnKind.Vector => Vector,
        _ => "text",
    };

    /// <summary>The statement that creates a table of embeddings.</summary>
    /// <param name="table">The table's name in SQL.</param>
    /// <param name="vectorType">pgvector's type in SQL.</param>
    /// <param name="dimensions">The length of a vector.</param>
    public static string Create(string table, string vectorType, int dimensions)
    {
        // Keys are compared byte by byte, so the order of ids is the same everywhere and the index is fast.
        string Describe(TableColumn column, string suffix = "") =>
            $"{column.Sql} {(column.Type == Vector ? $"{vectorType}({dimensions})" : column.Type)}{suffix}"
            + (column.IsRequired ? " NOT NULL" : string.Empty);

        TableColumn id = Columns[0];
        IEnumerable<string> key = [Describe(Source, " COLLATE \"C\""), Describe(id, " COLLATE \"C\"")];
        IEnumerable<string> others = Columns.Skip(1).Select(column => Describe(column));
        return $"CREATE TABLE {table} ({string.Join(", ", key.Concat(others))}, PRIMARY KEY ({Source.Sql}, {id.Sql}))";
    }

    /// <summary>The statement that creates the table of models, if it does not exist.</summary>
    /// <param name="models">The table's name in SQL.</param>
    public static string CreateModels(string models) =>
        $"CREATE TABLE IF NOT EXISTS {models} (\"fingerprint\" text PRIMARY KEY, \"model\" json NOT NULL)";

    /// <summary>The statement that creates the table that rows are sent to. The end of the transaction drops it.</summary>
    /// <param name="staging">The table's name in SQL.</param>
    /// <param name="vectorType">pgvector's type in SQL.</param>
    public static string CreateStaging(string staging, string vectorType)
    {
        // Values of some kilobytes stay in their row: they are read only once here, and are moved out of line in the final table.
        IEnumerable<string> columns = Columns.Select(
            column => $"{column.Sql} {(column.Type == Vector ? vectorType : column.Type)}");
        return $"CREATE TEMPORARY TABLE {staging} (\"n\" int8 NOT NULL, {string.Join(", ", columns)}) "
            + "WITH (toast_tuple_target = 8160) ON COMMIT DROP";
    }
}
