using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Search;
using CodeEmbed.Stores;
using DuckDB.NET.Data;

namespace CodeEmbed.Bench;

/// <summary>Compares every kind of file for embeddings with the bulk way for its format, for stores.sh.</summary>
internal static class Stores
{
    /// <summary>The files, and the Python or DuckDB program that each is compared with.</summary>
    private static readonly (string Name, EmbeddingVectorEncoding Encoding, string? Peer)[] Targets =
    [
        ("array.jsonl", EmbeddingVectorEncoding.Array, null),
        ("base64.jsonl", EmbeddingVectorEncoding.Base64, null),
        ("index.npy", EmbeddingVectorEncoding.Array, "numpy"),
        ("index.safetensors", EmbeddingVectorEncoding.Array, "numpy"),
        ("index.parquet", EmbeddingVectorEncoding.Array, "duckdb"),
        ("index.db", EmbeddingVectorEncoding.Array, "sqlite"),
    ];

    /// <summary>
    ///   Writes embeddings in memory to each file, from the first call of the writer to the finished file on the disk, and lets
    ///   each peer write the same columns, which it has in memory; then searches each file. Prints each round, and a table of the
    ///   medians.
    /// </summary>
    /// <param name="arguments">The numbers of records, of dimensions and of rounds, a folder, Python, and a script.</param>
    public static async Task MeasureAsync(string[] arguments)
    {
        int records = int.Parse(arguments[0], null), dimensions = int.Parse(arguments[1], null);
        int rounds = int.Parse(arguments[2], null);
        string folder = arguments[3];
        CodeEmbedding[] embeddings = MakeEmbeddings(records, dimensions);
        foreach ((string name, EmbeddingVectorEncoding encoding, _) in Targets)
            await WriteAsync(Path.Combine(folder, name), encoding, embeddings);

        var times = new Dictionary<string, List<Measure>>();
        for (int round = 1; round <= rounds; round++)
        {
            foreach (string peer in Targets.Select(target => target.Peer).OfType<string>().Distinct())
                Add(times, peer, peer == "duckdb" ? CopyByDuckDB(folder) : RunPeer(arguments[4], arguments[5], peer, folder));

            foreach ((string name, EmbeddingVectorEncoding encoding, _) in Targets)
            {
                Add(times, name, await WriteAsync(Path.Combine(folder, name), encoding, embeddings));
                Add(times, "search " + name, await SearchAsync(Path.Combine(folder, name), embeddings[0]));
            }

            Console.WriteLine($"round {round}: " + string.Join(
                ", ",
                times.Select(time => FormattableString.Invariant(
                    $"{time.Key} {time.Value[^1].Seconds:0.00} s ({time.Value[^1].Processor:0.00})"))));
        }

        Print(folder, records, times);
    }

    private static void Print(string folder, int records, Dictionary<string, List<Measure>> times)
    {
        Console.WriteLine(
            "| target | bytes per record | written per second | of its own bulk way | of its processor time "
            + "| searched per second |");
        foreach ((string name, _, string? peer) in Targets)
        {
            string file = Path.Combine(folder, name);
            long bytes = new FileInfo(file).Length;
            if (name == "index.npy")
                bytes += new FileInfo(Path.ChangeExtension(file, ".jsonl")).Length;

            Measure written = Median(times[name]), searched = Median(times["search " + name]);
            string ratios = " | ";
            if (peer is not null)
            {
                Measure own = Median(times[peer]);
                ratios = FormattableString.Invariant(
                    $"{own.Seconds / written.Seconds:0.00} | {own.Processor / written.Processor:0.00}");
            }

            Console.WriteLine(FormattableString.Invariant(
                $"| {name} | {bytes / records} | {records / written.Seconds:0} | {ratios} | {records / searched.Seconds:0} |"));
        }
    }

    private static void Add(Dictionary<string, List<Measure>> times, string name, Measure measure)
    {
        if (!times.TryGetValue(name, out List<Measure>? list))
            times[name] = list = [];

        list.Add(measure);
    }

    private static Measure Median(List<Measure> measures) => new(
        measures.Select(measure => measure.Seconds).Order().ElementAt(measures.Count / 2),
        measures.Select(measure => measure.Processor).Order().ElementAt(measures.Count / 2));

    private static async Task<Measure> WriteAsync(string file, EmbeddingVectorEncoding encoding, CodeEmbedding[] embeddings)
    {
        GC.Collect();
        Clock clock = Clock.Start();
        var options = new JsonlWriterOptions { Force = true, VectorEncoding = encoding, Store = new EmbeddingStore() };
        await using (var writer = new JsonlEmbeddingWriter(file, options))
        {
            foreach (CodeEmbedding[] batch in embeddings.Chunk(256))
                await writer.WriteAsync(batch);

            await writer.CompleteAsync();
        }

        return clock.Read();
    }

    private static async Task<Measure> SearchAsync(string file, CodeEmbedding question)
    {
        Clock clock = Clock.Start();
        IReadOnlyList<CodeMatch> found =
            await new VectorSearch([new JsonlVectorSource(file) { Store = new EmbeddingStore() }]).FindAsync(question);
        Measure measure = clock.Read();
        return found[0].Embedding.Id == question.Id ? measure : throw new IOException($"'{file}' returns a different result.");
    }

    private static Measure CopyByDuckDB(string folder)
    {
        using var database = new DuckDBConnection("DataSource=:memory:");
        database.Open();
        Execute(database, $"create table rows as select * from '{Path.Combine(folder, "index.parquet")}'");
        Clock clock = Clock.Start();
        Execute(database, $"copy rows to '{Path.Combine(folder, "duckdb.parquet")}' (format parquet)");
        return clock.Read();
    }

    private static void Execute(DuckDBConnection database, string statement)
    {
        using DuckDBCommand command = database.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private static Measure RunPeer(string python, string script, string peer, string folder)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(python, [script, peer, folder]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && output.Split(' ') is [var seconds, var processor]
            ? new Measure(
                double.Parse(seconds, CultureInfo.InvariantCulture), double.Parse(processor, CultureInfo.InvariantCulture))
            : throw new IOException($"{python} {script} {peer} ended with exit code {process.ExitCode}.");
    }

    /// <summary>Embeddings in the same form as in a run: the records as lines of JSON, and vectors.</summary>
    private static CodeEmbedding[] MakeEmbeddings(int records, int dimensions)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, records).Select(number =>
        {
            string line = JsonSerializer.Serialize(new
            {
                id = $"lib/part_{number / 100}.py#f{number}",
                file_path = $"lib/part_{number / 100}.py",
                language = "python",
                content = MakeCode(random, number),
                chunk_name = $"f{number}",
                chunk_type = "function",
                metadata = new { start_line = number, end_line = number + 9 },
            });
            float[] vector = new float[dimensions];
            for (int i = 0; i < dimensions; i++)
                vector[i] = random.NextSingle() - 0.5f;

            return new CodeEmbedding
            {
                Snippet = SnippetRecordParser.Parse(
                    Encoding.UTF8.GetBytes(line), new RecordPlace(new SnippetSource("in.jsonl", number + 1))),
                Vector = vector,
                ModelName = "random",
                Precision = EmbeddingPrecision.Float32,
                Normalized = false,
                TokenCount = 40,
                TruncatedTokens = 0,
                Fingerprint = "0123456789abcdef",
            };
        })];
    }

    /// <summary>Some lines that compress like code.</summary>
    private static string MakeCode(Random random, int number)
    {
        var code = new StringBuilder($"def f{number}(values):\n");
        for (int line = random.Next(4, 20); line > 0; line--)
            code.Append(CultureInfo.InvariantCulture, $"    total_{random.Next(100)} = values[{random.Next(1000)}] * {line}\n");

        return code.Append("    return values\n").ToString();
    }

    /// <summary>The elapsed time and the time of all processors.</summary>
    private readonly record struct Measure(double Seconds, double Processor);

    /// <summary>The start of a measurement.</summary>
    private readonly record struct Clock(long Started, TimeSpan Used)
    {
        public static Clock Start() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

        public Measure Read() => new(
            Stopwatch.GetElapsedTime(Started).TotalSeconds, (Environment.CpuUsage.TotalTime - Used).TotalSeconds);
    }
}
