using System.Security.Cryptography;
using CodeEmbed.Files;
using CodeEmbed.Formats;
using CodeEmbed.Indexes;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Output;
using CodeEmbed.Numpy;
using CodeEmbed.Runs;
using CodeEmbed.Shards;

namespace CodeEmbed.Jsonl;

/// <summary>
///   Merges the files that the shards of one run wrote into the file that a single run writes, with the files next to it. See
///   <c>docs/formats.md</c>.
/// </summary>
/// <remarks>
///   The text of each shard is hashed while it is copied, and compared with what the shard wrote. The lines go to
///   <c>&lt;target&gt;.partial</c>, which replaces the target once everything is right. Otherwise it is removed.
/// </remarks>
/// <param name="shards">The files, in any order, each once. They are only read.</param>
/// <param name="target">The file to make; any name that an output may have.</param>
/// <param name="options">How to write; <see langword="null"/> for the defaults.</param>
public sealed class JsonlShardMerge(IReadOnlyList<string> shards, string target, JsonlWriterOptions? options = null)
{
    private const int BlockLength = 4 * 1024 * 1024;

    private readonly JsonlWriterOptions _options = options ?? new JsonlWriterOptions();

    // Held for all shards: there may be thousands of small ones.
    private byte[] _block = [], _next = [];

    /// <summary>A file for the rejected records of all shards, or <see langword="null"/> if none is wanted.</summary>
    public string? RejectPath { get; init; }

    /// <summary>Returns the adapter for Zstandard, for the shards whose names end in <c>.zst</c>.</summary>
    public Func<string, IZstandard?> FindZstandard { get; init; } = _ => null;

    /// <summary>Merges.</summary>
    /// <param name="cancellationToken">Stops the merge; the target is then unchanged.</param>
    /// <returns>The result of the merge.</returns>
    /// <exception cref="ShardException">The files are not all shards of one run, or one was changed.</exception>
    /// <exception cref="OutputException">The target exists and must not be replaced, or a run left its partial file.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <exception cref="NotSupportedException">A name ends in <c>.zst</c>, and there is no adapter for Zstandard.</exception>
    /// <exception cref="OperationCanceledException">The merge was stopped.</exception>
    public async Task<MergeSummary> RunAsync(CancellationToken cancellationToken = default)
    {
        string output = TargetFile.Resolve(target);
        ShardSet set = ShardSet.Load([.. shards.Select(Path.GetFullPath)]);
        string? rejectFile = RejectPath is null ? null : TargetFile.ResolveRegular(RejectPath);
        RequireUnused(set, output, rejectFile);
        if (NumpyFiles.IsOne(output) || StoreFormat.Of(output) is not null)
            RequireOneModel(set);

        IReadOnlyList<(Shard Shard, string Path)> rejects = rejectFile is null ? [] : [.. set.Shards.SelectMany(FindRejects)];
        await using IOutputFile file = TargetFile.Open(
            output, _options with { Resume = false, Append = false }, cancellationToken);
        var replaced = (ReplacedFile)file;
        (_block, _next) = (new byte[BlockLength], new byte[BlockLength]);
        try
        {
            foreach (Shard shard in set.Shards)
                await CopyAsync(shard, replaced, cancellationToken).ConfigureAwait(false);

            if ((replaced.Numpy is not null || replaced.Rows is not null)
                && await FindFirstAsync(set, cancellationToken).ConfigureAwait(false) is { } first)
            {
                replaced.Numpy?.Require(first);
                replaced.Rows?.Expect(first, set.Shards.Sum(shard => shard.Says.Written));
            }

            if (rejectFile is not null)
                PrepareRejects(rejectFile, rejects, cancellationToken);

            await CompleteAsync(set, output, replaced, cancellationToken).ConfigureAwait(false);
            if (rejectFile is not null)
                BesideFile.Place(rejectFile);
        }
        catch
        {
            // Half a merge is of no use: the shards are still there.
            replaced.Discard();
            if (rejectFile is not null)
                File.Delete(BesideFile.UnfinishedPathFor(rejectFile));

            throw;
        }

        return new MergeSummary(
            output,
            set.Shards.Count,
            set.Shards.Sum(shard => shard.Says.Read),
            set.Shards.Sum(shard => shard.Says.Written),
            set.Shards.Sum(shard => shard.Says.Rejected),
            set.Shards.Sum(shard => shard.Says.Length))
        {
            RejectPath = rejectFile,
            Warnings = set.Warnings,
        };
    }

    private static async ValueTask CompleteAsync(
        ShardSet set, string output, ReplacedFile replaced, CancellationToken cancellationToken)
    {
        Shard[] made = [.. set.Shards.Where(shard => shard.Says.Written > 0)];
        var model = new IndexModelOutput(output);
        foreach (Shard shard in made)
            model.Add(shard.Says.Fingerprint ?? $"several in {shard.Output}");

        var run = new EmbeddingRun { Inputs = [.. made.Select(shard => InputFile.Of(shard.Output))] };
        if (replaced.Rows is { } rows)
        {
            rows.Model = model.Describe(run)?.ToJson();
            await replaced.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            replaced.TakingPlace = () => model.Prepare(run);
            await replaced.CompleteAsync(cancellationToken).ConfigureAwait(false);
            model.Complete();
        }

        try
        {
            // They describe the old file, or the partial file that was dropped.
            File.Delete(ShardFile.PathFor(output));
            File.Delete(RunJournal.PathFor(replaced.Path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The output is complete, and the next one to the same target removes them.
        }
    }

    /// <summary>
    ///   Checks that a NumPy file or a store can hold the embeddings: they must be from one model. Shards from different models
    ///   are refused before; one shard may have several.
    /// </summary>
    private static void RequireOneModel(ShardSet set)
    {
        if (set.Shards.FirstOrDefault(shard => shard.Says is { Written: > 0, Fingerprint: null }) is { } mixed)
        {
            throw new ShardException(
                mixed.Output,
                $"'{mixed.Output}' holds embeddings from several models, and a NumPy file or a store holds those from one model. "
                + "Merge into JSON Lines.");
        }
    }

    /// <summary>Copies a shard, and checks that it is as it was written.</summary>
    private async ValueTask CopyAsync(Shard shard, ReplacedFile output, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0, lines = 0;
        byte last = (byte)'\n';
        try
        {
            await using Stream text = Open(shard.Output);
            int read = await FillAsync(text, _block, cancellationToken).ConfigureAwait(false);
            while (read > 0)
            {
                // Reading, hashing and writing take about the same time.
                ReadOnlyMemory<byte> bytes = _block.AsMemory(0, read);
                Task hashing = Task.Run(() => hash.AppendData(bytes.Span), CancellationToken.None);
                Task<int> reading = Task.Run(
                    () => FillAsync(text, _next, cancellationToken).AsTask(), CancellationToken.None);
                try
                {
                    await output.WriteAsync(bytes).ConfigureAwait(false);
                    lines += bytes.Span.Count((byte)'\n');
                }
                finally
                {
                    await hashing.ConfigureAwait(false);
                    await Task.WhenAny(reading).ConfigureAwait(false);
                }

                length += read;
                last = bytes.Span[^1];
                read = await reading.ConfigureAwait(false);
                (_block, _next) = (_next, _block);
            }
        }
        catch (InvalidDataException e)
        {
            throw new ShardException(shard.Output, $"'{shard.Output}' is damaged: {e.Message} {Again(shard)}", e);
        }

        RequireAsWritten(shard, length, lines, last, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private Stream Open(string path)
    {
        IZstandard? zstandard = FindZstandard(path);
        CompressedFormat? format = CompressedFormat.Of(path);
        format?.RequireAvailable(zstandard);
        var file = new FileStream(path, new FileStreamOptions
        {
            Options = FileOptions.SequentialScan,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        return format?.Decompress(file, zstandard) ?? file;
    }

    private static async ValueTask<int> FillAsync(Stream stream, byte[] block, CancellationToken cancellationToken)
    {
        int length = 0;
        while (length < block.Length
            && await stream.ReadAsync(block.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            length += read;
        }

        return length;
    }

    private static void RequireAsWritten(Shard shard, long length, long lines, byte last, string sha256)
    {
        ShardFile says = shard.Says;
        string? problem =
            length < says.Length ? FormattableString.Invariant(
                $"is cut short: it has {length} bytes of text{(last == '\n' ? "" : ", the last line torn")}, and {says.Length} ")
                + "were written."
            : length > says.Length ? FormattableString.Invariant(
                $"was changed after it was written: it has {length} bytes of text, and {says.Length} were written.")
            : sha256 != says.Sha256 ? "was changed after it was written: its SHA-256 is different."
            : lines != says.Written ? FormattableString.Invariant(
                $"has {lines} lines, and {says.Written} embeddings were written.")
            : null;
        if (problem is not null)
            throw new ShardException(shard.Output, $"'{shard.Output}' {problem} {Again(shard)}");
    }

    private static string Again(Shard shard) => $"Make shard {shard.Says.ShardIndex} again.";

    /// <summary>Finds the file of a shard's rejected records.</summary>
    private static IEnumerable<(Shard Shard, string Path)> FindRejects(Shard shard)
    {
        ShardFile says = shard.Says;
        if (says.RejectFiles.Count == 0 && says.Rejected > 0)
        {
            throw new ShardException(
                shard.Output,
                $"shard {says.ShardIndex}, '{shard.Output}', rejected {says.Rejected} records without keeping them in a file. "
                + $"{Again(shard)} Or merge without a file of rejected records.");
        }

        if (says.RejectFiles.Count > 1)
        {
            throw new ShardException(
                shard.Output,
                $"shard {says.ShardIndex}, '{shard.Output}', kept its rejected records in {says.RejectFiles.Count} files, and "
                + "only one can be in the order of the input. Join them by hand, and merge without a file of rejected records.");
        }

        foreach (RejectFile rejects in says.RejectFiles)
        {
            string path = rejects.FullPath(shard.Output);
            if (!File.Exists(path))
            {
                throw new ShardException(
                    shard.Output,
                    $"'{path}', the rejected records of shard {says.ShardIndex}, does not exist. Put it there, or merge without "
                    + "a file of rejected records.");
            }

            yield return (shard, path);
        }
    }

    /// <summary>Writes the rejected records of all shards to one temporary file, which is then as private as theirs.</summary>
    private static void PrepareRejects(
        string path, IReadOnlyList<(Shard Shard, string Path)> rejects, CancellationToken cancellationToken)
    {
        string access = File.Exists(path) || rejects.Count == 0 ? path : rejects[0].Path;
        BesideFile.Prepare(path, access, joined =>
        {
            foreach ((Shard shard, string file) in rejects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var records = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                byte[] block = new byte[64 * 1024];
                while (records.Read(block) is > 0 and var read)
                {
                    hash.AppendData(block, 0, read);
                    joined.Write(block, 0, read);
                }

                if (Convert.ToHexStringLower(hash.GetHashAndReset()) != shard.Says.RejectFiles[0].Sha256)
                {
                    throw new ShardException(
                        shard.Output,
                        $"'{file}', the rejected records of shard {shard.Says.ShardIndex}, was changed after it was written. "
                        + $"{Again(shard)} Or merge without a file of rejected records.");
                }
            }
        });
    }

    /// <summary>The first embedding of all shards; <see langword="null"/> if all shards are empty.</summary>
    private async ValueTask<CodeEmbedding?> FindFirstAsync(ShardSet set, CancellationToken cancellationToken)
    {
        if (set.Shards.FirstOrDefault(shard => shard.Says.Written > 0) is not { } first)
            return null;

        var reader = new JsonlEmbeddingReader(first.Output) { Zstandard = FindZstandard(first.Output) };
        await foreach (Outcome<CodeEmbedding> record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            return record.IsRejected ? throw record.Rejected.Reason : record.Value;

        return null;
    }

    /// <summary>Checks that no file that is written is also read.</summary>
    private static void RequireUnused(ShardSet set, string output, string? rejectFile)
    {
        HashSet<FileIdentity?> written = [.. JsonlEmbeddingWriter.FilesOf(output).Select(FileIdentity.Of)];
        string[] ofRejects = rejectFile is null ? [] : [rejectFile, BesideFile.UnfinishedPathFor(rejectFile)];
        foreach (string file in ofRejects)
        {
            if (!written.Add(FileIdentity.Of(file)))
                throw new IOException($"'{file}' is needed to make '{output}'. Name another file for the rejected records.");
        }

        foreach (Shard shard in set.Shards)
        {
            string[] read =
            [
                shard.Output,
                ShardFile.PathFor(shard.Output),
                IndexModel.PathFor(shard.Output),
                .. shard.Says.RejectFiles.Select(file => file.FullPath(shard.Output)),
                .. shard.Says.Inputs.Select(input => input.Path),
            ];
            foreach (string file in read)
            {
                if (FileIdentity.Of(file) is { } identity && written.Contains(identity))
                    throw new IOException($"'{file}' belongs to shard {shard.Says.ShardIndex}. Write to another file.");
            }
        }
    }
}
