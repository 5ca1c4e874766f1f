namespace CodeEmbed.Jsonl.Output;

/// <summary>
///   A file that lines are written to, and that counts only once it is complete. If it is disposed earlier, the written lines are
///   undone or kept aside.
/// </summary>
internal interface IOutputFile : IAsyncDisposable
{
    /// <summary>The file that the lines go to until the output is complete.</summary>
    string Path { get; }

    /// <summary>Writes a line, its end included.</summary>
    /// <exception cref="IOException">The line cannot be written; no part of it stays when the file is closed.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> line);

    /// <summary>Completes the output.</summary>
    /// <param name="cancellationToken">Stops before the output is complete.</param>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}
