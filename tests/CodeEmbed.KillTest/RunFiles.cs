namespace CodeEmbed.KillTest;

/// <summary>The files of a run.</summary>
/// <param name="Model">The model's folder.</param>
/// <param name="Input">The snippets.</param>
/// <param name="Target">The output.</param>
/// <param name="Rejects">What was refused.</param>
/// <param name="Earlier">
///   A copy of an earlier output, which is in the place of the target and whose vectors are reused; <see langword="null"/> where
///   none is.
/// </param>
internal sealed record RunFiles(string Model, string Input, string Target, string Rejects, string? Earlier)
{
    /// <summary>Which shard of the input is run, and of how many; <see langword="null"/> for all of it.</summary>
    public (int Index, int Count)? Shard { get; init; }

    /// <summary>Where lines go until the output is complete.</summary>
    public string Partial => Target + ".partial";

    /// <summary>The records of a binary index, which are beside its vectors; <see langword="null"/> for another output.</summary>
    public string? Records => RecordsOf(Target);

    /// <summary>Whether the output is there, and nothing is left to go on with.</summary>
    public bool AreDone => File.Exists(Target) && !File.Exists(Partial)
        && (Earlier is null || !File.ReadAllBytes(Target).AsSpan().SequenceEqual(File.ReadAllBytes(Earlier)));

    /// <summary>Puts the earlier output into the place of the target.</summary>
    public void Prepare()
    {
        if (Earlier is null)
            return;

        File.Copy(Earlier, Target);
        if (Records is not null)
            File.Copy(RecordsOf(Earlier)!, Records);
    }

    /// <summary>Removes what runs have written.</summary>
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
