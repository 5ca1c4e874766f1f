// Runs the pipeline in processes of their own, kills them with SIGKILL at random moments, and continues with -Resume until the
// output is there; again and again, until so many were killed. Fails where what comes out is not, byte for byte, what an
// undisturbed run writes.
//
// Then the same where the target holds an earlier output, whose vectors are reused.
//
// usage: CodeEmbed.KillTest [--kills N] [--seed N]    kills N processes of codeembed, and N that use EmbeddingPipeline, twice
//        CodeEmbed.KillTest shards [--shards N] [--seed N]    runs N shards in N processes, kills a third of them, and merges
//        CodeEmbed.KillTest library MODEL INPUT TARGET REJECTS fresh|reuse    is one of the latter
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
        Console.WriteLine($"Left out: {LongRun - kills} of {LongRun} kills of each. tests/kill.sh runs them all.");

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
