namespace CodeEmbed.KillTest;

/// <summary>The files of a run.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Input">The snippets.</param>
/// <param name="Target">The output.</param>
/// <param name="Rejects">The rejected records.</param>
/// <param name="Earlier">
///   A copy of an earlier output, which is copied to the target and whose vectors are reused; <see langword="null"/> if there is
///   none.
/// </param>
internal sealed record RunFiles(string Model, string Input, string Target, string Rejects, string? Earlier)
{
    /// <summary>The shard of the input to run, and the number of shards; <see langword="null"/> for the whole input.</summary>
    public (int Index, int Count)? Shard { get; init; }

    /// <summary>The file for lines until the output is complete.</summary>
    public string Partial => Target + ".partial";

    /// <summary>The records of a binary index, next to its vectors; <see langword="null"/> for another output.</summary>
    public string? Records => RecordsOf(Target);

    /// <summary>Whether the output is complete, and there is no partial file to continue.</summary>
    public bool AreDone => File.Exists(Target) && !File.Exists(Partial)
        && (Earlier is null || !File.ReadAllBytes(Target).AsSpan().SequenceEqual(File.ReadAllBytes(Earlier)));

    /// <summary>Copies the earlier output to the target.</summary>
    public void Prepare()
    {
        if (Earlier is null)
            return;

        File.Copy(Earlier, Target);
        if (Records is not null)
            File.Copy(RecordsOf(Earlier)!, Records);
    }

    /// <summary>Removes the files that runs have written.</summary>
    public void Clear()
    {
        foreach (string file in new[] { Target, Rejects, Partial + ".json" })
            File.Delete(file);

        if (Records is null)
            return;

        File.Delete(Records);
        File.Delete(Target + ".records.json");
    }

    private static string? RecordsOf(string file) =>
        Path.GetExtension(file) == ".npy" ? Path.ChangeExtension(file, ".jsonl") : null;
}
