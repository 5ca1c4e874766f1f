using System.Management.Automation;
using CodeEmbed.Databases;
using CodeEmbed.Jsonl;
using CodeEmbed.Postgres;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>A search in a table finds the same as a search in a file, and filters with PowerShell's patterns.</summary>
[Collection(PostgresTests.Name)]
public sealed class DatabaseSearchTests(PostgresServer server)
{
    private static readonly string[] Names =
    [
        "a", "A", "ab", "abc", "a.c", "a+c", "a|b", "(a)", "[a]", "a-b", "^a", "a$", "a\\b", "a\nb", "", "é", "]", "b", "c", "-",
        "*", "?", "a*c", "lib/x.py", "lib/y/Z.PY", "x_1", "{2}", "aa{2}",
    ];

    [Theory]
    [InlineData(false, null, null)]
    [InlineData(true, null, null)]
    [InlineData(false, "p*", null)]
    [InlineData(true, "[q-z]*", "*/1?.*")]
    public async Task It_finds_the_same_as_in_a_file(bool isIndexed, string? language, string? file)
    {
        string schema = await server.CreateSchemaAsync();
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        CodeEmbedding[] embeddings = [.. Enumerable.Range(0, 400).Select(i => Sample.Embedding(
            new CodeSnippet
            {
                Id = $"{i:000}",
                Language = i % 3 == 0 ? "python" : i % 3 == 1 ? "rust" : "go",
                FilePath = $"src/{i % 40}.txt",
                Content = "x = 1",
            },
            [.. Enumerable.Range(0, 16).Select(_ => (float)((random.NextDouble() * 2) - 1))]))];
        string index = folder.File("index.jsonl");
        using PostgresDatabase database = Open(schema, isIndexed);
        foreach (JsonlWriterOptions options in (JsonlWriterOptions[])[new(), new() { Database = database }])
        {
            await using var writer = new JsonlEmbeddingWriter(
                options.Database is null ? index : folder.File("table"), options, Rows.Stop);
            writer.Begin(new Runs.EmbeddingRun());
            await writer.WriteAsync(embeddings, Rows.Stop);
            await writer.CompleteAsync(Rows.Stop);
        }

        string[] languages = language is null ? [] : [language], files = file is null ? [] : [file];
        var search = new DatabaseSearch(database);
        await search.DescribeAsync(Rows.Stop);
        foreach (CodeEmbedding question in embeddings.Take(20))
        {
            var wanted = new SearchOptions
            {
                Top = 15,
                MinimumScore = 0.1,
                Filter = (itsLanguage, path) => Matches(language, itsLanguage) && Matches(file, path),
            };
            IReadOnlyList<CodeMatch> expected = await new VectorSearch([new JsonlVectorSource(index)])
                .FindAsync(question, wanted, cancellationToken: Rows.Stop);
            IReadOnlyList<CodeMatch> found = await search.FindAsync(
                question, wanted, languages, files, Rows.Stop);

            Assert.NotEmpty(expected);
            Assert.Equal(expected.Select(match => (match.Id, match.Score)), found.Select(match => (match.Id, match.Score)));
            Assert.All(found, match => Assert.Equal(database.Name, match.Index));
        }
    }

    [Fact]
    public async Task More_rows_than_an_index_returns_at_once_are_found()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema, isIndexed: true);
        await database.WriteAsync([.. Enumerable.Range(0, 1500).Select(i => Rows.Of($"{i:0000}", 1, i))]);

        Assert.Equal(1500, (await database.FindAsync(new EmbeddingTableQuery([1, 0], 1600), Rows.Stop)).Count);
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => $"{i:0000}"),
            (await database.FindAsync(new EmbeddingTableQuery([1, 0], 500), Rows.Stop)).Select(row => row.Id));
    }

    [Fact]
    public async Task An_index_of_lists_hides_no_rows()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema, isIndexed: false);
        await database.WriteAsync([.. Enumerable.Range(0, 4000).Select(i => Rows.Of($"{i:0000}", 1, i))]);
        await server.ExecuteAsync(
            $"CREATE INDEX ON {schema}.snippets USING ivfflat (vector vector_cosine_ops) WITH (lists = 400)");
        await server.ExecuteAsync($"ANALYZE {schema}.snippets");

        // A plain query uses the index, whose probed list does not have enough rows.
        Assert.NotEqual(["40"], await server.QueryAsync(
            $"SELECT count(*) FROM (SELECT id FROM {schema}.snippets ORDER BY vector <=> '[1,0]' LIMIT 40) t"));
        Assert.Equal(
            Enumerable.Range(0, 40).Select(i => $"{i:0000}"),
            (await database.FindAsync(new EmbeddingTableQuery([1, 0], 40), Rows.Stop)).Select(row => row.Id));
    }

    [Fact]
    public async Task A_row_whose_properties_are_not_an_object_is_an_error_of_the_index()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema, isIndexed: false);
        await database.WriteAsync([Rows.Of("1")]);
        await server.ExecuteAsync($"UPDATE {schema}.snippets SET properties = '[1]'");

        IndexException e = await Assert.ThrowsAsync<IndexException>(
            async () => await new DatabaseSearch(database).DescribeAsync(Rows.Stop));

        Assert.Contains("the value in 'properties' is not a JSON object", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a*")]
    [InlineData("*b")]
    [InlineData("?")]
    [InlineData("a?c")]
    [InlineData("[a-c]")]
    [InlineData("[ac]b*")]
    [InlineData("[^a]")]
    [InlineData("[-a]")]
    [InlineData("[]]")]
    [InlineData("a`*c")]
    [InlineData("`[a`]")]
    [InlineData("a.c")]
    [InlineData("a+c")]
    [InlineData("a|b")]
    [InlineData("(a)")]
    [InlineData("^a")]
    [InlineData("a$")]
    [InlineData("a\\b")]
    [InlineData("lib/*.py")]
    [InlineData("a{2}")]
    [InlineData("x_*")]
    [InlineData("*")]
    public async Task A_pattern_matches_the_same_as_in_PowerShell(string pattern)
    {
        server.Require();
        string[] expected = [.. Names.Where(name => Matches(pattern, name)).Order(StringComparer.Ordinal)];
        string regex = WildcardRegex.Of([pattern])!.Replace("'", "''", StringComparison.Ordinal);
        string names = string.Join(", ", Names.Select(name => $"('{name}')"));

        string[] found = await server.QueryAsync($"SELECT n FROM (VALUES {names}) AS v(n) WHERE n ~* '{regex}'");

        Assert.Equal(expected, found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_empty_table_has_nothing_to_find()
    {
        string schema = await server.CreateSchemaAsync();
        using PostgresDatabase database = Open(schema, isIndexed: false);
        await database.WriteAsync([Rows.Of("1")]);
        await server.ExecuteAsync($"DELETE FROM {schema}.snippets");
        var search = new DatabaseSearch(database);

        await search.DescribeAsync(Rows.Stop);

        Assert.Null(search.Origin);
    }

    private static bool Matches(string? pattern, string text) =>
        pattern is null || WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text);

    private PostgresDatabase Open(string schema, bool isIndexed) => new(new EmbeddingTableOptions
    {
        ConnectionString = server.ConnectionString,
        Table = $"{schema}.snippets",
        CreateTable = true,
        CreateIndex = isIndexed,
    });
}
