using System.Buffers;
using System.Security.Cryptography;
using CodeEmbed.Files;
using CodeEmbed.Jsonl.Vectors;
using CodeEmbed.Numpy;

namespace CodeEmbed.Jsonl.Output;

/// <summary>
///   Makes a binary index from whole lines: a file of vectors, which is the target, and one of the records without them.
/// </summary>
/// <remarks>
///   First everything is written under temporary names. Then the records are put in place, then the vectors, then the stamp that
///   says which records belong to the vectors. So at any moment the target is the earlier index, the new one, or one whose stamp
///   contradicts its records, which is refused until the next run to the target has put the rest in place.
/// </remarks>
internal sealed class NumpyOutput
{
    private readonly string _target, _records, _newVectors, _newRecords, _newStamp;
    private readonly bool _force;
    private bool _hasBegun;

    /// <summary>
    ///   Checks the files that exist already, and finishes the work of a run that was killed while it put them in place.
    /// </summary>
    /// <param name="target">The file of vectors to make.</param>
    /// <param name="options">How to write.</param>
    /// <exception cref="IOException">The records would replace a file that does not belong to the target.</exception>
    public NumpyOutput(string target, JsonlWriterOptions options)
    {
        _target = target;
        _records = TargetFile.Resolve(NumpyFiles.RecordsFor(target));
        _newVectors = BesideFile.UnfinishedPathFor(target);
        _newRecords = BesideFile.UnfinishedPathFor(_records);
        _newStamp = BesideFile.UnfinishedPathFor(NumpyFiles.StampFor(target));
        _force = options.Force && !options.NoClobber;
        if (Directory.Exists(_records))
            throw new IOException($"'{_records}', to which the records would be written, is a folder.");

        EndInterrupted();
        if (!File.Exists(_records))
            return;

        if (!options.Force && (File.GetAttributes(_records) & FileAttributes.ReadOnly) != 0)
            throw new UnauthorizedAccessException($"'{_records}', to which the records would be written, is read-only.");

        if (!IsOwn())
            throw Foreign();
    }

    /// <summary>The length of the vectors; 0 before the first one.</summary>
    public int Dimensions { get; set; }

    /// <summary>The file of vectors, before it is put in place.</summary>
    public string NewVectors => _newVectors;

    /// <summary>The files that are written to make such a target, besides those of any target.</summary>
    public static IReadOnlyList<string> FilesOf(string target)
    {
        string records = TargetFile.Resolve(NumpyFiles.RecordsFor(target)), stamp = NumpyFiles.StampFor(target);
        return [records, BesideFile.UnfinishedPathFor(records), BesideFile.UnfinishedPathFor(target), stamp,
            BesideFile.UnfinishedPathFor(stamp)];
    }

    /// <summary>Checks that an embedding fits into one array with those before it.</summary>
    /// <exception cref="IOException">Its vector has another length.</exception>
    public void Require(CodeEmbedding embedding)
    {
        if (Dimensions == 0)
            Dimensions = embedding.Vector.Length;

        if (embedding.Vector.Length != Dimensions)
        {
            throw new OutputException(
                OutputProblem.SeveralModels,
                $"the vector of '{embedding.Id}' has {embedding.Vector.Length} numbers, and those before it have {Dimensions}: "
                + "a NumPy file holds vectors of one length. Write JSON Lines, or a file for each model.");
        }
    }

    /// <summary>Writes both files under temporary names, and flushes them to disk.</summary>
    /// <param name="lines">The lines of whole embeddings.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public async ValueTask WriteAsync(Stream lines, CancellationToken cancellationToken)
    {
        // A killed run may have left them. The new files are made only if none exist, so that no link is followed.
        Discard();
        using FileStream vectors = TargetAccess.OpenBeside(_target, _newVectors, FileMode.CreateNew);
        string access = File.Exists(_records) ? _records : _target;
        using FileStream records = TargetAccess.OpenBeside(access, _newRecords, FileMode.CreateNew);
        RecordsStamp stamp = await SplitAsync(lines, vectors, records, cancellationToken).ConfigureAwait(false);
        vectors.Flush(flushToDisk: true);
        records.Flush(flushToDisk: true);
        stamp = stamp with
        {
            Length = records.Length,
            LastWrite = File.GetLastWriteTimeUtc(records.SafeFileHandle),
        };
        using (FileStream file = TargetAccess.OpenBeside(access, _newStamp, FileMode.CreateNew))
        {
            stamp.Write(file);
            file.Flush(flushToDisk: true);
        }

        if (!FileStatus.LeadsTo(_newVectors, vectors.SafeFileHandle) || !FileStatus.LeadsTo(_newRecords, records.SafeFileHandle))
            throw new IOException($"'{_newVectors}' or '{_newRecords}' was deleted or replaced by another program.");

        if (OperatingSystem.IsWindows())
            return;

        if (File.Exists(_target))
            TargetAccess.Give(_target, vectors.SafeFileHandle, _newVectors);

        if (File.Exists(access))
            TargetAccess.Give(access, records.SafeFileHandle, _newRecords);
    }

    /// <summary>Puts the records in place, right before the vectors.</summary>
    /// <exception cref="IOException">The existing file does not belong to the target, or may not be replaced.</exception>
    public void PlaceRecords()
    {
        if (File.Exists(_records) && !IsOwn())
            throw Foreign();

        _hasBegun = true;
        File.Move(_newRecords, _records, overwrite: true);
    }

    /// <summary>Writes that the records and the vectors belong together.</summary>
    public void Complete() => File.Move(_newStamp, NumpyFiles.StampFor(_target), overwrite: true);

    /// <summary>Removes the temporary files, unless one is in place already: then the next run puts the rest in place.</summary>
    public void Discard()
    {
        if (_hasBegun)
            return;

        File.Delete(_newVectors);
        File.Delete(_newRecords);
        File.Delete(_newStamp);
    }

    /// <summary>
    ///   If a run was killed after its records were put in place, puts the vectors in place, and then the stamp. All of them
    ///   were on disk by then.
    /// </summary>
    private void EndInterrupted()
    {
        if (!File.Exists(_newStamp) || File.Exists(_newRecords) || !File.Exists(_records))
            return;

        RecordsStamp? stamp = RecordsStamp.Read(_newStamp, out _);
        if (stamp is null || stamp.Sha256 != RecordsStamp.Of(_records).Sha256)
            return;

        if (File.Exists(_newVectors))
            File.Move(_newVectors, _target, overwrite: true);

        File.Move(_newStamp, NumpyFiles.StampFor(_target), overwrite: true);
    }

    private bool IsOwn() => _force || File.Exists(_target);

    private IOException Foreign() => new(
        $"the records would replace '{_records}', which does not belong to it: '{_target}' does not exist. "
        + $"Name another file, or first move '{Path.GetFileName(_records)}' away.");

    private async ValueTask<RecordsStamp> SplitAsync(
        Stream lines, FileStream vectors, FileStream records, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var vectorBytes = new ArrayBufferWriter<byte>();
        var recordBytes = new ArrayBufferWriter<byte>();
        var vector = new float[Dimensions];
        long count = 0;

        // The shape is filled in at the end.
        vectors.Write(NumpyHeader.Make(0, Dimensions));
        var blocks = new LineBlocks(lines);
        while (await blocks.ReadAsync(cancellationToken).ConfigureAwait(false) is { } block)
        {
            using (block)
            {
                vectorBytes.ResetWrittenCount();
                recordBytes.ResetWrittenCount();
                count += LineSplit.Split(block, vector, vectorBytes, recordBytes);
            }

            vectors.Write(vectorBytes.WrittenSpan);
            records.Write(recordBytes.WrittenSpan);
            hash.AppendData(recordBytes.WrittenSpan);
        }

        RandomAccess.Write(vectors.SafeFileHandle, NumpyHeader.Make(count, Dimensions), 0);
        return RecordsStamp.Make(Path.GetFileName(_records), count, hash);
    }
}
