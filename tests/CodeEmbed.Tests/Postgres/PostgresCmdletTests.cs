using System.Diagnostics;
using System.Management.Automation;
using System.Security;
using CodeEmbed.Tests.Staged;
using Npgsql;
using Xunit;

namespace CodeEmbed.Tests.Postgres;

/// <summary>The cmdlets with a table, as users call them.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresCmdletTests : IDisposable
{
    private const string Secret = "s3cr3t;-=Word";

    private const string Embed = "Import-CodeSnippet $Sample | ConvertTo-CodeEmbedding -Model codeembed-mini";

    private const string ToTable = "Export-CodeEmbedding -ConnectionString $To -Table $Table -CreateTable";

    private const string One = "'x' | ConvertTo-CodeEmbedding -Model codeembed-mini | ";

    private const string ToThere = "Export-CodeEmbedding -ConnectionString $There -Table $Table -CreateTable";

    private readonly PostgresServer _server;
    private readonly TemporaryFolder _folder = new();
    private readonly ModuleSession _session;

    public PostgresCmdletTests(PostgresServer server)
    {
        _server = server;
        _session = new ModuleSession(_folder.Path);
    }

    public void Dispose()
    {
        _session.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_search_finds_the_same_in_a_table_as_in_a_file()
    {
        string schema = await _server.CreateSchemaAsync();
        const string find = "'read all lines of a file', 'sort numbers' | Find-CodeSnippet -Top 7 -Language p*, go ";

        SessionResult written = Run($"{Embed} | Export-CodeEmbedding index.jsonl; {Embed} | {ToTable} -Verbose", schema);
        SessionResult file = Run(find + "-Path index.jsonl", schema);
        SessionResult table = Run(find + "-ConnectionString $To -Table $Table", schema);

        Succeeded(written);
        Succeeded(table);
        Assert.Contains("Rows of the table that are new or changed: 44; deleted: 0.", written.Verbose);
        Assert.Equal(14, file.Output.Count);
        Assert.Equal(file.Output.Select(Describe), table.Output.Select(Describe));
        Assert.All(
            table.Output, match => Assert.Contains("snippets", ((CodeMatch)match.BaseObject).Index, StringComparison.Ordinal));
        Assert.Equal(
            ["index.jsonl", "index.jsonl.model.json"],
            Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)!).Order());

        static string Describe(PSObject found)
        {
            var match = (CodeMatch)found.BaseObject;
            return $"{match.Query}|{match.Score:R}|{match.Id}|{match.Snippet.Content}|{match.StartLine}|{match.Name}";
        }
    }

    [Fact]
    public async Task A_run_without_embeddings_that_deletes_the_rows_of_its_source_warns()
    {
        string schema = await _server.CreateSchemaAsync();
        Succeeded(Run($"'x = 1' | ConvertTo-CodeEmbedding -Model codeembed-mini | {ToTable} -Source app", schema));

        SessionResult emptied = Run($"@() | {ToTable} -Source app", schema);
        SessionResult again = Run($"@() | {ToTable} -Source app", schema);

        Assert.Equal(
            "No embeddings came, so the rows of the source were deleted from the table: 1.", Assert.Single(emptied.Warnings));
        Assert.Empty(again.Warnings);
    }

    [Fact]
    public async Task A_filter_that_leaves_out_every_row_is_a_warning()
    {
        string schema = await _server.CreateSchemaAsync();
        const string find = "Find-CodeSnippet 'x' -ConnectionString $To -Table $Table ";
        Succeeded(Run(
            "@{ id = 1; file_path = 'a.py'; language = 'python'; content = 'x = 1' }, "
            + "@{ id = 2; file_path = 'b.cs'; language = 'c#'; content = 'x = 1' } | ForEach-Object { [pscustomobject]$_ } | "
            + $"ConvertTo-CodeEmbedding -Model codeembed-mini | {ToTable}",
            schema));

        SessionResult language = Run(find + "-Language cobol", schema);
        SessionResult file = Run(find + "-Include nothere/*", schema);
        SessionResult both = Run(find + "-Language c* -Include *.py", schema);
        SessionResult otherName = Run(find + "-Language csharp", schema);

        Assert.EndsWith("; it has c#, python.", Assert.Single(language.Warnings), StringComparison.Ordinal);
        Assert.StartsWith("-Language cobol matches no snippet in '", language.Warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("-Include nothere/* matches no file path in '", Assert.Single(file.Warnings), StringComparison.Ordinal);
        Assert.StartsWith(
            "-Language c* and -Include *.py together match no snippet in '",
            Assert.Single(both.Warnings),
            StringComparison.Ordinal);
        Assert.Equal("2", ((CodeMatch)Assert.Single(otherName.Output).BaseObject).Id);
        Assert.Empty(otherName.Warnings);
    }

    [Fact]
    public async Task A_run_that_loses_the_server_at_the_end_is_resumed_without_embedding_again()
    {
        string schema = await _server.CreateSchemaAsync();
        await using var proxy = new CuttingProxy(_server.Port);
        proxy.CutsBefore = (number, _, _) => number > 2;
        (string, object?)[] there = [("There", _server.WithPort(proxy.Port))];

        SessionResult failed = Run($"{Embed} | {ToThere} -Source app", schema, there);

        Assert.Equal("StoreWriteError", failed.TerminatingId);
        Assert.Contains("it has no rows of this run", failed.TerminatingMessage, StringComparison.Ordinal);
        Assert.Contains(".app.postgres.partial'. The same", failed.TerminatingMessage, StringComparison.Ordinal);
        Assert.Equal(["NULL"], await _server.QueryAsync($"SELECT to_regclass('{schema}.snippets')::text"));

        SessionResult refused = Run($"{Embed} | {ToThere} -Source app", schema, there);
        Assert.Equal("FileWriteError", refused.TerminatingId);

        proxy.CutsBefore = (_, _, _) => false;
        SessionResult other = Run($"{Embed} | {ToTable} -Source app -Resume", schema);
        SessionResult resumed = Run($"{Embed} | {ToThere} -Source app -Resume -Verbose", schema, there);

        // It could be another server.
        Assert.Contains("table was", other.TerminatingMessage, StringComparison.Ordinal);
        Succeeded(resumed);
        Assert.Equal(
            ["44|app"], await _server.QueryAsync($"SELECT count(*), min(source) FROM {schema}.snippets"));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_killed_run_leaves_nothing_in_the_table_and_is_resumed()
    {
        string schema = await _server.CreateSchemaAsync();
        string partial = _folder.File($"{schema}.snippets.postgres.partial");
        string table = $"-ConnectionString '{_server.ConnectionString}' -Table {schema}.snippets -CreateTable";
        string input = $"Import-CodeSnippet '{Repository.SampleInput}'";
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Repository.HostAssembly,
                $"Set-Location '{_folder.Path}'; {input} | ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 1 | "
                + $"Export-CodeEmbedding {table} -PassThru | ForEach-Object {{ Start-Sleep -Milliseconds 200 }}",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using (Process process = Process.Start(start)!)
        {
            // Its pipes are not read, because it writes almost nothing.
            long begun = Stopwatch.GetTimestamp();
            while (!(File.Exists(partial) && new FileInfo(partial).Length > 0) && !process.HasExited)
            {
                Assert.True(Stopwatch.GetElapsedTime(begun) < HangLimit.Value);
                await Task.Delay(50, Rows.Stop);
            }

            await Task.Delay(500, Rows.Stop);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(Rows.Stop);
        }

        Assert.Equal(["NULL"], await _server.QueryAsync($"SELECT to_regclass('{schema}.snippets')::text"));
        Assert.True(new FileInfo(partial).Length > 0);

        SessionResult resumed = _session.Run(
            $"{input} | ConvertTo-CodeEmbedding -Model codeembed-mini -BatchSize 1 | Export-CodeEmbedding {table} -Resume");

        Succeeded(resumed);
        Assert.Equal(["44"], await _server.QueryAsync($"SELECT count(*) FROM {schema}.snippets"));
        Assert.False(File.Exists(partial));
    }

    [Fact]
    public async Task The_last_row_with_a_duplicate_id_counts_with_a_warning()
    {
        string schema = await _server.CreateSchemaAsync();

        SessionResult result = Run(
            $"'x = 1', 'x = 2', 'x = 3' | ConvertTo-CodeEmbedding -Model codeembed-mini | ForEach-Object {{ $_ }} | {ToTable}; "
            + "[pscustomobject]@{ id = '1'; file_path = 'a'; language = ''; content = 'y' } | "
            + "ForEach-Object { $_; $_.content = 'z'; $_ } | ConvertTo-CodeEmbedding -Model codeembed-mini | " + ToTable,
            schema);

        Succeeded(result);
        Assert.StartsWith(
            "1 of the embeddings have the id of a later one.", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Append")]
    [InlineData("-NoClobber")]
    [InlineData("-AllowMixed")]
    [InlineData("-VectorEncoding Base64")]
    [InlineData("-Path x.jsonl")]
    public void Parameters_for_files_cannot_be_combined_with_a_table(string parameter)
    {
        SessionResult result = _session.Run(
            $"'x' | Export-CodeEmbedding -ConnectionString 'Host=127.0.0.1;Port=1' -Table t {parameter}");

        Assert.Equal("AmbiguousParameterSet", result.TerminatingId);
    }

    [Fact]
    public void With_WhatIf_no_server_is_contacted()
    {
        SessionResult result = _session.Run(
            "'x' | ConvertTo-CodeEmbedding -Model codeembed-mini | "
            + "Export-CodeEmbedding -ConnectionString 'Host=127.0.0.1;Port=1' -Table t -WhatIf");

        Succeeded(result);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_missing_table_can_be_created()
    {
        _server.Require();

        SessionResult result = Run("Find-CodeSnippet x -ConnectionString $To -Table no_such", "public");
        SessionResult export = Run(
            "'x' | ConvertTo-CodeEmbedding -Model codeembed-mini | Export-CodeEmbedding -ConnectionString $To -Table no_such",
            "public");

        Assert.Equal("StoreReadError", result.TerminatingId);
        Assert.Equal("StoreWriteError", export.TerminatingId);
        Assert.EndsWith("the table does not exist. -CreateTable makes it.", export.TerminatingMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Find-CodeSnippet x -ConnectionString $Bad -Table t")]
    [InlineData("Find-CodeSnippet x -ConnectionString $Broken -Table t")]
    [InlineData("Find-CodeSnippet x -ConnectionString $Unanswered -Table t")]
    [InlineData("Find-CodeSnippet x -ConnectionString 'Host=127.0.0.1;Port=1' -Table t -Credential $Credential")]
    [InlineData(One + "Export-CodeEmbedding -ConnectionString $Unanswered -Table t")]
    [InlineData(One + "Export-CodeEmbedding -ConnectionString $Broken -Table t")]
    [InlineData(One + "Export-CodeEmbedding -ConnectionString $To -Table t.t -Credential $Credential -Verbose")]
    public void No_password_is_shown(string script)
    {
        _server.Require();
        using var password = new SecureString();
        foreach (char character in Secret)
            password.AppendChar(character);

        var unanswered = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = 1, Password = Secret };
        SessionResult result = Run(
            $"$VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; {script}",
            "public",
            ("Bad", $"Host=127.0.0.1;Port=1;Passwort=\"{Secret}\""),
            ("Broken", $"Host=127.0.0.1;Port=1;Password={Secret}"),
            ("Unanswered", unanswered.ConnectionString),
            ("Credential", new PSCredential("postgres", password)));

        Assert.StartsWith("Store", result.TerminatingId, StringComparison.Ordinal);
        string[] shown =
        [
            .. result.Verbose, .. result.Warnings, .. result.Information.Select(record => $"{record.MessageData}"),
            result.TerminatingMessage!, $"{result.Terminating}", $"{result.Terminating!.Exception}",
            $"{result.Terminating.TargetObject}", result.Terminating.ErrorDetails.RecommendedAction,
            .. result.Errors.Select(error => $"{error} {error.Exception}"),
        ];
        Assert.All(shown, text => Assert.DoesNotContain("s3cr3t", text, StringComparison.OrdinalIgnoreCase));
        Assert.All(shown, text => Assert.DoesNotContain("-=Word", text, StringComparison.OrdinalIgnoreCase));
    }

    private static void Succeeded(SessionResult result) => Assert.True(
        result.Terminating is null && result.Errors is [], $"{result.TerminatingMessage}{string.Join("; ", result.Errors)}");

    private SessionResult Run(string script, string schema, params (string Name, object? Value)[] variables) => _session.Run(
        script,
        [
            ("Sample", Repository.SampleInput), ("To", _server.ConnectionString), ("Table", $"{schema}.snippets"), .. variables,
        ]);
}
