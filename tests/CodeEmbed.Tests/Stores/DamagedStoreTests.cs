using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Runs;
using CodeEmbed.Search;
using CodeEmbed.Stores;
using CodeEmbed.Tests.Core;
using DuckDB.NET.Data;
using Xunit;

namespace CodeEmbed.Tests.Stores;

/// <summary>Files from other programs and damaged files: the error says so, and names the row.</summary>
public sealed class DamagedStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Formats => StoreFiles.Formats;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("x.db", "it is not an SQLite database")]
    [InlineData("x.parquet", "it is not a Parquet file")]
    [InlineData("x.safetensors", "it is not a safetensors file")]
    public async Task A_file_of_another_kind_is_reported(string name, string problem)
    {
        string file = _folder.WriteLines(name, Enumerable.Repeat(Sample.Line("1"), 40).ToArray());

        Assert.Contains(problem, await StoreFiles.ReadErrorAsync(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.db", "there is no 'format' in the table 'codeembed'")]
    [InlineData("x.parquet", "it is not a Parquet file")]
    [InlineData("x.safetensors", "it is not a safetensors file")]
    public async Task An_empty_file_is_an_error(string name, string problem)
    {
        string file = _folder.WriteLines(name);

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.Contains(name == "x.db" ? "the database has no table 'codeembed'" : problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_from_another_program_is_refused()
    {
        string file = _folder.File("other.db");
        await PythonAsync(file, "create table notes (text)");

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.Contains(
            "it does not hold embeddings that this program wrote: the database has no table 'codeembed'",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Parquet_file_from_another_program_is_refused()
    {
        string file = _folder.File("other.parquet");
        using var database = new DuckDBConnection("DataSource=:memory:");
        await database.OpenAsync(Token);
        using var command = database.CreateCommand();
        command.CommandText = $"copy (select 1 as x) to '{file}' (format parquet)";
        command.ExecuteNonQuery();

        Assert.Contains(
            "it does not hold embeddings that this program wrote",
            await StoreFiles.ReadErrorAsync(file),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "there is no 'format'")]
    [InlineData("""{"__metadata__":{"codeembed.format":"2"}}""", 0, "a later version of this program wrote it")]
    [InlineData("""{"__metadata__":{"codeembed.format":"1","codeembed.dimensions":"1"}}""", 0, "it has no tensor 'vectors'")]
    [InlineData("""[]""", 0, "its header is not a JSON object")]
    [InlineData("""{"__metadata__":""", 0, "its header is not a JSON object")]
    public async Task A_safetensors_file_from_another_program_is_refused(string header, int length, string problem)
    {
        string file = _folder.File("other.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = [.. BitConverter.GetBytes((long)text.Length), .. text, .. new byte[length]];
        await File.WriteAllBytesAsync(file, bytes, Token);

        Assert.Contains(problem, await StoreFiles.ReadErrorAsync(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(99_000_000)]
    public async Task A_header_with_a_huge_claimed_size_costs_no_memory(long length)
    {
        string file = _folder.File("huge.safetensors");
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        await File.WriteAllBytesAsync(file, bytes, Token);
        long before = GC.GetAllocatedBytesForCurrentThread();

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.Contains("safetensors file", error, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_cut_at_any_position_is_an_error(string name)
    {
        string whole = await StoreFiles.WriteAsync(_folder.File(name), StoreFiles.Many(60, dimensions: 5, contentLength: 300));
        byte[] bytes = await File.ReadAllBytesAsync(whole, Token);
        string cut = _folder.File("cut-" + name);
        for (int i = 0; i < 100; i++)
        {
            int length = i < 20 ? bytes.Length - 1 - i : (int)(bytes.Length * (long)(i - 20) / 80);
            await File.WriteAllBytesAsync(cut, bytes.AsMemory(0, length), Token);

            string error = await StoreFiles.ReadErrorAsync(cut);

            Assert.StartsWith(cut + ":", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_file_with_any_change_is_read_or_an_error(string name)
    {
        string whole = await StoreFiles.WriteAsync(_folder.File(name), StoreFiles.Many(60, dimensions: 5, contentLength: 300));
        byte[] bytes = await File.ReadAllBytesAsync(whole, Token);
        string changed = _folder.File("changed-" + name);
        var random = new Random(name.Length);
        for (int i = 0; i < 400; i++)
        {
            byte[] copy = [.. bytes];

            // Half of the changes are where the file describes its content.
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int edge = Math.Min(1_500, copy.Length);
                int at = random.Next(2) == 0 ? random.Next(copy.Length)
                    : name.EndsWith(".parquet", StringComparison.Ordinal) ? copy.Length - 1 - random.Next(edge)
                    : random.Next(edge);
                copy[at] = (byte)random.Next(256);
            }

            await File.WriteAllBytesAsync(changed, copy, Token);
            try
            {
                await foreach (Outcome<CodeEmbedding> _ in
                    new JsonlEmbeddingReader(changed) { Store = new EmbeddingStore() }.ReadAsync(Token))
                {
                    // A change in a text or a number produces a valid value.
                }
            }
            catch (CodeEmbedException e)
            {
                Assert.StartsWith(changed + ":", e.Message, StringComparison.Ordinal);
            }
            catch (IOException)
            {
                // For some damage, SQLite only reports that it cannot continue.
            }
        }
    }

    [Theory]
    [InlineData("update embeddings set vector = x'00' where id = 'id-2'", 3, "has 1 bytes, and the file's vectors have 5")]
    [InlineData("update embeddings set vector = 'abcdefghijklmnopqrst' where id = 'id-2'", 3, "does not hold a blob")]
    [InlineData("update embeddings set vector = x'0000c07f' || zeroblob(16) where id = 'id-2'", 3, "does not hold a blob")]
    [InlineData("update embeddings set vector = cast(x'0000c07f' || zeroblob(16) as blob) where id = 'id-2'", 3, "is not finite")]
    [InlineData("update embeddings set token_count = -1 where id = 'id-2'", 3, "'token_count' is out of range")]
    [InlineData("update embeddings set token_count = 'x' where id = 'id-2'", 3, "'token_count' does not hold an integer")]
    [InlineData("update embeddings set metadata = '{' where id = 'id-2'", 3, "'metadata' is not JSON")]
    [InlineData("update embeddings set metadata = '{}, \"id\": \"x\"' where id = 'id-2'", 3, "'metadata' is not JSON")]
    [InlineData("update embeddings set properties = '[1]' where id = 'id-2'", 3, "'properties' is not a JSON object")]
    [InlineData("update embeddings set content = x'00' where id = 'id-2'", 3, "'content' does not hold a text")]
    [InlineData("alter table embeddings drop column model_name", 1, "its table 'embeddings' has no column 'model_name'")]
    [InlineData("drop table embeddings", 1, "the database has no table 'embeddings'")]
    [InlineData("delete from codeembed", 1, "there is no 'format' in the table 'codeembed'")]
    [InlineData("update codeembed set value = '9' where key = 'format'", 1, "a later version of this program wrote it")]
    public async Task An_invalid_row_in_SQLite_is_named(string change, int row, string problem)
    {
        string file = await StoreFiles.WriteAsync(_folder.File("index.db"), StoreFiles.Many(4, dimensions: 5));
        await PythonAsync(file, change);

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.StartsWith($"{file}:{row}: ", error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null::varchar as id", "", 3, "the column 'id' has no value in this row")]
    [InlineData("vector[1:4] as vector", "", 3, "has 4 numbers, and the file's vectors have 5 numbers")]
    [InlineData("[1, 2, null, 4, 5]::float[] as vector", "", 3, "has 0 numbers")]
    [InlineData("[1, 2, 'nan'::float, 4, 5]::float[] as vector", "", 3, "is not finite")]
    [InlineData("-1 as token_count", "", 3, "'token_count' is out of range")]
    [InlineData("'{' as metadata", "", 3, "'metadata' is not JSON")]
    [InlineData("vector", "vector::double[] as vector", 1, "its column 'vector' does not hold lists of float")]
    [InlineData("vector", "'x' as vector", 1, "its column 'vector' does not hold lists of float")]
    [InlineData("vector", "1 as fingerprint", 1, "its column 'fingerprint' holds Int32 and must hold texts")]
    public async Task An_invalid_row_in_Parquet_is_named(string third, string all, int row, string problem)
    {
        string file = await StoreFiles.WriteAsync(_folder.File("index.parquet"), StoreFiles.Many(4, dimensions: 5));
        string wrong = _folder.File("wrong.parquet");
        using var database = new DuckDBConnection("DataSource=:memory:");
        await database.OpenAsync(Token);
        using var command = database.CreateCommand();
        string replaced = third == "vector" ? all : third, name = replaced[(replaced.LastIndexOf(' ') + 1)..];
        string value = replaced[..replaced.LastIndexOf(" as ", StringComparison.Ordinal)];
        string column = third == "vector" ? value : $"case when id = 'id-2' then {value} else {name} end";
        command.CommandText =
            $"copy (select * replace ({column} as {name}) from '{file}') to '{wrong}' (format parquet, kv_metadata {{"
            + "\"codeembed.format\": '1', \"codeembed.dimensions\": '5'})";
        command.ExecuteNonQuery();

        string error = await StoreFiles.ReadErrorAsync(wrong);

        Assert.StartsWith($"{wrong}:{row}: ", error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vector_in_safetensors_that_is_not_finite_is_named()
    {
        string file = await StoreFiles.WriteAsync(_folder.File("index.safetensors"), StoreFiles.Many(4, dimensions: 5));
        byte[] bytes = await File.ReadAllBytesAsync(file, Token);

        // After the header there are 5 offsets.
        int start = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes) + (5 * sizeof(long));
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(start + (2 * 5 * sizeof(float))), float.NaN);
        await File.WriteAllBytesAsync(file, bytes, Token);

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.StartsWith($"{file}:3: ", error, StringComparison.Ordinal);
        Assert.Contains("is not finite", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_a_program_has_open_is_reported()
    {
        string file = await StoreFiles.WriteAsync(_folder.File("index.db"), StoreFiles.Many(4, dimensions: 5));
        await File.WriteAllTextAsync(file + "-wal", "changes", Token);

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.Contains("a program has it open, or did not close it", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_view_instead_of_the_table_is_not_run()
    {
        string file = await StoreFiles.WriteAsync(_folder.File("index.db"), StoreFiles.Many(4, dimensions: 5));
        await PythonAsync(file, "alter table embeddings rename to x; create view embeddings as select * from x");

        string error = await StoreFiles.ReadErrorAsync(file);

        Assert.Contains("the database has no table 'embeddings'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rows_before_a_damaged_one_are_searched_and_it_is_named()
    {
        string file = await StoreFiles.WriteAsync(_folder.File("index.db"), StoreFiles.Many(40, dimensions: 5));
        await PythonAsync(file, "UPDATE embeddings SET metadata = '{x' WHERE rowid = 31");
        long found = 0;
        var rejected = new List<RejectedRecord>();

        await foreach (VectorBlock block in new JsonlVectorSource(file) { Store = new EmbeddingStore() }.ReadAsync(Token))
        {
            found += block.Count;
            rejected.AddRange(block.Rejected);
        }

        Assert.Equal(30, found);
        Assert.Equal(31, Assert.Single(rejected).Source!.Line);
        Assert.Contains("The rows after it are not searched.", rejected[0].Reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Without_the_store_adapter_a_file_is_refused(string name)
    {
        string file = await StoreFiles.WriteAsync(_folder.File(name), StoreFiles.Many(4, dimensions: 5));

        var error = await Assert.ThrowsAsync<NotSupportedException>(
            async () => await new JsonlEmbeddingReader(file).ReadAsync(Token).GetAsyncEnumerator(Token).MoveNextAsync());
        Assert.Contains("Use CodeEmbed.Stores.", error.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => new JsonlEmbeddingWriter(file));
        Assert.Contains(
            "snippets are read from JSON Lines",
            Assert.Throws<NotSupportedException>(() => new JsonlSnippetReader(file).ReadAsync(Token)).Message,
            StringComparison.Ordinal);
    }

    private static async Task PythonAsync(string file, string statements)
    {
        JsonElement done = await StoreFiles.RunPythonAsync(
            "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2]); d.close(); print('0')",
            file,
            statements);
        Assert.Equal(0, done.GetInt32());
    }
}
