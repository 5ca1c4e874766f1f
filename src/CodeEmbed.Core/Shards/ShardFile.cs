using CodeEmbed.Files;

namespace CodeEmbed.Shards;

/// <summary>
///   Which run a file of embeddings is a shard of, and what is in it: the file next to it that <c>docs/formats.md</c> describes.
/// </summary>
internal sealed record ShardFile : IDescription
{
    private const int CurrentFormat = 1;
    private const string Suffix = ".shard.json";

    /// <summary>Tens of thousands of inputs fit.</summary>
    private static readonly DescriptionFormat<ShardFile> Json = new(CurrentFormat, maxLength: 64 * 1024 * 1024);

    /// <summary>The version of the file's format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Which shard it is; the first is 0.</summary>
    public required int ShardIndex { get; init; }

    /// <summary>How many shards there are.</summary>
    public required int ShardCount { get; init; }

    /// <summary>All inputs of the run, of which this shard read a part.</summary>
    public required IReadOnlyList<ShardInput> Inputs { get; init; }

    /// <summary>The settings that decide, or may decide, the bytes of the output: by name, as text.</summary>
    public required IReadOnlyDictionary<string, string> MadeWith { get; init; }

    /// <summary>
    ///   The fingerprint that all embeddings in the file share; <see langword="null"/> if the file is empty, or mixes several.
    /// </summary>
    public string? Fingerprint { get; init; }

    /// <summary>How many records were read.</summary>
    public required long Read { get; init; }

    /// <summary>How many embeddings are in the file.</summary>
    public required long Written { get; init; }

    /// <summary>How many records were rejected.</summary>
    public required long Rejected { get; init; }

    /// <summary>How many bytes the lines have, when they are decompressed.</summary>
    public required long Length { get; init; }

    /// <summary>The SHA-256 of those bytes: 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The files of rejected records.</summary>
    public IReadOnlyList<RejectFile> RejectFiles { get; init; } = [];

    /// <summary>The path of the description next to a file of embeddings.</summary>
    /// <param name="output">The file of embeddings.</param>
    public static string PathFor(string output) => output + Suffix;

    /// <summary>The files that it writes.</summary>
    /// <param name="output">The file of embeddings.</param>
    public static IReadOnlyList<string> FilesOf(string output) =>
        [PathFor(output), BesideFile.UnfinishedPathFor(PathFor(output))];

    /// <summary>
    ///   The file of embeddings that a description belongs to; <see langword="null"/> if the file is not a description.
    /// </summary>
    /// <param name="path">The file.</param>
    public static string? FindOutput(string path) =>
        path.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && File.Exists(path[..^Suffix.Length])
            ? path[..^Suffix.Length]
            : null;

    /// <summary>Reads the description next to a file of embeddings.</summary>
    /// <param name="output">The file of embeddings.</param>
    /// <exception cref="ShardException">The description is missing or damaged, or a later version wrote it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ShardFile Load(string output)
    {
        string path = PathFor(output);
        if (!File.Exists(path))
        {
            throw new ShardException(
                output,
                $"'{output}' is not known to be a shard: '{path}' does not exist. Leave the file out, or make it again with "
                + "ShardIndex and ShardCount.");
        }

        using FileStream file = File.OpenRead(path);
        return Json.Read(file, out string problem) ?? throw new ShardException(
            output,
            $"'{path}', which says what is in '{output}', cannot be read: {problem}. Make the shard again, or merge with the "
            + "version that wrote it.");
    }

    /// <summary>Writes the file, so that at any moment it is the one before or this one, whole.</summary>
    /// <param name="output">The file of embeddings, whose mode is used.</param>
    public void Save(string output) =>
        BesideFile.Replace(PathFor(output), output, file => Json.Write(this, file));

    /// <inheritdoc/>
    public bool IsWhole() => Format > 0 && ShardCount > 0 && ShardIndex >= 0 && ShardIndex < ShardCount && Inputs is not null
        && Inputs.All(input => input is { Name: not null, Path: not null, Digest: not null }) && MadeWith is not null
        && Read >= 0 && Written >= 0 && Rejected >= 0 && Length >= 0 && Sha256 is { Length: 64 } && RejectFiles is not null
        && RejectFiles.All(file => file is { Path: not null, Sha256: not null });
}
