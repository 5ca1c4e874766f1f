using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using CodeEmbed.Jsonl;
using CodeEmbed.PowerShell.Errors;
using CodeEmbed.PowerShell.Runs;
using CodeEmbed.Runs;

namespace CodeEmbed.PowerShell.Commands;

/// <summary>
///   The base of the cmdlets: the run that they are part of, stopping, waiting for asynchronous work, and errors.
/// </summary>
/// <remarks>
///   A pipeline that is stopped by Ctrl+C calls <see cref="StopProcessing"/> and <see cref="Dispose()"/>; one that is stopped by
///   <c>Select-Object -First</c>, or by an error, calls only <see cref="Dispose()"/>.
/// </remarks>
public abstract class CodeEmbedCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private PipelineRun? _run;

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <summary>The run of the pipeline that the cmdlet is in, once it has joined it.</summary>
    private protected PipelineRun Run => _run?.Whole ?? throw new InvalidOperationException("The cmdlet has not joined a run.");

    /// <summary>
    ///   Whether the objects come directly from another cmdlet of the module, so that nothing can have changed them.
    /// </summary>
    private protected bool GetsUntouched => Run.IsFollower(this);

    /// <summary>
    ///   Whether the objects go only to another cmdlet of the module, so that nothing else sees them. Ask once records come:
    ///   until then not every cmdlet has begun.
    /// </summary>
    private protected bool PassesUnseen => Run.IsFollowed(this)
        && !MyInvocation.BoundParameters.ContainsKey("OutVariable")
        && !MyInvocation.BoundParameters.ContainsKey("PipelineVariable");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It is called from another thread, and the pipeline may just have reached its end.
        }
    }

    /// <summary>Frees what the cmdlet holds.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;

        Interlocked.Exchange(ref _run, null)?.Whole.Leave();
        _stop.Dispose();
    }

    /// <summary>Does work that may throw the library's exceptions, and turns one into a terminating error.</summary>
    /// <typeparam name="T">The result of the work.</typeparam>
    /// <param name="work">
    ///   The work. It must not write objects to the pipeline: an exception of another cmdlet is not the work's.
    /// </param>
    /// <param name="describeFileError">Makes the record for a file that cannot be read or written.</param>
    /// <returns>The result of the work.</returns>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped.</exception>
    protected T RunOrFail<T>(Func<ValueTask<T>> work, Func<Exception, ErrorRecord>? describeFileError = null)
    {
        try
        {
            // AsTask: a ValueTask may be blocked on only once it is complete.
            return work().AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (CodeEmbedException e)
        {
            Fail(e);
            throw;
        }
        catch (Exception e) when (describeFileError is not null && IsFileError(e))
        {
            Fail(describeFileError(e));
            throw;
        }
    }

    /// <summary>Does work that may throw the library's exceptions, and turns one into a terminating error.</summary>
    /// <param name="work">The work. It must not write to the pipeline: an error from there is not the work's.</param>
    /// <param name="describeFileError">Makes the record for a file that cannot be read or written.</param>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped.</exception>
    protected void DoOrFail(Action work, Func<Exception, ErrorRecord> describeFileError) => RunOrFail(
        () =>
        {
            work();
            return ValueTask.FromResult(true);
        },
        describeFileError);

    /// <summary>
    ///   The switch with which such an error does not end the pipeline; <see langword="null"/> if it was given, or does not
    ///   help.
    /// </summary>
    /// <param name="error">The error.</param>
    private protected virtual string? SkipSwitch(CodeEmbedException error) => null;

    /// <summary>Whether the records come from files, and not as objects from the pipeline.</summary>
    private protected virtual bool ReadsFiles => false;

    /// <summary>Joins the run of the pipeline. Call it first in BeginProcessing.</summary>
    /// <param name="embeds">Whether the cmdlet embeds.</param>
    private protected void JoinRun(bool embeds = false) =>
        _run = PipelineRun.Join(MyInvocation.PipelineLength, MyInvocation.PipelinePosition, this, embeds);

    /// <summary>The shard that the parameters ask for; <see langword="null"/> for the whole input.</summary>
    /// <param name="index">Which shard, if it was given.</param>
    /// <param name="count">How many there are, if it was given.</param>
    private protected ShardParameters? FindShard(int? index, int? count) =>
        RunOrFail(() => ValueTask.FromResult(ShardParameters.Of(index, count)));

    /// <summary>Opens the file for the records that the cmdlet rejects.</summary>
    /// <param name="path">A PowerShell path, or <see langword="null"/> if no file is wanted.</param>
    private protected JsonlRejectWriter? OpenRejects(string? path)
    {
        if (path is null)
            return null;

        string? file = ResolveFile(path, out string problem);
        if (file is null)
            Fail(ErrorRecords.FileWrite(new IOException(problem), path));

        return RunOrFail(() => ValueTask.FromResult(Run.OpenRejects(file)), e => ErrorRecords.FileWrite(e, file));
    }

    /// <summary>Ends the file for the records that were rejected.</summary>
    /// <param name="rejects">The file, if there is one.</param>
    private protected void CompleteRejects(JsonlRejectWriter? rejects)
    {
        if (rejects is null)
            return;

        DoOrFail(rejects.Complete, e => ErrorRecords.FileWrite(e, rejects.Path));
    }

    /// <summary>Rejects a record: counts it, keeps it, and writes an error that does not end the pipeline.</summary>
    /// <param name="record">The record.</param>
    /// <param name="rejects">Where it is kept, if anywhere.</param>
    private protected void Reject(RejectedRecord record, JsonlRejectWriter? rejects)
    {
        Run.CountRejected();
        if (rejects is not null)
        {
            DoOrFail(() => rejects.Write(record), e => ErrorRecords.FileWrite(e, rejects.Path));
        }

        WriteError(ErrorRecords.From(record.Reason, SkipSwitch(record.Reason)));
    }

    /// <summary>Whether an exception is one that .NET throws if a file cannot be used; the last is for devices.</summary>
    /// <param name="error">The exception.</param>
    protected static bool IsFileError(Exception error) =>
        error is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>Whether the user wants to see nothing of a stream.</summary>
    /// <param name="parameter">The common parameter that says so for this call.</param>
    /// <param name="variable">The preference variable that says so elsewhere.</param>
    private protected bool IsSilent(string parameter, string variable)
    {
        object? value = MyInvocation.BoundParameters.GetValueOrDefault(parameter) ?? GetVariableValue(variable);
        return LanguagePrimitives.TryConvertTo(value, out ActionPreference preference)
            && preference is ActionPreference.SilentlyContinue or ActionPreference.Ignore;
    }

    /// <summary>
    ///   Ensures that a cmdlet whose paths come from the pipeline got one: otherwise the pipeline would replace its output with
    ///   nothing.
    /// </summary>
    /// <param name="anyCame">Whether one came.</param>
    private protected void RequirePath(bool anyCame)
    {
        if (!anyCame && MyInvocation.ExpectingInput && Run.Outputs.Count > 0)
            Fail(ErrorRecords.NoPath());
    }

    /// <summary>Whether a path names one file or folder, rather than that a search or a pattern found it.</summary>
    /// <param name="path">A PowerShell path that the cmdlet was given.</param>
    /// <param name="literal">Whether no character in it is a wildcard.</param>
    private protected bool IsNamed(string path, bool literal) =>
        !MyInvocation.ExpectingInput && (literal || !WildcardPattern.ContainsWildcardCharacters(path));

    /// <summary>
    ///   The full path of a file or folder that need not exist, or <see langword="null"/> if the path is not a file's.
    /// </summary>
    /// <param name="path">A PowerShell path.</param>
    /// <param name="problem">Why it is not one.</param>
    protected string? ResolveFile(string path, out string problem) => FileSystemPath.Find(SessionState.Path, path, out problem);

    /// <summary>Ends the pipeline with an error, which names the partial files of the outputs that are open.</summary>
    /// <param name="error">The error.</param>
    [DoesNotReturn]
    protected void Fail(CodeEmbedException error)
    {
        IReadOnlyList<string> partialFiles = PipelineRun.NamePartialFiles();
        error.PartialFile = partialFiles.Count > 0 ? partialFiles[0] : null;
        Terminate(ErrorRecords.From(error, SkipSwitch(error)), partialFiles, named: 1);
    }

    /// <summary>Ends the pipeline with an error, which names the partial files of the outputs that are open.</summary>
    /// <param name="error">The error.</param>
    [DoesNotReturn]
    protected void Fail(ErrorRecord error) => Terminate(error, PipelineRun.NamePartialFiles(), named: 0);

    [DoesNotReturn]
    private void Terminate(ErrorRecord error, IReadOnlyList<string> partialFiles, int named)
    {
        foreach (string partialFile in partialFiles.Skip(named))
            error = ErrorRecords.Extend(error, CodeEmbedException.DescribePartialFile(partialFile));

        bool isResumable = partialFiles.Count > 0 && ErrorRecords.MayBeResumed(error.Exception, ReadsFiles);
        ThrowTerminatingError(isResumable ? ErrorRecords.Extend(error, ErrorRecords.HowToResume) : error);

        // PowerShell's reference assembly does not say that the call above never returns.
        throw new UnreachableException();
    }
}
