using System.Diagnostics;

namespace CodeEmbed.KillTest;

/// <summary>
///   Runs the shards of an input, each in a separate process; kills a third of them at random, continues them, merges their
///   outputs, and compares the result with the output of a single run.
/// </summary>
/// <param name="model">The model's folder.</param>
/// <param name="input">The snippets.</param>
/// <param name="folder">The folder to write to.</param>
/// <param name="count">The number of shards.</param>
/// <param name="random">The generator that chooses which shards are killed, and when.</param>
internal sealed class ShardedRun(string model, string input, string folder, int count, Random random)
{
    private const int AtOnce = 3;

    private readonly Lock _choosing = new();
    private int _kills, _resumed;

    /// <summary>Runs everything, and prints the results.</summary>
    public async Task RunAsync()
    {
        var single = new RunFiles(model, input, File("single.jsonl"), File("single-rejects.jsonl"), Earlier: null);
        long started = Stopwatch.GetTimestamp();
        using (var child = new Child(ChildKind.Host, single))
            await child.WaitAsync();

        TimeSpan undisturbed = Stopwatch.GetElapsedTime(started);
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        HashSet<int> killed = [.. order.Take((count + 2) / 3)];
        await Parallel.ForEachAsync(
            order,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (index, _) => await RunShardAsync(index, killed.Contains(index), undisturbed));

        string merged = File("merged.jsonl"), rejects = File("merged-rejects.jsonl");
        await MergeAsync($"Merge-CodeEmbedding '{File("out.*.jsonl")}' -Destination '{merged}' -RejectPath '{rejects}'");
        Require(merged, single.Target);
        Require(rejects, single.Rejects);
        Require(merged + ".model.json", single.Target + ".model.json");
        Console.WriteLine(
            $"{count} shards in {count} processes, {killed.Count} chosen to be killed: {_kills} were killed, {_resumed} of them "
            + "with finished lines to resume. Merged, byte for byte equal to the single run, including the rejected records.");
    }

    private string File(string name) => Path.Combine(folder, name);

    private async Task RunShardAsync(int index, bool kill, TimeSpan undisturbed)
    {
        var files = new RunFiles(model, input, File($"out.{index}.jsonl"), File($"rejects.{index}.jsonl"), Earlier: null)
        {
            Shard = (index, count),
        };
        if (kill)
        {
            using var child = new Child(ChildKind.Host, files);
            await WaitAsync(child, undisturbed);
            if (await child.KillAsync())
                Interlocked.Increment(ref _kills);

            if (System.IO.File.Exists(files.Partial))
                Interlocked.Increment(ref _resumed);
        }

        if (files.AreDone)
            return;

        using var rest = new Child(ChildKind.Host, files);
        await rest.WaitAsync();
        if (!files.AreDone)
            throw new KillTestException($"shard {index} was not killed and left no output");
    }

    /// <summary>Waits for a moment: any one, or one at which some batches are finished.</summary>
    private async Task WaitAsync(Child child, TimeSpan undisturbed)
    {
        int batches;
        double part;
        lock (_choosing)
            (batches, part) = (random.Next(4), random.NextDouble());

        if (batches == 0)
            await Task.Delay(undisturbed * part);

        while (!child.HasExited && child.Report.Batches < batches)
            await Task.Delay(1);
    }

    private static async Task MergeAsync(string script)
    {
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Build.Host, script])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new KillTestException($"the merge ended with exit code {process.ExitCode}: {await output}{await error}");
    }

    private static void Require(string actual, string expected)
    {
        if (!System.IO.File.ReadAllBytes(actual).AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(expected)))
            throw new KillTestException($"{actual} differs from {expected}, the output of a single run");
    }
}
