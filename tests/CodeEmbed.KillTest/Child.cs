using System.Diagnostics;

namespace CodeEmbed.KillTest;

/// <summary>A child process that runs the pipeline.</summary>
internal sealed class Child : IDisposable
{
    private const int OnlyNonTerminatingErrors = 2;

    private static readonly int KilledExitCode = OperatingSystem.IsWindows() ? -1 : 128 + 9;

    private readonly Process _process;
    private readonly ChildKind _kind;
    private readonly bool _isShard;

    /// <summary>Starts the process.</summary>
    public Child(ChildKind kind, RunFiles files)
    {
        _kind = kind;
        _isShard = files.Shard is not null;
        string[] arguments = kind == ChildKind.Host
            ? [Build.Host, Script(files)]
            : [Build.Self, "library", files.Model, files.Input, files.Target, files.Rejects, Reuse(files)];
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        };
        _process.OutputDataReceived += (_, line) => Report.Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Report.Add(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its report so far.</summary>
    public ChildReport Report { get; } = new();

    /// <summary>Whether it has exited.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Kills the process, and waits until it is gone and all its output was read.</summary>
    /// <returns>Whether it was killed before it exited on its own.</returns>
    public async Task<bool> KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        if (_process.ExitCode == KilledExitCode)
            return true;

        RequireSuccess();
        return false;
    }

    /// <summary>Waits until it exits on its own.</summary>
    public async Task WaitAsync()
    {
        await _process.WaitForExitAsync();
        RequireSuccess();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();

        _process.Dispose();
    }

    private static string Reuse(RunFiles files) => files.Earlier is null ? LibraryRun.Fresh : LibraryRun.Reuse;

    private static string Script(RunFiles files) =>
        $"Import-CodeSnippet '{files.Input}' -SkipInvalid -RejectPath '{files.Rejects}' "
        + (files.Shard is var (index, count) ? $"-ShardIndex {index} -ShardCount {count} | " : "| ")
        + $"ConvertTo-CodeEmbedding -Model '{files.Model}' -Threads {LibraryRun.Threads} -BatchSize {LibraryRun.BatchSize} "
        + $"-SkipFailed -RejectPath '{files.Rejects}' -Verbose "
        + (files.Earlier is null ? "| " : $"-ReuseFrom '{files.Target}' | ")
        + $"Export-CodeEmbedding '{files.Target}' -Resume";

    /// <summary>
    ///   The host reports that there were errors that did not end the pipeline: the lines that are not snippets. A shard may have
    ///   none.
    /// </summary>
    private void RequireSuccess()
    {
        bool isExpected = _process.ExitCode == (_kind == ChildKind.Host ? OnlyNonTerminatingErrors : 0)
            || (_isShard && _process.ExitCode == 0);
        if (!isExpected || Report.Errors.Length > 0)
            throw new KillTestException($"a run ended with exit code {_process.ExitCode}: {Report.Errors}");
    }
}
