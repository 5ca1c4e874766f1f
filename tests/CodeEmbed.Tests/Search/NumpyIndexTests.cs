using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CodeEmbed.Jsonl;
using CodeEmbed.Search;
using CodeEmbed.Tests.Core;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Search;

/// <summary>Vectors for NumPy with the records next to them: writing, reading, and refusing files that do not match.</summary>
[Collection(Alone.Name)]
public sealed class NumpyIndexTests : IDisposable
{
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Index => _folder.File("index.npy");

    private string Records => _folder.File("index.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Both_files_have_the_content_of_the_JSON_Lines()
    {
        CodeEmbedding[] embeddings = Embeddings(5);
        await WriteAsync(Index, embeddings);
        string lines = await File.ReadAllTextAsync(await Writing.FileAsync(_folder, embeddings), Token);

        byte[] file = await File.ReadAllBytesAsync(Index, Token);
        int length = 10 + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], file[..8]);
        Assert.Equal(0, length % 64);
        Assert.Equal(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 3), }", Encoding.ASCII.GetString(file[10..length]).TrimEnd());
        Assert.Equal((byte)'\n', file[length - 1]);
        Assert.Equal(
            embeddings.SelectMany(embedding => embedding.Vector), MemoryMarshal.Cast<byte, float>(file.AsSpan(length)).ToArray());
        Assert.Equal(
            System.Text.RegularExpressions.Regex.Replace(lines, "\"vector\":\\[[^]]*\\],", string.Empty),
            await File.ReadAllTextAsync(Records, Token));
        Assert.Equal(
            ["index.jsonl", "index.npy", "index.npy.records.json", "out.jsonl"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3000)]
    public async Task NumPy_reads_the_output_and_writes_the_same_bytes(int count)
    {
        CodeEmbedding[] embeddings = Embeddings(count);
        await WriteAsync(Index, embeddings);

        string seen = await PythonAsync(
            """
            import hashlib, numpy
            a = numpy.load('index.npy', mmap_mode='r')
            numpy.save('again.npy', numpy.load('index.npy'))
            print(a.dtype.str, a.shape, a.flags.c_contiguous, hashlib.sha256(a.tobytes()).hexdigest())
            print(open('again.npy', 'rb').read() == open('index.npy', 'rb').read())
            """);

        byte[] numbers = MemoryMarshal.AsBytes(embeddings.SelectMany(embedding => embedding.Vector).ToArray().AsSpan()).ToArray();
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(numbers));
        string shape = count == 0 ? "(0, 0)" : $"({count}, 3)";
        Assert.Equal($"<f4 {shape} True {digest}\nTrue\n", seen.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("numpy.save('index.npy', a)")]
    [InlineData("numpy.lib.format.write_array(open('index.npy', 'wb'), a, version=(2, 0))")]
    [InlineData("numpy.lib.format.write_array(open('index.npy', 'wb'), a, version=(3, 0))")]
    public async Task A_file_written_by_NumPy_is_read(string save)
    {
        CodeEmbedding[] embeddings = Embeddings(3);
        await WriteAsync(Index, embeddings);
        File.Delete(Index + ".records.json");
        File.Delete(Index);

        await PythonAsync($"import numpy\na = numpy.array([[1, 2, 4], [8, 16, 0.5], [-1, 0, 3]], dtype='<f4')\n{save}");

        float[][] expected = [[1, 2, 4], [8, 16, 0.5f], [-1, 0, 3]];
        Assert.Equal(expected, (await ReadAsync(Index)).Select(embedding => embedding.Vector));
        Assert.Equal(expected, await SearchedVectorsAsync());
    }

    [Theory]
    [InlineData("a.astype('<f8')", "'<f8'")]
    [InlineData("a.astype('>f4')", "'>f4'")]
    [InlineData("a.astype('<f2')", "'<f2'")]
    [InlineData("numpy.asfortranarray(a)", "order of Fortran")]
    [InlineData("a[0]", "shape is (3,)")]
    [InlineData("a.reshape(1, 3, 3)", "shape is (1, 3, 3)")]
    [InlineData("a[:2]", "has 2 vectors")]
    [InlineData("numpy.zeros(3, dtype=[('x', '<f4')])", "not that of one array of numbers")]
    public async Task Other_NumPy_arrays_are_refused_by_name(string array, string problem)
    {
        await WriteAsync(Index, Embeddings(3));
        File.Delete(Index + ".records.json");
        await PythonAsync($"import numpy\na = numpy.ones((3, 3), dtype='<f4')\nnumpy.save('index.npy', {array})");

        await RequireRefusedAsync(problem);
    }

    [Fact]
    public async Task All_readers_return_the_written_data()
    {
        CodeEmbedding[] embeddings = Embeddings(2500);
        await WriteAsync(Index, embeddings);

        CodeEmbedding[] read = await ReadAsync(Index);
        await WriteAsync(_folder.File("again.jsonl"), read);
        IReadOnlyList<CodeMatch> found = await new VectorSearch([new JsonlVectorSource(Index)]).FindAsync(
            embeddings[1234], new SearchOptions { Top = 1 }, cancellationToken: Token);

        Assert.Equal(
            await File.ReadAllTextAsync(await Writing.FileAsync(_folder, embeddings), Token),
            await File.ReadAllTextAsync(_folder.File("again.jsonl"), Token));
        Assert.Equal(embeddings.Select(embedding => embedding.Vector), await SearchedVectorsAsync());
        Assert.Equal("1235", Assert.Single(found).Embedding.Id);
        Assert.Equal((Records, 1235), (found[0].Index, found[0].IndexLine));
        Assert.Equal(embeddings[1234].Vector, found[0].Embedding.Vector);
    }

    [Fact]
    public async Task Cached_vectors_are_used_until_the_file_changes()
    {
        await WriteAsync(Index, Embeddings(20));
        var cache = new VectorCache(1 << 20);
        var search = new VectorSearch([cache.Hold(new JsonlVectorSource(Index))]);
        CodeEmbedding question = Embeddings(20)[6];

        IReadOnlyList<CodeMatch> first = await search.FindAsync(question, cancellationToken: Token);
        long kept = cache.Size;
        IReadOnlyList<CodeMatch> second = await search.FindAsync(question, cancellationToken: Token);
        await WriteAsync(Index, [.. Embeddings(20).Reverse()]);
        IReadOnlyList<CodeMatch> third = await search.FindAsync(question, cancellationToken: Token);

        Assert.True(kept > 0);
        Assert.Equal(
            first.Select(match => (match.Embedding.Id, match.Score)), second.Select(match => (match.Embedding.Id, match.Score)));
        Assert.Equal((7, 14), (second[0].IndexLine, third[0].IndexLine));
    }

    [Fact]
    public async Task The_records_alone_are_not_embeddings_and_the_missing_vectors_are_named()
    {
        await WriteAsync(Index, Embeddings(3));

        using var reusable = new JsonlReusableEmbeddings([Records]);
        InvalidInputException[] errors =
        [
            await Assert.ThrowsAsync<InvalidInputException>(() => ReadAsync(Records)),
            await Assert.ThrowsAsync<InvalidInputException>(
                () => new JsonlVectorSource(Records).DescribeAsync(Token).AsTask()),
            await Assert.ThrowsAsync<InvalidInputException>(() => reusable.BeginAsync(model: null, Token).AsTask()),
        ];

        Assert.All(errors, error => Assert.Contains($"'{Index}' the vectors", error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("(4611686018427387904, 3)")]
    [InlineData("(99999999999999999999999, 3)")]
    [InlineData("(3, 2147483647)")]
    [InlineData("(3, 0)")]
    [InlineData("(-3, 3)")]
    [InlineData("(3, 4)")]
    [InlineData("(2, 3)")]
    public async Task A_hostile_shape_is_refused_and_costs_no_memory(string shape)
    {
        await WriteAsync(Index, Embeddings(3));
        byte[] file = await File.ReadAllBytesAsync(Index, Token);
        file.AsSpan(10, 117).Fill((byte)' ');
        Encoding.ASCII.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}", file.AsSpan(10));
        await File.WriteAllBytesAsync(Index, file, Token);
        long before = GC.GetTotalAllocatedBytes();

        await RequireRefusedAsync(string.Empty);

        Assert.True(GC.GetTotalAllocatedBytes() - before < 16 << 20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(128)]
    [InlineData(150)]
    public async Task A_truncated_file_is_refused(int length)
    {
        await WriteAsync(Index, Embeddings(3));
        using (FileStream file = File.OpenWrite(Index))
            file.SetLength(length);

        await RequireRefusedAsync(string.Empty);
    }

    [Fact]
    public async Task Records_that_do_not_belong_to_the_vectors_are_refused()
    {
        await WriteAsync(Index, Embeddings(3));
        string records = await File.ReadAllTextAsync(Records, Token);

        await File.WriteAllTextAsync(Records, records.Replace("\"id\":\"2\"", "\"id\":\"9\"", StringComparison.Ordinal), Token);
        await RequireRefusedAsync("is not what was written with it");
        await File.AppendAllTextAsync(Records, records, Token);
        await RequireRefusedAsync("has 6 lines");
        await File.WriteAllTextAsync(Index + ".records.json", "{", Token);
        await RequireRefusedAsync("damaged");
        File.Delete(Index + ".records.json");
        await File.WriteAllTextAsync(Records, records[..(records.IndexOf('\n', StringComparison.Ordinal) + 1)], Token);
        await RequireRefusedAsync("has 1 lines");
        File.Delete(Records);
        await RequireRefusedAsync("is missing");
    }

    // A session uses the cache, which checks the files before they are read.
    [Fact]
    public async Task Missing_records_are_named_by_a_search_that_caches_vectors()
    {
        await WriteAsync(Index, Embeddings(3));
        File.Delete(Records);
        var search = new VectorSearch([new VectorCache(1024 * 1024).Hold(new JsonlVectorSource(Index))]);

        InvalidInputException error = await Assert.ThrowsAsync<InvalidInputException>(
            () => search.FindAsync(Embeddings(1)[0], cancellationToken: Token));

        Assert.Contains($"'{Records}', which holds its records, is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_that_is_not_finite_and_a_blank_line_reject_only_their_record()
    {
        await WriteAsync(Index, Embeddings(3));
        byte[] file = await File.ReadAllBytesAsync(Index, Token);
        BitConverter.TryWriteBytes(file.AsSpan(128 + (4 * 4)), float.NaN);
        await File.WriteAllBytesAsync(Index, file, Token);

        var rejected = new List<string>();
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(Index).ReadAsync(Token))
        {
            if (record.IsRejected)
                rejected.Add(record.Rejected.Reason.Message);
        }

        var searched = new List<string>();
        IReadOnlyList<CodeMatch> found = await new VectorSearch([new JsonlVectorSource(Index)]).FindAsync(
            Embeddings(1)[0], rejected: record => searched.Add(record.Reason.Message), cancellationToken: Token);

        Assert.Contains($"{Records}:2", Assert.Single(rejected), StringComparison.Ordinal);
        Assert.Equal(rejected, searched);
        Assert.Equal(["1", "3"], found.Select(match => match.Embedding.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_number_of_windows_and_a_property_of_that_name_are_distinguished()
    {
        CodeSnippet snippet = await Reading.LineAsync(_folder, Sample.LineWith("\"windows\":\"own\""));
        CodeEmbedding plain = Sample.Embedding(snippet);
        var inWindows = new CodeEmbedding
        {
            Snippet = Sample.Snippet("2"),
            Vector = [2],
            ModelName = plain.ModelName,
            Precision = plain.Precision,
            Normalized = true,
            TokenCount = 7,
            TruncatedTokens = 0,
            Windows = 4,
            Fingerprint = plain.Fingerprint,
        };
        await WriteAsync(Index, [plain, inWindows]);

        CodeEmbedding[] read = await ReadAsync(Index);
        await WriteAsync(_folder.File("again.jsonl"), read);

        Assert.Equal([null, 4], read.Select(embedding => embedding.Windows));
        string first = (await File.ReadAllLinesAsync(_folder.File("again.jsonl"), Token))[0];
        Assert.Contains("\"windows\":\"own\"", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_of_two_lengths_appending_and_compressing_are_refused_and_leave_no_files()
    {
        await Assert.ThrowsAsync<OutputException>(
            () => WriteAsync(Index, [Embeddings(1)[0], Sample.Embedding(Sample.Snippet("2"), 1, 2)]));
        File.Delete(Index + ".partial");
        File.Delete(Index + ".partial.json");

        Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(Index, new JsonlWriterOptions { Append = true }));
        Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(Index + ".gz"));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_file_that_is_not_part_of_the_index_is_not_replaced()
    {
        string own = await Writing.FileAsync(_folder, Embeddings(2));
        byte[] before = await File.ReadAllBytesAsync(own, Token);

        IOException refused = Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(_folder.File("out.npy")));
        Assert.EndsWith("Name another file, or first move 'out.jsonl' away.", refused.Message, StringComparison.Ordinal);
        Assert.Throws<IOException>(
            () => new JsonlEmbeddingWriter(_folder.File("out.npy"), new JsonlWriterOptions { NoClobber = true, Force = true }));
        Assert.Equal(before, await File.ReadAllBytesAsync(own, Token));

        await WriteAsync(Index, Embeddings(2));
        Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(Records));
        Assert.Throws<IOException>(() => new JsonlEmbeddingWriter(Records, new JsonlWriterOptions { Append = true }));
        Assert.Throws<OutputException>(() => new JsonlEmbeddingWriter(Index, new JsonlWriterOptions { NoClobber = true }));
        Assert.Equal(2, (await ReadAsync(Index)).Length);
    }

    private static CodeEmbedding[] Embeddings(int count)
    {
        var random = new Random(5);
        return
        [
            .. Sample.Snippets(count).Select(snippet => Sample.Embedding(
                snippet, random.NextSingle(), -random.NextSingle() / 1000, random.NextSingle() * 1e-30f)),
        ];
    }

    private static async Task WriteAsync(string target, CodeEmbedding[] embeddings)
    {
        await using var writer = new JsonlEmbeddingWriter(target);
        await writer.WriteAsync(embeddings, Token);
        await writer.CompleteAsync(Token);
    }

    private static async Task<CodeEmbedding[]> ReadAsync(string file)
    {
        var read = new List<CodeEmbedding>();
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(file).ReadAsync(Token))
            read.Add(record.Value!);

        return [.. read];
    }

    private async Task<List<float[]>> SearchedVectorsAsync()
    {
        var vectors = new List<float[]>();
        await foreach (VectorBlock block in new JsonlVectorSource(Index).ReadAsync(Token))
            vectors.AddRange(Enumerable.Range(0, block.Count).Select(i => block.VectorAt(i).ToArray()));

        return vectors;
    }

    /// <summary>Checks that all readers refuse the index, name both files, and state the problem.</summary>
    private async Task RequireRefusedAsync(string problem)
    {
        using var reusable = new JsonlReusableEmbeddings([Index]);
        InvalidInputException[] errors =
        [
            await Assert.ThrowsAsync<InvalidInputException>(() => ReadAsync(Index)),
            await Assert.ThrowsAsync<InvalidInputException>(SearchedVectorsAsync),
            await Assert.ThrowsAsync<InvalidInputException>(() => reusable.BeginAsync(model: null, Token).AsTask()),
        ];
        Assert.All(errors, error =>
        {
            Assert.Contains(Index, error.Message, StringComparison.Ordinal);
            Assert.Contains(Records, error.Message, StringComparison.Ordinal);
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        });
    }

    /// <summary>Runs a script in the folder, with a Python that has NumPy.</summary>
    private async Task<string> PythonAsync(string script)
    {
        foreach (string python in Pythons)
        {
            try
            {
                if ((await ChildProcess.RunAsync(_folder.Path, python, "-c", "import numpy")).ExitCode != 0)
                    continue;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                continue;
            }

            (int exitCode, string output, string error) = await ChildProcess.RunAsync(_folder.Path, python, "-c", script);
            Assert.True(exitCode == 0, error);
            return output;
        }

        Assert.Skip("python3 with numpy is not installed.");
        return string.Empty;
    }
}
