using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CodeEmbed.Files;
using CodeEmbed.Rows;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace CodeEmbed.Stores;

/// <summary>
///   An SQLite database with two tables: <c>embeddings</c>, with one row per embedding, and <c>codeembed</c>, with what all of
///   them have in common.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private const string Table = "embeddings", HeaderTable = "codeembed";

    /// <summary>
    ///   The columns. The vector is the last one, because SQLite reads through a long value to reach the columns after it.
    /// </summary>
    private static readonly RowColumn[] Columns =
        [.. RowColumns.All.Where(column => column != RowColumns.Vector), RowColumns.Vector];

    /// <summary>The place of each column, by its index.</summary>
    private static readonly int[] Places = [.. RowColumns.All.Select(column => Array.IndexOf(Columns, column))];

    private static readonly string Names = string.Join(", ", Columns.Select(column => column.Name));

    /// <summary>Lets the program "file" and others recognize these databases: "CEmb".</summary>
    private const int ApplicationId = 0x43456D62;

    private readonly sqlite3 _database;

    static SqliteFile() => Batteries_V2.Init();

    /// <summary>Opens a file for reading only: no other files are created next to it.</summary>
    /// <exception cref="InvalidDataException">It is not such a file.</exception>
    public SqliteFile(string path)
    {
        // The journals are next to the database itself, and not to a link.
        path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        RequireClosed(path);
        RequireWhole(path);
        _database = Open($"file:{Escape(path)}?immutable=1", raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI);
        try
        {
            // A database from someone else may be crafted to run code when it is read.
            Execute("PRAGMA trusted_schema = OFF");
            Execute("PRAGMA cell_size_check = ON");
            RequireTable(HeaderTable);
            RequireTable(Table);
            Header = StoreHeader.Read(Find, $"the table '{HeaderTable}'");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Opens a new, empty file for writing.</summary>
    private SqliteFile(string path, EmbeddingStoreHeader header)
    {
        Header = header;
        _database = Open($"file:{Escape(path)}", raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_URI);
    }

    /// <summary>What its rows have in common.</summary>
    public EmbeddingStoreHeader Header { get; }

    /// <summary>Reads the rows of a file.</summary>
    public static IEnumerable<EmbeddingRow> Read(string path, CancellationToken cancellationToken)
    {
        using var file = new SqliteFile(path);
        using sqlite3_stmt statement = file.Prepare($"SELECT {Names} FROM {Table} ORDER BY rowid");
        var values = new SqliteValues(statement, file.Header.Dimensions);
        while (file.Step(statement))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return RowColumns.MakeRow(values);
        }
    }

    /// <summary>Writes a file.</summary>
    public static async ValueTask WriteAsync(
        string path, EmbeddingStoreHeader header, IAsyncEnumerable<EmbeddingRow> rows, CancellationToken cancellationToken)
    {
        using var file = new SqliteFile(path, header);
        file.Begin();
        string places = string.Join(", ", Columns.Select(_ => "?"));
        using (sqlite3_stmt statement = file.Prepare($"INSERT INTO {Table} ({Names}) VALUES ({places})"))
        {
            byte[] text = new byte[1];
            await foreach (EmbeddingRow row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                file.Bind(statement, row, ref text);
                file.Step(statement);
                file.Check(raw.sqlite3_reset(statement));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        file.Execute($"CREATE INDEX {Table}_id ON {Table} (id)");
        cancellationToken.ThrowIfCancellationRequested();
        file.Execute($"CREATE INDEX {Table}_content_sha256 ON {Table} (content_sha256)");
        file.Execute("COMMIT");
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    /// <summary>Creates the tables in a transaction, which is left open. Nothing reads the file before it is complete.</summary>
    private void Begin()
    {
        foreach (string statement in (string[])
        [
            "PRAGMA page_size = 8192",
            "PRAGMA encoding = 'UTF-8'",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA locking_mode = EXCLUSIVE",
            $"PRAGMA application_id = {ApplicationId}",
            "PRAGMA user_version = 1",
            "BEGIN",
            $"CREATE TABLE {HeaderTable} (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            $"CREATE TABLE {Table} ({string.Join(", ", Columns.Select(Declare))})",
        ])
        {
            Execute(statement);
        }

        using sqlite3_stmt insert = Prepare($"INSERT INTO {HeaderTable} (key, value) VALUES (?, ?)");
        byte[] text = new byte[1];
        foreach ((string name, string value) in StoreHeader.Describe(Header))
        {
            Bind(insert, 1, name, ref text);
            Bind(insert, 2, value, ref text);
            Step(insert);
            Check(raw.sqlite3_reset(insert));
        }
    }

    private static string Declare(RowColumn column)
    {
        string type = column.Kind == RowColumnKind.Vector ? "BLOB" : column.IsText ? "TEXT" : "INTEGER";
        return $"{column.Name} {type}{(column.IsRequired ? " NOT NULL" : string.Empty)}";
    }

    private void Bind(sqlite3_stmt statement, EmbeddingRow row, ref byte[] text)
    {
        for (int i = 0; i < Columns.Length; i++)
        {
            if (Columns[i].IsText)
                Bind(statement, i + 1, Columns[i].TextOf(row), ref text);
            else if (Columns[i] == RowColumns.Vector)
                Check(raw.sqlite3_bind_blob(statement, i + 1, MemoryMarshal.AsBytes(row.Vector.AsSpan())));
            else if (Columns[i].CountOf(row) is { } count)
                Check(raw.sqlite3_bind_int(statement, i + 1, count));
            else
                Check(raw.sqlite3_bind_null(statement, i + 1));
        }
    }

    /// <summary>Binds a text, including any NULs in it.</summary>
    private void Bind(sqlite3_stmt statement, int place, string? value, ref byte[] text)
    {
        if (value is null)
        {
            Check(raw.sqlite3_bind_null(statement, place));
            return;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        if (text.Length < length)
            text = new byte[Math.Max(2 * text.Length, length)];

        Encoding.UTF8.GetBytes(value, text);
        Check(raw.sqlite3_bind_text(statement, place, text.AsSpan(0, length)));
    }

    private static string ReadText(sqlite3_stmt statement, int column)
    {
        // Converts it to UTF-8 if the database has another encoding. Reading it as text would stop at a NUL.
        _ = raw.sqlite3_column_text(statement, column);
        return Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));
    }

    private string? Find(string key)
    {
        using sqlite3_stmt statement = Prepare($"SELECT value FROM {HeaderTable} WHERE key = ?");
        byte[] text = new byte[1];
        Bind(statement, 1, key, ref text);
        return Step(statement) && raw.sqlite3_column_type(statement, 0) == raw.SQLITE_TEXT ? ReadText(statement, 0) : null;
    }

    /// <summary>Checks that a table exists, and is not a view or a virtual table, which run other code.</summary>
    private void RequireTable(string name)
    {
        using (sqlite3_stmt statement = Prepare(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND lower(name) = ? AND rootpage > 0"))
        {
            byte[] text = new byte[1];
            Bind(statement, 1, name, ref text);
            if (!Step(statement))
                throw StoreHeader.Foreign($"the database has no table '{name}'");
        }

        if (name != Table)
            return;

        foreach (string column in Columns.Select(column => column.Name))
        {
            using sqlite3_stmt statement = Prepare($"SELECT 1 FROM pragma_table_info('{Table}') WHERE lower(name) = '{column}'");
            if (!Step(statement))
                throw StoreHeader.Foreign($"its table '{Table}' has no column '{column}'");
        }
    }

    /// <summary>
    ///   Checks that there is no journal next to a database: the file is read unchanged and nothing is written next to it.
    /// </summary>
    private static void RequireClosed(string path)
    {
        foreach (string ending in (string[])["-wal", "-journal"])
        {
            if (new FileInfo(path + ending) is { Exists: true, Length: > 0 })
            {
                throw new InvalidDataException(
                    $"a program has it open, or did not close it: its changes are in '{path + ending}'. Close that program, "
                    + "or open the database once with sqlite3.");
            }
        }
    }

    /// <summary>
    ///   Checks that a database has as many pages as it says: SQLite notices missing pages at the end only when it reads them.
    /// </summary>
    private static void RequireWhole(string path)
    {
        const int HeaderLength = 100, PageSize = 16, ChangeCounter = 24, PageCount = 28, CounterOfPageCount = 92;
        Span<byte> header = stackalloc byte[HeaderLength];
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.Read(file, header, 0) < HeaderLength || !header.StartsWith("SQLite format 3\0"u8)
            || !header[ChangeCounter..PageCount].SequenceEqual(header[CounterOfPageCount..(CounterOfPageCount + sizeof(int))]))
        {
            return;
        }

        // The largest size does not fit in its 16 bits.
        long size = BinaryPrimitives.ReadUInt16BigEndian(header[PageSize..]);
        size = size == 1 ? 1 << 16 : size;
        if (RandomAccess.GetLength(file) < size * BinaryPrimitives.ReadUInt32BigEndian(header[PageCount..]))
            throw new InvalidDataException("the SQLite database is damaged or cut short: pages at its end are missing.");
    }

    private static string Escape(string path)
    {
        string escaped = path.Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3f", StringComparison.Ordinal)
            .Replace("#", "%23", StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            return escaped;

        // The part between the second and the third slash would be the authority, which must be empty.
        string start = escaped.StartsWith(@"\\", StringComparison.Ordinal) ? "//" : "/";
        return start + escaped.Replace('\\', '/');
    }

    private static sqlite3 Open(string uri, int flags)
    {
        int result = raw.sqlite3_open_v2(uri, out sqlite3 database, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (result == raw.SQLITE_OK)
            return database;

        using (database)
            throw Describe(result, raw.sqlite3_errstr(result).utf8_to_string());
    }

    private void Execute(string statement)
    {
        using sqlite3_stmt prepared = Prepare(statement);
        while (Step(prepared))
        {
            // Some of these statements return the value that they set.
        }
    }

    private sqlite3_stmt Prepare(string statement)
    {
        Check(raw.sqlite3_prepare_v2(_database, statement, out sqlite3_stmt prepared));
        return prepared;
    }

    private bool Step(sqlite3_stmt statement)
    {
        int result = raw.sqlite3_step(statement);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE)
            return result == raw.SQLITE_ROW;

        throw Describe(result, raw.sqlite3_errmsg(_database).utf8_to_string());
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            throw Describe(result, raw.sqlite3_errmsg(_database).utf8_to_string());
    }

    private static Exception Describe(int result, string message) => (result & 0xFF) switch
    {
        raw.SQLITE_NOTADB => new InvalidDataException("it is not an SQLite database, or it is encrypted."),
        raw.SQLITE_CORRUPT or raw.SQLITE_FORMAT or raw.SQLITE_ERROR or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG =>
            new InvalidDataException($"the SQLite database is damaged or cut short: {message}."),
        raw.SQLITE_FULL => FileError.DiskFull($"SQLite: {message}"),
        _ => new IOException($"SQLite: {message}."),
    };

    /// <summary>The values of the row that a statement is at.</summary>
    private sealed class SqliteValues(sqlite3_stmt statement, int dimensions) : IRowValues
    {
        /// <inheritdoc/>
        public string? Text(RowColumn column) => TypeOf(column) switch
        {
            raw.SQLITE_NULL => null,
            raw.SQLITE_TEXT => ReadText(statement, Places[column.Index]),
            _ => throw Wrong(column, "a text"),
        };

        /// <inheritdoc/>
        public long? Count(RowColumn column) => TypeOf(column) switch
        {
            raw.SQLITE_NULL => null,
            raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, Places[column.Index]),
            _ => throw Wrong(column, "an integer"),
        };

        /// <inheritdoc/>
        public float[] Vector()
        {
            RowColumn column = RowColumns.Vector;
            int type = TypeOf(column);
            if (type == raw.SQLITE_NULL)
                throw RowColumns.Missing(column);

            if (type != raw.SQLITE_BLOB)
                throw Wrong(column, "a blob");

            ReadOnlySpan<byte> bytes = raw.sqlite3_column_blob(statement, Places[column.Index]);
            return bytes.Length == (long)dimensions * sizeof(float)
                ? VectorCheck.RequireFinite(MemoryMarshal.Cast<byte, float>(bytes).ToArray())
                : throw VectorCheck.WrongLength(bytes.Length, "bytes", dimensions);
        }

        private int TypeOf(RowColumn column) => raw.sqlite3_column_type(statement, Places[column.Index]);

        private static InvalidDataException Wrong(RowColumn column, string expected) =>
            new($"the column '{column.Name}' does not hold {expected} in this row.");
    }
}
