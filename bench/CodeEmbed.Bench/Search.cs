using System.Diagnostics;
using CodeEmbed.Jsonl;
using CodeEmbed.Search;

namespace CodeEmbed.Bench;

/// <summary>Searches a file of embeddings, for find.sh.</summary>
internal static class Search
{
    private const string Code =
        "def total(values):\n    result = 0\n    for value in values:\n        result += value * 3\n    return result\n";

    /// <summary>Writes a file of embeddings with random vectors of length 1, always the same.</summary>
    /// <param name="arguments">The number of vectors, their length, and the file.</param>
    public static async Task WriteIndexAsync(string[] arguments)
    {
        var random = new Random(7);
        await using var writer = new JsonlEmbeddingWriter(arguments[2], new JsonlWriterOptions { Force = true });
        for (int i = 0; i < int.Parse(arguments[0], null); i++)
            await writer.WriteAsync([MakeEmbedding(random, i, int.Parse(arguments[1], null))]);

        await writer.CompleteAsync();
    }

    /// <summary>
    ///   Searches for the ten nearest to the first vector, several times: prints the records' lines, then the seconds of the
    ///   first search and the median of nine more with the vectors in memory, and the peak memory after the first.
    /// </summary>
    /// <param name="arguments">The file, and how many MiB of vectors to keep.</param>
    public static async Task MeasureAsync(string[] arguments)
    {
        var cache = new VectorCache(long.Parse(arguments[1], null) * 1024 * 1024);
        IVectorSource source = cache.Hold(new JsonlVectorSource(arguments[0]));
        CodeEmbedding question = await ReadFirstAsync(arguments[0]);
        var seconds = new List<double>();
        long peak = 0;
        for (int i = 0; i < 10; i++)
        {
            long started = Stopwatch.GetTimestamp();
            IReadOnlyList<CodeMatch> found = await new VectorSearch([source]).FindAsync(question);
            seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            if (i > 0)
                continue;

            peak = PeakMemory.Read();
            Console.WriteLine(string.Join(' ', found.Select(match => match.IndexLine)));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{seconds[0]:0.0000} {seconds.Skip(1).Order().ElementAt(4):0.0000} {peak / 1048576}"));
    }

    /// <summary>Reads the bytes of a file, block by block, and prints the seconds.</summary>
    /// <param name="file">The file.</param>
    public static void ReadBytes(string file)
    {
        byte[] block = new byte[1024 * 1024];
        long started = Stopwatch.GetTimestamp();
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        while (stream.Read(block) > 0)
        {
        }

        Console.WriteLine(FormattableString.Invariant($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0.0000}"));
    }

    private static async Task<CodeEmbedding> ReadFirstAsync(string index)
    {
        await foreach (Outcome<CodeEmbedding> record in new JsonlEmbeddingReader(index).ReadAsync())
        {
            if (!record.IsRejected)
                return record.Value;
        }

        throw new IOException($"'{index}' holds no embeddings.");
    }

    private static CodeEmbedding MakeEmbedding(Random random, int number, int dimensions)
    {
        // The sum of uniform numbers is nearly normal, which makes all directions equally likely.
        var vector = new float[dimensions];
        double square = 0;
        for (int i = 0; i < dimensions; i++)
        {
            double value = random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 2;
            vector[i] = (float)value;
            square += value * value;
        }

        for (int i = 0; i < dimensions; i++)
            vector[i] /= (float)Math.Sqrt(square);

        return new CodeEmbedding
        {
            Snippet = new CodeSnippet
            {
                Id = $"f-{number}",
                FilePath = $"lib/part_{number / 100}.py",
                Language = "python",
                Content = Code,
            },
            Vector = vector,
            ModelName = "random",
            Precision = EmbeddingPrecision.Float32,
            Normalized = true,
            TokenCount = 40,
            TruncatedTokens = 0,
            Fingerprint = "0123456789abcdef",
        };
    }
}
