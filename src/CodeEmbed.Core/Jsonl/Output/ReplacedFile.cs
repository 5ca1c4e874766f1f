using System.Runtime.Versioning;
using CodeEmbed.Files;
using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Numpy;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Jsonl.Output;

/// <summary>
///   Lines go, not compressed, to <c>&lt;target&gt;.partial</c>, which replaces the target at the end. Until then the target
///   is unchanged.
/// </summary>
internal sealed class ReplacedFile : IOutputFile, IDisposable
{
    private readonly string _target;
    private readonly PartialFile _partial;
    private readonly bool _mayReplace;
    private readonly JsonlWriterOptions _options;
    private SafeFileHandle? _replaced;

    /// <summary>Opens the partial file.</summary>
    /// <param name="target">The file to make.</param>
    /// <param name="options">Whether to continue or drop the partial file of an interrupted run.</param>
    /// <exception cref="IOException">
    ///   There is such a file, and the options do not say what to do with it; or another run writes to it.
    /// </exception>
    public ReplacedFile(string target, JsonlWriterOptions options)
    {
        _target = target;
        _mayReplace = !options.NoClobber && !options.Append;
        _options = options;
        _replaced = HoldTarget();
        try
        {
            _partial = new PartialFile(PartialPathFor(target), target, options.Resume);
            if (_partial.LengthBefore > 0 && !options.Resume && !options.Force)
            {
                throw new OutputException(
                    OutputProblem.Unfinished, $"'{Path}' holds the finished part of a run that did not reach its end.");
            }

            if (options.Database is not null || StoreFormat.Of(target) is not null)
                Rows = new RowOutput(Path);

            if (options.Database is not null || !NumpyFiles.IsOne(target))
                return;

            Numpy = new NumpyOutput(target, options);
            _replaced ??= HoldTarget();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The path of a target's partial file.</summary>
    public static string PartialPathFor(string target) => target + ".partial";

    /// <summary>The path of the file in which a target is packed: compressed, or converted to a store.</summary>
    public static string PackedPathFor(string target) => target + ".compressed";

    /// <inheritdoc/>
    public string Path => _partial.Path;

    /// <summary>Whether the file holds lines of an interrupted run.</summary>
    public bool HoldsResumable => _partial.LengthBefore > 0;

    /// <summary>Whether there is anything in the partial file.</summary>
    public bool HoldsAny => _partial.HoldsAny;

    /// <summary>Makes a binary index from the lines, if the target is one.</summary>
    public NumpyOutput? Numpy { get; }

    /// <summary>Makes rows from the lines, if the target is a store or a table of a database.</summary>
    public RowOutput? Rows { get; }

    /// <summary>Called right before a file replaces the target.</summary>
    public Action? TakingPlace { get; set; }

    /// <summary>Reads the lines that an interrupted run left in the partial file.</summary>
    public Stream OpenResumed() => _partial.OpenResumed();

    /// <summary>Whether these bytes come next in the lines of an interrupted run, after those that were written.</summary>
    public bool ComesNext(ReadOnlySpan<byte> bytes) => _partial.ComesNext(bytes);

    /// <summary>Drops the lines of an earlier run, unless this run continues them.</summary>
    public void DropUnlessResuming() => _partial.DropUnlessResuming();

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> line)
    {
        _partial.Write(line.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Drops everything in the partial file, which is then removed: half of such an output is of no use.</summary>
    public void Discard() => _partial.Discard();

    /// <summary>Flushes the written lines to disk, and checks that their file still exists.</summary>
    /// <exception cref="IOException">The file was deleted or replaced.</exception>
    public void Flush()
    {
        _partial.Flush();
        _partial.RequireInPlace();
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        _partial.Complete(isFinal: Numpy is null && _options.Database is null && !FileAdapters.IsPacked(_target));
        if (Numpy is not null)
        {
            await MakeIndexAsync(Numpy, cancellationToken).ConfigureAwait(false);
            DropPartial();
            return;
        }

        if (_options.Database is { } database)
        {
            _partial.RequireInPlace();
            await database.WriteAsync(Rows!.Header, stop => Rows.ReadAsync(_partial.OpenRead(), stop), cancellationToken)
                .ConfigureAwait(false);
            DropPartial();
            return;
        }

        if (!FileAdapters.IsPacked(_target))
        {
            _partial.RequireInPlace();
            HoldPresentTarget();
            if (OperatingSystem.IsWindows())
                _partial.Close();
            else if (File.Exists(_target))
                _partial.TakeAccessOf(_target);

            TakePlace(Path);
            Dispose();
            return;
        }

        await PackAsync(PackedPathFor(_target), cancellationToken).ConfigureAwait(false);
        DropPartial();
    }

    /// <summary>Closes the partial file. Unless it is empty, it stays if the output was not completed.</summary>
    public void Dispose()
    {
        _partial?.Dispose();
        _replaced?.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    ///   Removes the partial file, because the output is complete. If that fails, the output counts all the same: the next run to
    ///   the target says that the file is there.
    /// </summary>
    private void DropPartial()
    {
        bool isOwn = _partial.IsInPlace;
        if (OperatingSystem.IsWindows())
            Dispose();

        try
        {
            if (isOwn)
                File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // See above.
        }

        Dispose();
    }

    /// <summary>Makes a binary index from the written lines, and puts its files in place.</summary>
    private async ValueTask MakeIndexAsync(NumpyOutput index, CancellationToken cancellationToken)
    {
        try
        {
            await using (Stream lines = _partial.OpenRead())
                await index.WriteAsync(lines, cancellationToken).ConfigureAwait(false);

            _partial.RequireInPlace();
            HoldPresentTarget();
            index.PlaceRecords();
            TakePlace(index.NewVectors);
            index.Complete();
        }
        finally
        {
            index.Discard();
        }
    }

    /// <summary>Packs the written lines, and replaces the target with them.</summary>
    private async ValueTask PackAsync(string packed, CancellationToken cancellationToken)
    {
        // A killed run may have left it. The new file is made only if none exists, so that no link is followed.
        File.Delete(packed);
        FileStream file = TargetAccess.OpenBeside(_target, packed, FileMode.CreateNew);
        FileIdentity made = FileStatus.Of(file.SafeFileHandle, packed).Identity;
        try
        {
            if (StoreFormat.Of(_target) is { } format)
            {
                // A library opens the file by its path.
                await file.DisposeAsync().ConfigureAwait(false);
                await Rows!.WriteAsync(_options.Store!, format, packed, _partial.OpenRead(), cancellationToken)
                    .ConfigureAwait(false);
                file = new FileStream(packed, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            else
            {
                await using Stream lines = _partial.OpenRead();
                await using Stream compressed = CompressedFormat.Of(_target)!.Compress(file, _options.Zstandard);
                await lines.CopyToAsync(compressed, cancellationToken).ConfigureAwait(false);
            }

            file.Flush(flushToDisk: true);
            if (FileIdentity.Of(packed) != made || !FileStatus.LeadsTo(packed, file.SafeFileHandle))
            {
                throw new OutputException(
                    OutputProblem.CompressedLost,
                    $"'{packed}', in which the output was packed, was deleted or replaced by another program.");
            }

            _partial.RequireInPlace();
            HoldPresentTarget();
            if (OperatingSystem.IsWindows())
                await file.DisposeAsync().ConfigureAwait(false);
            else if (File.Exists(_target))
                TargetAccess.Give(_target, file.SafeFileHandle, packed);

            TakePlace(packed);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            if (FileIdentity.Of(packed) == made)
                File.Delete(packed);

            throw;
        }
        finally
        {
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Opens the target, if there is one, so that no run adds to it meanwhile; others may read it.</summary>
    /// <exception cref="IOException">Another run adds to it.</exception>
    private SafeFileHandle? HoldTarget()
    {
        try
        {
            return File.Exists(_target)
                ? File.OpenHandle(_target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException e) when (HeldFile.IsSaidBy(e))
        {
            throw HeldFile.Describe(_target, e);
        }
        catch (UnauthorizedAccessException)
        {
            // It may be replaced anyway, and a run that adds to it must be able to read it.
            return null;
        }
    }

    /// <summary>Opens a target that has appeared or changed since the start, if it may be replaced.</summary>
    /// <exception cref="IOException">It may not be replaced, or a run adds to it.</exception>
    private void HoldPresentTarget()
    {
        if (_replaced is null && !_mayReplace && File.Exists(_target))
        {
            throw new OutputException(
                OutputProblem.Exists,
                "it did not exist when the run began, and exists now. The partial file holds the finished embeddings.");
        }

        if (_replaced is not null && FileStatus.LeadsTo(_target, _replaced))
            return;

        _replaced?.Dispose();
        _replaced = HoldTarget();
    }

    /// <summary>Replaces the target with a file, which keeps the target's access list and attributes on Windows.</summary>
    private void TakePlace(string file)
    {
        TakingPlace?.Invoke();
        if (!OperatingSystem.IsWindows())
        {
            File.Move(file, _target, overwrite: _mayReplace || _replaced is not null);
            return;
        }

        _replaced?.Dispose();
        if (File.Exists(_target))
            ReplaceOnWindows(file);
        else
            File.Move(file, _target);
    }

    /// <summary>
    ///   Windows replaces no file that is read-only, or that a program has open without allowing its deletion.
    /// </summary>
    [SupportedOSPlatform("windows")]
    private void ReplaceOnWindows(string file)
    {
        FileAttributes attributes = File.GetAttributes(_target);
        File.SetAttributes(_target, attributes & ~FileAttributes.ReadOnly);
        try
        {
            File.Replace(file, _target, destinationBackupFileName: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"'{_target}' cannot be replaced: {FileError.OfWriting(e, _target).Problem} Another program may have it open. "
                + "Close it there, and continue with -Resume.",
                e);
        }
        finally
        {
            File.SetAttributes(_target, attributes);
        }
    }
}
