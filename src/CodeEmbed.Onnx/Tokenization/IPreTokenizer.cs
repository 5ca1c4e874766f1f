namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Splits text before BPE, which then merges nothing across two pieces. For several threads at once.</summary>
internal interface IPreTokenizer
{
    /// <summary>All that decides where it splits, for the fingerprint.</summary>
    string Description { get; }

    /// <summary>Splits a text that is not empty and has no lone surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The pieces, none of them empty, in order.</returns>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    IReadOnlyList<(int Offset, int Length)> Split(string text, CancellationToken cancellationToken);
}
