using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Xunit;

namespace CodeEmbed.Tests.Stores;

/// <summary>Other programs read the output, and files that they write from it are read.</summary>
public sealed class OtherProgramsTests : IDisposable
{
    private const int Count = 3_000, Dimensions = 24;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>A NumPy reader written from the format: https://github.com/huggingface/safetensors#format.</summary>
    [Fact]
    public async Task NumPy_reads_safetensors()
    {
        string file = await WriteAsync("index.safetensors");

        JsonElement read = await StoreFiles.RunPythonAsync(
            """
            import json, sys, numpy
            types = {'F32': '<f4', 'I64': '<i8', 'U8': 'u1'}
            data = open(sys.argv[1], 'rb').read()
            length = int.from_bytes(data[:8], 'little')
            header = json.loads(data[8:8 + length])
            metadata = header.pop('__metadata__')
            body = memoryview(data)[8 + length:]
            tensors, ends = {}, [0]
            for name, tensor in sorted(header.items(), key=lambda item: item[1]['data_offsets'][0]):
                start, end = tensor['data_offsets']
                assert start == ends[-1] and (8 + length) % 8 == 0, 'a hole, or not aligned'
                ends.append(end)
                tensors[name] = numpy.frombuffer(body[start:end], types[tensor['dtype']]).reshape(tensor['shape'])
            assert ends[-1] == len(body), 'something after the tensors'
            assert (8 + length + header['offsets']['data_offsets'][0]) % 8 == 0, 'offsets are not aligned'
            vectors, offsets, records = tensors['vectors'], tensors['offsets'], bytes(tensors['records'])
            rows = [json.loads(records[a:b]) for a, b in zip(offsets[:-1], offsets[1:])]
            assert rows == [json.loads(line) for line in records.decode().split('\n')[:-1]]
            print(json.dumps([metadata, list(vectors.shape), vectors[-1].tolist(), len(rows), rows[-1]]))
            """,
            file);

        Assert.Equal("1", read[0].GetProperty("codeembed.format").GetString());
        Assert.Equal("0123456789abcdef", read[0].GetProperty("codeembed.fingerprint").GetString());
        Assert.Equal([Count, Dimensions], read[1].EnumerateArray().Select(value => value.GetInt32()));
        Assert.Equal(LastVector(), read[2].EnumerateArray().Select(value => (float)value.GetDouble()));
        Assert.Equal(Count, read[3].GetInt32());
        Assert.Equal($"id-{Count - 1}", read[4].GetProperty("id").GetString());
        Assert.Equal(7, read[4].GetProperty("token_count").GetInt32());
    }

    [Theory]
    [InlineData("index.db")]
    [InlineData("index.sqlite")]
    public async Task Python_reads_SQLite(string name)
    {
        string file = await WriteAsync(name);

        JsonElement read = await StoreFiles.RunPythonAsync(
            """
            import json, sqlite3, struct, sys
            database = sqlite3.connect(sys.argv[1])
            one = lambda query: database.execute(query).fetchone()
            assert one('pragma integrity_check') == ('ok',)
            vector = one('select vector from embeddings order by rowid desc limit 1')[0]
            plan = [one(f"explain query plan select 1 from embeddings where {c} = 'x'")[3] for c in ('id', 'content_sha256')]
            print(json.dumps([
                one('select count(*), count(distinct id), sum(token_count) from embeddings'),
                struct.unpack(f'<{len(vector) // 4}f', vector),
                dict(database.execute('select key, value from codeembed')),
                plan, one('pragma application_id'),
                one("select id, typeof(normalized), windows from embeddings where content like 'x = 5 %'")]))
            """,
            file);

        Assert.Equal([Count, Count, 7 * Count], read[0].EnumerateArray().Select(value => value.GetInt32()));
        Assert.Equal(LastVector(), read[1].EnumerateArray().Select(value => (float)value.GetDouble()));
        Assert.Equal($"{Dimensions}", read[2].GetProperty("dimensions").GetString());
        Assert.All(read[3].EnumerateArray(), plan => Assert.Contains("USING", plan.GetString(), StringComparison.Ordinal));
        Assert.Equal(0x43456D62, read[4][0].GetInt32());
        Assert.Equal("[\"id-5\", \"integer\", null]", read[5].GetRawText());
    }

    [Fact]
    public async Task DuckDB_reads_Parquet()
    {
        string file = await WriteAsync("index.parquet", contentLength: 8_000);

        using var database = new DuckDBConnection("DataSource=:memory:");
        await database.OpenAsync(Token);
        Assert.Equal(
            $"{Count} {Count} {7 * Count} {Count} {Count / 3} 0",
            Ask(
                database,
                "select concat_ws(' ', count(*), count(distinct id), sum(token_count), sum(normalized::int), count(chunk_name), "
                + $"count(windows)) from '{file}'"));
        Assert.Equal(
            string.Join(' ', LastVector().Select(number => ((double)number).ToString("R", CultureInfo.InvariantCulture))),
            Ask(database, $"select array_to_string([x::double for x in vector], ' ') from '{file}' where id = 'id-{Count - 1}'"));
        Assert.Equal("FLOAT[]", Ask(database, $"select typeof(vector) from '{file}' limit 1"));
        Assert.Equal(
            $"id-0 id-{Count - 1}",
            Ask(
                database,
                "select concat_ws(' ', arg_min(id, file_row_number), arg_max(id, file_row_number)) "
                + $"from read_parquet('{file}', file_row_number = true)"));
        Assert.Equal(
            "0123456789abcdef",
            Ask(
                database,
                $"select decode(value) from parquet_kv_metadata('{file}') where decode(key) = 'codeembed.fingerprint'"));

        // Limited by bytes: no row group has all rows.
        long most = long.Parse(
            Ask(database, $"select max(row_group_num_rows) from parquet_metadata('{file}')"), CultureInfo.InvariantCulture);
        Assert.InRange(most, 1, Count - 1);
    }

    [Theory]
    [InlineData("compression snappy")]
    [InlineData("compression zstd")]
    [InlineData("compression gzip, row_group_size 2048")]
    [InlineData("compression uncompressed, row_group_size 2048")]
    public async Task A_Parquet_file_rewritten_by_DuckDB_is_read(string options)
    {
        string file = await WriteAsync("index.parquet"), other = _folder.File("other.parquet");
        using var database = new DuckDBConnection("DataSource=:memory:");
        await database.OpenAsync(Token);
        Ask(
            database,
            $"copy (select * from '{file}' where language = 'go') to '{other}' (format parquet, {options}, kv_metadata {{"
            + $"\"codeembed.format\": '1', \"codeembed.dimensions\": '{Dimensions}'}})");

        CodeEmbedding[] read = await StoreFiles.ReadAsync(other);

        CodeEmbedding[] expected = [.. StoreFiles.Many(Count, Dimensions).Where(embedding => embedding.Snippet.Language == "go")];
        Assert.Equal(expected.Select(embedding => embedding.Id), read.Select(embedding => embedding.Id));
        Assert.Equal(expected.Select(embedding => embedding.Vector), read.Select(embedding => embedding.Vector));
        Assert.Equal(
            expected.Select(embedding => embedding.Snippet.ChunkName), read.Select(embedding => embedding.Snippet.ChunkName));
    }

    [Fact]
    public async Task A_SQLite_database_changed_by_Python_is_read()
    {
        string file = await WriteAsync("index.db");
        await StoreFiles.RunPythonAsync(
            """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1])
            with database:
                database.execute("delete from embeddings where language <> 'go'")
            database.execute('vacuum')
            print('0')
            """,
            file);

        Assert.Equal(Count / 2, (await StoreFiles.ReadAsync(file)).Length);
        Assert.Equal([file], Directory.GetFiles(_folder.Path));
    }

    private static string Ask(DuckDBConnection database, string query)
    {
        using var command = database.CreateCommand();
        command.CommandText = query;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture)!;
    }

    private static float[] LastVector() => StoreFiles.Many(Count, Dimensions).Last().Vector;

    private Task<string> WriteAsync(string name, int contentLength = 20) =>
        StoreFiles.WriteAsync(_folder.File(name), StoreFiles.Many(Count, Dimensions, contentLength));
}
