// Runs the pipeline in separate processes, kills them with SIGKILL at random moments, and continues with -Resume until the output
// is complete; repeats this until the given number of processes were killed. Fails if an output is not, byte for byte, the output
// of an uninterrupted run.
//
// Then the same with an earlier output at the target, whose vectors are reused.
//
// usage: CodeEmbed.KillTest [--kills N] [--seed N]    kills N processes of codeembed and N that use EmbeddingPipeline, twice
//        CodeEmbed.KillTest shards [--shards N] [--seed N]    runs N shards in N processes, kills a third of them, and merges
//        CodeEmbed.KillTest library MODEL INPUT TARGET REJECTS fresh|reuse    runs one of the latter
using CodeEmbed.KillTest;

if (args is ["library", var poisoned, var input, var output, var refused, var mode])
{
    var files = new RunFiles(poisoned, input, output, refused, Earlier: null);
    await LibraryRun.RunAsync(files, reuse: mode == LibraryRun.Reuse);
    return 0;
}

const int LongRun = 100;

int Option(string name, int standard) => Array.IndexOf(args, name) is >= 0 and int i ? int.Parse(args[i + 1], null) : standard;

int kills = Option("--kills", LongRun), seed = Option("--seed", 1);
string folder = Directory.CreateTempSubdirectory("codeembed-kill-").FullName;
try
{
    string snippets = Path.Combine(folder, "snippets.jsonl");
    string model = Path.Combine(folder, "model");
    PoisonedModel.Write(model);
    int valid = SnippetFile.Write(snippets, seed);
    Console.WriteLine(
        $"Seed {seed}: {valid} snippets, {SnippetFile.Count - valid} that cannot be embedded or lines that are not snippets, "
        + $"batches of {LibraryRun.BatchSize}.");
    if (args.Contains("shards"))
    {
        await new ShardedRun(model, snippets, folder, Option("--shards", 16), new Random(seed)).RunAsync();
        return 0;
    }

    foreach (bool reuse in new[] { false, true })
    {
        foreach (ChildKind kind in Enum.GetValues<ChildKind>())
            await new KilledRuns(kind, reuse, model, snippets, valid, folder, new Random(seed)).RunAsync(kills);
    }

    if (kills < LongRun)
        Console.WriteLine($"Skipped: {LongRun - kills} of {LongRun} kills of each. tests/kill.sh runs them all.");

    return 0;
}
catch (KillTestException e)
{
    Console.WriteLine($"FAILED with seed {seed}: {e.Message}");
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
