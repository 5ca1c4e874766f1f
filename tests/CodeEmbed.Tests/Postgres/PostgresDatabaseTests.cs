using CodeEmbed.Postgres;
using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>The content of a table after a write, as SQL shows it, and refusals.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresDatabaseTests(PostgresServer server)
{
    [Fact]
    public async Task A_row_is_written_to_the_table_unchanged()
    {
        string schema = await server.CreateSchemaAsync();
        const string text = "a\tb\\c'd\"e\n\r\n ü 漢 😀 {1,2} \\N \\.";
        EmbeddingRow row = Rows.Of("x'\"\\", 0.1f, -1.5e-30f, float.MaxValue) with
        {
            Content = text,
            Version = "1",
            GitHash = string.Empty,
            ChunkName = "f",
            ChunkType = "function",
            Metadata = """{"b":1.0,"a":[1e400],"b":"\u0000\ud800"}""",
            Properties = """{"more":"x"}""",
            Windows = 3,
            Normalized = false,
            TruncatedTokens = 12,
        };
        using PostgresDatabase database = Open(schema);

        await database.WriteAsync([row, Rows.Of("plain", 1, 2, 3)]);

        Assert.Equal(
            [
                $"|x'\"\\|{text}|1||f|function|{row.Metadata}|{row.Properties}|[0.1,-1.5e-30,3.4028235e+38]|float32|False|7|12|3",
                "|plain|x = 1|NULL|NULL|NULL|NULL|NULL|NULL|[1,2,3]|float32|True|7|0|NULL",
            ],
            await server.QueryAsync(
                "SELECT source, id, content, version, git_hash, chunk_name, chunk_type, metadata::text, properties::text, "
                + "vector::text, precision, normalized, token_count, truncated_tokens, windows "
                + $"FROM {schema}.snippets ORDER BY id DESC"));
        Assert.Equal(
            ["a.py|python|tiny|0123456789abcdef|5|sha256"],
            await server.QueryAsync(
                "SELECT file_path, language, model_name, fingerprint, length(content), CASE WHEN content_sha256 = "
                + $"encode(sha256(convert_to(content, 'UTF8')), 'hex') THEN 'sha256' END FROM {schema}.snippets "
                + "WHERE id = 'plain'"));
    }

    [Fact]
    public async Task Characters_that_a_database_cannot_store_are_replaced()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);

        await database.WriteAsync([Rows.Of("a\0b") with { Content = "x\0y\ud800z" }]);

        Assert.Equal(["a\ufffdb|x\ufffdy\ufffdz"], await server.QueryAsync($"SELECT id, content FROM {schema}.snippets"));
    }

    [Fact]
    public async Task A_changed_row_is_replaced_and_an_unchanged_one_is_not_touched()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);
        await database.WriteAsync([Rows.Of("1"), Rows.Of("2"), Rows.Of("3"), Rows.Of("4")]);
        Assert.Equal(new EmbeddingDatabaseChange(4, 0, 0), database.Change);
        string[] before = await Versions();

        await database.WriteAsync(
            [Rows.Of("2", 0, 1, 0), Rows.Of("1"), Rows.Of("3") with { Metadata = "{}" }, Rows.Of("5") with { Content = null }]);

        Assert.Equal(new EmbeddingDatabaseChange(3, 0, 0), database.Change);
        Assert.Equal(
            ["1|[1,0,0]|NULL|x = 1", "2|[0,1,0]|NULL|x = 1", "3|[1,0,0]|{}|x = 1", "4|[1,0,0]|NULL|x = 1", "5|[1,0,0]|NULL|NULL"],
            await server.QueryAsync($"SELECT id, vector::text, metadata::text, content FROM {schema}.snippets ORDER BY id"));
        string[] after = await Versions();
        Assert.Equal([before[0], before[3]], [after[0], after[3]]);
        Assert.NotEqual(before[1], after[1]);

        Task<string[]> Versions() => server.QueryAsync($"SELECT id, xmin::text, ctid::text FROM {schema}.snippets ORDER BY id");
    }

    [Fact]
    public async Task Rows_of_a_source_that_are_not_written_again_are_deleted_and_other_sources_stay()
    {
        string schema = await server.CreateSchemaAsync();
        using (PostgresDatabase a = Open(schema, source: "a'"), b = Open(schema, source: "b"), none = Open(schema))
        {
            await a.WriteAsync([Rows.Of("1"), Rows.Of("2")]);
            await b.WriteAsync([Rows.Of("1"), Rows.Of("2")]);
            await none.WriteAsync([Rows.Of("1"), Rows.Of("2")]);

            await a.WriteAsync([Rows.Of("2"), Rows.Of("3")]);
            await none.WriteAsync([Rows.Of("4")]);

            Assert.Equal(new EmbeddingDatabaseChange(1, 1, 0), a.Change);
        }

        string[] expected = ["|1", "|2", "|4", "a'|2", "a'|3", "b|1", "b|2"];
        Assert.Equal(expected, await Keys());

        using PostgresDatabase empty = Open(schema, source: "b");
        await empty.WriteAsync([]);

        Assert.Equal(2, empty.Change!.Deleted);
        Assert.Equal(expected[..5], await Keys());

        Task<string[]> Keys() =>
            server.QueryAsync($"SELECT source, id FROM {schema}.snippets ORDER BY source COLLATE \"C\", id COLLATE \"C\"");
    }

    [Fact]
    public async Task The_last_of_several_rows_with_the_same_id_counts()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);

        await database.WriteAsync([Rows.Of("1", 1, 0), Rows.Of("2", 0, 1), Rows.Of("1", 2, 0), Rows.Of("1", 3, 0)]);

        Assert.Equal(new EmbeddingDatabaseChange(2, 0, 2), database.Change);
        Assert.Equal(
            ["1|[3,0]", "2|[0,1]"], await server.QueryAsync($"SELECT id, vector::text FROM {schema}.snippets ORDER BY id"));
    }

    [Theory]
    [InlineData("Robert'); DROP TABLE students;--", "Robert'); DROP TABLE students;--")]
    [InlineData("Upper Case", "Upper Case")]
    [InlineData("a\"b\"\"c", "a\"b\"\"c")]
    [InlineData("\"with.dots.\"\"and quotes\"\"\"", "with.dots.\"and quotes\"")]
    [InlineData("select", "select")]
    [InlineData("ünï-漢", "ünï-漢")]
    [InlineData("$1", "$1")]
    [InlineData("a\nb\\", "a\nb\\")]
    public async Task A_name_may_contain_any_characters(string given, string name)
    {
        string schema = await server.CreateSchemaAsync();
        await server.ExecuteAsync($"CREATE TABLE {schema}.students (id int)");
        using PostgresDatabase database = Open(schema, given, source: name);

        await database.WriteAsync([Rows.Of("1")]);
        await database.WriteAsync([Rows.Of(name)]);

        Assert.Equal(
            new[] { "codeembed_models", name, "students" }.Order(StringComparer.Ordinal),
            await server.QueryAsync(
                $"SELECT relname::text COLLATE \"C\" FROM pg_class WHERE relnamespace = '{schema}'::regnamespace "
                + "AND relkind = 'r' ORDER BY 1"));
        Assert.Equal(
            [name], (await database.FindAsync(new EmbeddingTableQuery([1, 0, 0], 10), Rows.Stop)).Select(row => row.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a.b.c")]
    [InlineData("\"a")]
    [InlineData("\"a\"b")]
    [InlineData("codeembed_models")]
    [InlineData("a.codeembed_models")]
    [InlineData("a\0")]
    [InlineData("ää1234567890123456789012345678901234567890123456789012345678901")]
    public void An_invalid_table_name_is_refused(string name)
    {
        EmbeddingOptionException e = Assert.Throws<EmbeddingOptionException>(() => TableName.Parse(name));

        Assert.Equal("Table", e.Option);
    }

    [Fact]
    public async Task The_table_of_models_describes_the_model_of_the_rows()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);
        EmbeddingRow[] rows = [Rows.Of("1")];

        foreach (string model in (string[])["""{"model":"old"}""", """{"model":"x","path":"C:\\é"}"""])
            await database.WriteAsync(Rows.Header(rows, model), _ => rows.ToAsyncEnumerable(), Rows.Stop);

        Assert.Equal(
            ["""0123456789abcdef|{"model":"x","path":"C:\\é"}"""],
            await server.QueryAsync($"SELECT fingerprint, model::text FROM {schema}.codeembed_models"));
        EmbeddingTableContent content = await database.DescribeAsync(Rows.Stop);
        Assert.Equal("""{"model":"x","path":"C:\\é"}""", content.Model);
        Assert.Equal("1", content.First!.Id);
    }

    [Fact]
    public async Task An_unsuitable_table_is_refused_with_the_reason()
    {
        string schema = await server.CreateSchemaAsync();
        await server.ExecuteAsync($"CREATE TABLE {schema}.other (id int PRIMARY KEY, mine text NOT NULL)");
        using (PostgresDatabase right = Open(schema))
            await right.WriteAsync([Rows.Of("1")]);

        await server.ExecuteAsync($"CREATE TABLE {schema}.keyless AS SELECT * FROM {schema}.snippets");
        await server.ExecuteAsync($"CREATE VIEW {schema}.seen AS SELECT * FROM {schema}.snippets");

        string columns = await RefusedAsync("other");
        Assert.Contains("'id' has the type int4 and must have text", columns, StringComparison.Ordinal);
        Assert.Contains("'vector' is missing", columns, StringComparison.Ordinal);
        Assert.Contains("'mine' must have a value", columns, StringComparison.Ordinal);
        Assert.Contains("no primary key or unique index", await RefusedAsync("keyless"), StringComparison.Ordinal);
        Assert.Contains("it is not a table", await RefusedAsync("seen"), StringComparison.Ordinal);
        Assert.Contains("the table does not exist", await RefusedAsync("missing"), StringComparison.Ordinal);
        await server.ExecuteAsync($"DROP TABLE {schema}.codeembed_models");
        Assert.Contains("'codeembed_models' next to it", await RefusedAsync("snippets"), StringComparison.Ordinal);

        async Task<string> RefusedAsync(string table)
        {
            using PostgresDatabase database = Open(schema, table, create: false);
            StoreException e = await Assert.ThrowsAsync<StoreException>(
                async () => await database.RequireReadyAsync(null, Rows.Stop));
            Assert.Equal("StoreWriteError", e.ErrorId);
            return e.Message;
        }
    }

    [Theory]
    [InlineData("id")]
    [InlineData("language")]
    [InlineData("vector")]
    [InlineData("normalized")]
    [InlineData("token_count")]
    [InlineData("fingerprint")]
    public async Task A_missing_value_in_a_foreign_table_is_named(string column)
    {
        string schema = await server.CreateSchemaAsync();
        using (PostgresDatabase right = Open(schema))
            await right.WriteAsync([Rows.Of("1")]);

        await server.ExecuteAsync(
            $"CREATE TABLE {schema}.other AS SELECT * FROM {schema}.snippets; UPDATE {schema}.other SET {column} = NULL");
        using PostgresDatabase database = Open(schema, "other");

        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await database.DescribeAsync(Rows.Stop));

        Assert.EndsWith($"'{column}' is NULL in one of its rows, and must have a value.", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_name")]
    [InlineData("fingerprint")]
    public async Task A_missing_model_in_a_foreign_table_is_named_before_a_write(string column)
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);
        await database.WriteAsync([Rows.Of("1")]);
        await server.ExecuteAsync(
            $"ALTER TABLE {schema}.snippets ALTER {column} DROP NOT NULL; UPDATE {schema}.snippets SET {column} = NULL");

        StoreException e = await Assert.ThrowsAsync<StoreException>(
            async () => await database.RequireReadyAsync(Model(Rows.Fingerprint, 3), Rows.Stop));

        Assert.Contains($"'{column}' is NULL", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_with_another_model_or_length_are_refused_before_and_after()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);
        await database.WriteAsync([Rows.Of("1")]);
        EmbeddingRow other = Rows.Of("2") with { Fingerprint = "fedcba9876543210" };

        StoreException early = await Assert.ThrowsAsync<StoreException>(
            async () => await database.RequireReadyAsync(Model("fedcba9876543210", 3), Rows.Stop));
        StoreException late = await Assert.ThrowsAsync<StoreException>(async () => await database.WriteAsync([other]));
        StoreException shorter = await Assert.ThrowsAsync<StoreException>(
            async () => await database.RequireReadyAsync(Model(Rows.Fingerprint, 2), Rows.Stop));
        await database.RequireReadyAsync(Model(Rows.Fingerprint, 3), Rows.Stop);

        Assert.Contains("'tiny' with the fingerprint 0123456789abcdef", early.Message, StringComparison.Ordinal);
        Assert.Contains("'new' with the fingerprint fedcba9876543210", early.Message, StringComparison.Ordinal);
        Assert.Contains("fedcba9876543210", late.Message, StringComparison.Ordinal);
        Assert.Contains("it has no rows of this run", late.Message, StringComparison.Ordinal);
        Assert.Contains("its vectors have 3 numbers, and those of this run have 2", shorter.Message, StringComparison.Ordinal);
        Assert.Equal(["1"], await server.QueryAsync($"SELECT id FROM {schema}.snippets"));
    }

    [Fact]
    public async Task The_only_source_may_be_written_again_by_another_model()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema, source: "a");
        await database.WriteAsync([Rows.Of("1"), Rows.Of("2")]);

        await database.WriteAsync([Rows.Of("1") with { Fingerprint = "fedcba9876543210" }]);
        using PostgresDatabase other = Open(schema, source: "b");
        StoreException e = await Assert.ThrowsAsync<StoreException>(async () => await other.WriteAsync([Rows.Of("1")]));

        Assert.Contains("cannot be compared", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1|fedcba9876543210"], await server.QueryAsync($"SELECT id, fingerprint FROM {schema}.snippets"));
    }

    [Fact]
    public async Task Vectors_that_are_too_long_for_a_table_or_an_index_are_refused()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase table = Open(schema), index = Open(schema, createIndex: true);

        StoreException tooLong = await Assert.ThrowsAsync<StoreException>(
            async () => await table.RequireReadyAsync(Model(Rows.Fingerprint, 16_001), Rows.Stop));
        StoreException notIndexed = await Assert.ThrowsAsync<StoreException>(
            async () => await index.RequireReadyAsync(Model(Rows.Fingerprint, 2_001), Rows.Stop));
        await index.RequireReadyAsync(Model(Rows.Fingerprint, 2_000), Rows.Stop);
        await table.WriteAsync([Rows.Of("1", new float[16_000])]);

        Assert.Equal(StoreProblem.TooLong, tooLong.Problem);
        Assert.Equal(StoreProblem.TooLongForIndex, notIndexed.Problem);
    }

    [Fact]
    public async Task An_index_is_created_once_on_request()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema, createIndex: true);

        await database.WriteAsync([Rows.Of("1")]);
        await database.WriteAsync([Rows.Of("2")]);

        Assert.Equal(
            "USING hnsw (vector vector_cosine_ops)",
            Assert.Single(await server.QueryAsync(
                $"SELECT substring(indexdef FROM 'USING .*') FROM pg_indexes WHERE schemaname = '{schema}' "
                + "AND tablename = 'snippets' AND indexdef NOT LIKE '%UNIQUE%'")));
    }

    [Fact]
    public async Task None_of_many_rows_is_in_the_table_if_one_cannot_be_read()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);
        int reads = 0;

        IOException e = await Assert.ThrowsAsync<IOException>(async () => await database.WriteAsync(
            new EmbeddingStoreHeader(3, Rows.Fingerprint, null), _ => Read(), Rows.Stop));

        Assert.Equal("the disk", e.Message);
        Assert.Equal(1, reads);
        Assert.Equal(
            ["NULL"], await server.QueryAsync($"SELECT to_regclass('{schema}.snippets')::text"));

        async IAsyncEnumerable<EmbeddingRow> Read()
        {
            reads++;
            for (int i = 0; i < 5000; i++)
                yield return Rows.Of($"{i}");

            await Task.Yield();
            throw new IOException("the disk");
        }
    }

    [Fact]
    public async Task Rows_of_many_blocks_are_all_in_the_table()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema);
        EmbeddingRow[] rows = [.. Enumerable.Range(0, 3000).Select(
            i => Rows.Of($"{i:00000}", i, 1) with { Content = new string('x', i) })];

        await database.WriteAsync(rows);

        Assert.Equal(
            ["3000|4498500|3000"],
            await server.QueryAsync(
                "SELECT count(*), sum(length(content)), count(*) FILTER (WHERE vector::text = '[' || id::int || ',1]') "
                + $"FROM {schema}.snippets"));
    }

    private PostgresDatabase Open(
        string schema, string table = "snippets", string? source = null, bool create = true, bool createIndex = false) =>
        new(new EmbeddingTableOptions
        {
            ConnectionString = server.ConnectionString,
            Table = $"{schema}.{table}",
            Source = source,
            CreateTable = create,
            CreateIndex = createIndex,
        });

    private static EmbeddingModel Model(string fingerprint, int dimensions) => new()
    {
        Name = "new",
        Fingerprint = fingerprint,
        Dimensions = dimensions,
        MaxLength = 512,
        Device = EmbeddingDevice.Cpu,
        DeviceReason = string.Empty,
        Precision = EmbeddingPrecision.Float32,
    };
}
