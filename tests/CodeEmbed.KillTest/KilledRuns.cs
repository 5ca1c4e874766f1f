using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodeEmbed.Jsonl;
using CodeEmbed.Stores;
using CodeEmbed.Zstandard;

namespace CodeEmbed.KillTest;

/// <summary>Runs that are killed and continued, compared with an uninterrupted one.</summary>
/// <param name="kind">The program to run.</param>
/// <param name="reuse">Whether the target holds an earlier output, whose vectors are reused.</param>
/// <param name="model">The model's folder.</param>
/// <param name="input">The snippets.</param>
/// <param name="valid">The number of snippets that can be embedded.</param>
/// <param name="folder">The folder to write to.</param>
/// <param name="random">The generator that chooses the moments.</param>
internal sealed class KilledRuns(
    ChildKind kind, bool reuse, string model, string input, int valid, string folder, Random random)
{
    private static readonly int MostUnderWay = LibraryRun.BatchesUnderWay * LibraryRun.BatchSize;

    /// <summary>One output of each kind. Except for the first one, they are packed at the end, which takes longer.</summary>
    private static readonly string[] Names =
    [
        "out.jsonl", "vectors.npy", "index.db", "index.parquet", "out.jsonl.gz", "index.safetensors", "out.jsonl.zst",
    ];

    private readonly Dictionary<KillMoment, int> _kills = Enum.GetValues<KillMoment>().ToDictionary(moment => moment, _ => 0);
    private readonly List<int> _again = [], _begun = [];
    private byte[] _lines = [], _rejects = [];

    /// <summary>The same lines with vectors in Base64, as in the partial file of an output that is not text.</summary>
    private byte[] _packed = [];

    /// <summary>For each number of lines from the start, how many of them are embedded and not reused.</summary>
    private int[] _embedded = [];
    private TimeSpan _undisturbed;
    private bool _endsTorn;
    private int _outputs, _torn, _beforeFirstLine, _whenDone;

    private int Kills => _kills.Values.Sum();

    /// <summary>Kills the given number of runs, continues after each, and prints the results.</summary>
    public async Task RunAsync(int kills)
    {
        await RunUndisturbedAsync();

        // A small number of kills does not reach every kind of output.
        int first = random.Next(Names.Length);
        for (int round = 0; Kills < kills; round++)
        {
            string name = Names[(first + round) % Names.Length];
            var files = new RunFiles(
                model,
                input,
                Path.Combine(folder, name),
                Path.Combine(folder, "rejects.jsonl"),
                reuse ? Path.Combine(folder, "earlier-" + name) : null);
            files.Prepare();
            while (!files.AreDone)
                await RunOnceAsync(files, kill: Kills < kills);

            Require(
                (await ReadLinesAsync(files.Target)).AsSpan().SequenceEqual(IsStore(name) ? Respell(_lines) : _lines),
                $"{files.Target} differs from the output of an uninterrupted run");
            Require(
                File.ReadAllBytes(files.Rejects).AsSpan().SequenceEqual(_rejects),
                "the rejected records differ from the records of an uninterrupted run");
            files.Clear();
            _outputs++;
        }

        Print();
    }

    private async Task<byte[]> ReadLinesAsync(string file)
    {
        if (Path.GetExtension(file) == ".npy")
            return JoinVectors(file);

        if (IsStore(file))
            return Respell(await CopyAsync(file, Path.Combine(folder, "of-store.jsonl"), EmbeddingVectorEncoding.Array));

        using Stream stream = Path.GetExtension(file) switch
        {
            ".gz" => new GZipStream(File.OpenRead(file), CompressionMode.Decompress),
            ".zst" => new ZstandardCodec().Decompress(File.OpenRead(file)),
            _ => File.OpenRead(file),
        };
        var lines = new MemoryStream();
        stream.CopyTo(lines);
        return lines.ToArray();
    }

    private static bool IsStore(string file) => Path.GetExtension(file) is ".db" or ".parquet" or ".safetensors";

    /// <summary>Lines with the escapes of System.Text.Json: a store keeps texts, but not their escapes.</summary>
    private static byte[] Respell(byte[] lines) => Encoding.UTF8.GetBytes(string.Concat(
        Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!.ToJsonString() + "\n")));

    /// <summary>Copies the embeddings of a file to another, and returns the bytes of the copy.</summary>
    private static async Task<byte[]> CopyAsync(string file, string target, EmbeddingVectorEncoding encoding)
    {
        var options = new JsonlWriterOptions { Force = true, VectorEncoding = encoding, Store = new EmbeddingStore() };
        await using (var writer = new JsonlEmbeddingWriter(target, options))
        {
            await foreach (Outcome<CodeEmbedding> record in
                new JsonlEmbeddingReader(file) { Store = new EmbeddingStore() }.ReadAsync())
            {
                await writer.WriteAsync([record.Value!]);
            }

            await writer.CompleteAsync();
        }

        return await File.ReadAllBytesAsync(target);
    }

    /// <summary>Inserts the vectors of a binary index into its records.</summary>
    private static byte[] JoinVectors(string file)
    {
        const int HeaderLength = 128;
        string[] records = File.ReadAllLines(Path.ChangeExtension(file, ".jsonl"));
        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file).AsSpan(HeaderLength));
        int dimensions = numbers.Length / Math.Max(records.Length, 1);
        Require(dimensions * records.Length == numbers.Length, $"{file} has a different number of vectors than records");
        var lines = new StringBuilder();
        for (int i = 0; i < records.Length; i++)
        {
            const string Next = "\"model_name\":";
            int place = records[i].LastIndexOf(Next, StringComparison.Ordinal);
            string vector = string.Join(
                ',',
                numbers.Slice(i * dimensions, dimensions).ToArray().Select(n => n.ToString(CultureInfo.InvariantCulture)));
            lines.Append(records[i][..place] + "\"vector\":[" + vector + "]," + records[i][place..] + "\n");
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new KillTestException(otherwise);
    }

    private async Task RunUndisturbedAsync()
    {
        var files = new RunFiles(
            model,
            input,
            Path.Combine(folder, "undisturbed.jsonl"),
            Path.Combine(folder, "undisturbed-rejects.jsonl"),
            Earlier: null);
        files.Clear();
        long started = Stopwatch.GetTimestamp();
        using (var child = new Child(kind, files))
        {
            await child.WaitAsync();
            Require(child.Report.Snippets == valid, $"an uninterrupted run computed {child.Report.Snippets} of {valid} snippets");
        }

        _undisturbed = Stopwatch.GetElapsedTime(started);
        _lines = await ReadLinesAsync(files.Target);
        _packed = await CopyAsync(files.Target, Path.Combine(folder, "packed.jsonl"), EmbeddingVectorEncoding.Base64);
        _rejects = File.ReadAllBytes(files.Rejects);
        Require(_lines.Count(b => b == '\n') == valid, "an uninterrupted run did not write every snippet");
        Require(
            _rejects.Count(b => b == '\n') == SnippetFile.Count - valid, "an uninterrupted run did not reject every other line");
        await WriteEarlierAsync();
    }

    /// <summary>
    ///   Writes the earlier output: two of three lines, from the last to the first, of each kind. Records which snippets are not
    ///   in it.
    /// </summary>
    private async Task WriteEarlierAsync()
    {
        string[] lines = Encoding.UTF8.GetString(_lines).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] earlier = reuse ? [.. lines.Where((_, i) => i % 3 > 0).Reverse()] : [];
        HashSet<string> contents = [.. earlier.Select(ContentOf)];
        _embedded = new int[lines.Length + 1];
        for (int i = 0; i < lines.Length; i++)
            _embedded[i + 1] = _embedded[i] + (contents.Contains(ContentOf(lines[i])) ? 0 : 1);

        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(earlier.Select(line => line + "\n")));
        string plain = Path.Combine(folder, "earlier-out.jsonl");
        await File.WriteAllBytesAsync(plain, bytes);
        foreach (string name in Names.Where(name => name.EndsWith(".npy", StringComparison.Ordinal) || IsStore(name)))
            await CopyAsync(plain, Path.Combine(folder, "earlier-" + name), EmbeddingVectorEncoding.Array);

        using var gzip = new GZipStream(File.Create(Path.Combine(folder, "earlier-out.jsonl.gz")), CompressionLevel.Fastest);
        gzip.Write(bytes);
        using FileStream file = File.Create(Path.Combine(folder, "earlier-out.jsonl.zst"));
        using Stream zstandard = new ZstandardCodec().Compress(file);
        zstandard.Write(bytes);
    }

    private static string ContentOf(string line)
    {
        using JsonDocument record = JsonDocument.Parse(line);
        return record.RootElement.GetProperty("content").GetString()!;
    }

    private async Task RunOnceAsync(RunFiles files, bool kill)
    {
        int before = CountLines(files);
        using var child = new Child(kind, files);
        KillMoment moment = ChooseMoment();
        bool killed = false;
        if (kill)
        {
            await WaitForAsync(moment, child, left: _embedded[valid] - _embedded[before]);
            killed = await child.KillAsync();
        }
        else
        {
            await child.WaitAsync();
        }

        int written = CountLines(files) - before;
        Require(written >= 0, $"{-written} finished lines were lost");
        int embedded = _embedded[before + written] - _embedded[before];
        if (!killed)
        {
            Require(files.AreDone, "a run that was not killed left no output");
            Require(
                child.Report.Snippets == embedded,
                $"a run that was not killed computed {child.Report.Snippets} snippets to write {embedded}");
            return;
        }

        _kills[moment]++;
        _again.Add(child.Report.Snippets - embedded);
        _begun.Add(child.Report.SnippetsBegun - child.Report.SnippetsRejected - embedded);
        _beforeFirstLine += before + written == 0 ? 1 : 0;
        _torn += _endsTorn ? 1 : 0;
        _whenDone += files.AreDone ? 1 : 0;
        int most = kind == ChildKind.Host ? LibraryRun.BatchSize : MostUnderWay;
        Require(
            _again[^1] >= 0 && _again[^1] <= most,
            $"{_again[^1]} snippets were computed and not written when a run was killed; the limit is {most}");
        Require(
            _begun[^1] <= MostUnderWay,
            $"{_begun[^1]} snippets were started and not written when a run was killed; the limit is {MostUnderWay}");
    }

    private KillMoment ChooseMoment() => random.Next(10) switch
    {
        < 3 => KillMoment.AnyTime,
        < 5 => KillMoment.Walking,
        9 when kind == ChildKind.Host => KillMoment.Completing,
        _ => KillMoment.Embedding,
    };

    private async Task WaitForAsync(KillMoment moment, Child child, int left)
    {
        int batches = random.Next(1, 12);
        await (moment switch
        {
            KillMoment.AnyTime => Task.Delay(_undisturbed * random.NextDouble()),
            KillMoment.Walking => UntilAsync(child, report => report.IsLoaded),
            KillMoment.Embedding => UntilAsync(child, report => report.Batches >= batches),
            _ => UntilAsync(child, report => report.IsLoaded && report.Snippets >= left),
        });
        if (moment != KillMoment.AnyTime)
            await Task.Delay(random.Next(30));
    }

    private static async Task UntilAsync(Child child, Func<ChildReport, bool> condition)
    {
        while (!child.HasExited && !condition(child.Report))
            await Task.Delay(1);
    }

    /// <summary>
    ///   Counts the finished lines, and checks that they are the beginning of an uninterrupted run's output.
    /// </summary>
    private int CountLines(RunFiles files)
    {
        _endsTorn = false;
        if (!File.Exists(files.Partial))
            return files.AreDone ? valid : 0;

        byte[] partial = File.ReadAllBytes(files.Partial);
        byte[] whole = IsStore(files.Target) || files.Records is not null ? _packed : _lines;
        Require(whole.AsSpan().StartsWith(partial), $"{files.Partial} is not the beginning of an uninterrupted run's output");
        _endsTorn = partial is [.., not (byte)'\n'];
        return partial.Count(b => b == '\n');
    }

    private void Print()
    {
        int batch = LibraryRun.BatchSize;
        string name = (kind == ChildKind.Host ? "Processes of codeembed" : "Processes of EmbeddingPipeline")
            + (reuse ? " that reuse an earlier output" : string.Empty);
        Console.WriteLine($"{name}: {Kills} killed ({string.Join(", ", _kills.Select(kills => $"{kills.Value} {kills.Key}"))}).");
        Console.WriteLine($"  {_outputs} outputs, each identical to the uninterrupted one, including the rejected records.");
        Console.WriteLine(
            $"  Killed before the first line was written: {_beforeFirstLine}; when the output was complete: {_whenDone}; torn "
            + $"last lines seen: {_torn}.");
        string what = kind == ChildKind.Host ? "Returned by ConvertTo-CodeEmbedding" : "Computed by the model";
        Console.WriteLine(
            $"  {what} and computed again: {_again.Sum()} snippets in all, {_again.Max()} at most after a kill; more than one "
            + $"batch of {batch} after {_again.Count(again => again > batch)} kills.");
        if (kind == ChildKind.Library)
        {
            Console.WriteLine(
                $"  Started by the model and computed again: {_begun.Sum()} snippets in all, {_begun.Max()} at most after a kill "
                + $"with a limit of {MostUnderWay} in progress.");
        }
    }
}
