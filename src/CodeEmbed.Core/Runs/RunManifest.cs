using System.Text.Json;
using CodeEmbed.Files;

namespace CodeEmbed.Runs;

/// <summary>
///   The settings and progress of a partial file: the file next to it that <c>docs/formats.md</c> describes.
/// </summary>
internal sealed record RunManifest
{
    /// <summary>The names of the settings for the part of a larger run.</summary>
    public const string ShardIndex = "shard_index", ShardCount = "shard_count";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true
    };

    /// <summary>The settings that decide, or may decide, the bytes of the output: by name, as text.</summary>
    public required IReadOnlyDictionary<string, string> MadeWith { get; init; }

    /// <summary>The files that were read, in order.</summary>
    public required IReadOnlyList<InputFile> Inputs { get; init; }

    /// <summary>How many records were read.</summary>
    public required long Read { get; init; }

    /// <summary>How many embeddings were written.</summary>
    public required long Written { get; init; }

    /// <summary>How many records were rejected.</summary>
    public required long Rejected { get; init; }

    /// <summary>Lists the settings of a run, and which part of a larger run it is.</summary>
    /// <param name="run">The run.</param>
    /// <param name="form">How the records are written.</param>
    public static IReadOnlyDictionary<string, string> Describe(EmbeddingRun run, RecordForm form)
    {
        Dictionary<string, string> madeWith = DescribeSettings(run, form);
        if (run.Shard is { } shard)
        {
            madeWith[ShardIndex] = $"{shard.Index}";
            madeWith[ShardCount] = $"{shard.Of}";
        }

        return madeWith;
    }

    /// <summary>Lists the settings of a run; all parts of a larger run have the same ones.</summary>
    /// <param name="run">The run.</param>
    /// <param name="form">How the records are written.</param>
    public static Dictionary<string, string> DescribeSettings(EmbeddingRun run, RecordForm form)
    {
        var madeWith = new Dictionary<string, string>();
        if (run.Model is { } model)
        {
            madeWith["model_name"] = model.Name;
            madeWith["fingerprint"] = model.Fingerprint;
            foreach ((string name, string value) in model.FingerprintParts)
                madeWith[name] = value;

            madeWith["device"] = $"{model.Device}";
            madeWith["threads"] = $"{model.Threads}";
            if (model.Runtime is { } runtime)
                madeWith["runtime"] = runtime;
        }

        if (run.BatchSize is { } batchSize)
            madeWith["batch_size"] = $"{batchSize}";

        madeWith["exclude_content"] = form.ExcludeContent ? "true" : "false";
        if (form.Encoding != EmbeddingVectorEncoding.Array)
            madeWith["vector_encoding"] = "base64";

        if (form.Table is { } table)
            madeWith["table"] = table;

        return madeWith;
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read, or is not a manifest.</exception>
    public static RunManifest Load(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            RunManifest? manifest = JsonSerializer.Deserialize<RunManifest>(file, Format);
            if (manifest is { MadeWith: not null, Inputs: { } inputs } && inputs.All(input => input?.Path is not null))
                return manifest;
        }
        catch (FileNotFoundException e)
        {
            throw new OutputException(
                OutputProblem.NotResumable, $"'{path}', which says what the unfinished output was made with, does not exist.", e);
        }
        catch (JsonException)
        {
            // The error is thrown below.
        }

        throw new OutputException(
            OutputProblem.NotResumable, $"'{path}' does not say what the unfinished output was made with: it is damaged.");
    }

    /// <summary>Writes the manifest, so that at any moment the file is the one before or this one, whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="target">The output that it is about, whose mode is used.</param>
    /// <returns>Which file it is now.</returns>
    public FileIdentity Save(string path, string target) =>
        BesideFile.Replace(path, target, file => JsonSerializer.Serialize(file, this, Format));
}
