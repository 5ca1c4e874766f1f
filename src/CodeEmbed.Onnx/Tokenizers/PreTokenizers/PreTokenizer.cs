namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   The stage that splits a text into words: tokens never span two words. Thread-safe.
/// </summary>
internal abstract class PreTokenizer
{
    /// <summary>Everything that affects its result, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Whether the next stage reads the words as bytes: it is <see cref="ByteLevelPreTokenizer"/>.</summary>
    public virtual bool GivesBytes => false;

    /// <summary>Splits a text that is not empty and has no lone surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The words, none of them empty, in order.</returns>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public abstract IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken);

    /// <summary>Whether it treats the beginning of a text differently.</summary>
    public virtual bool MindsBeginning => false;

    /// <summary>Splits a text as <see cref="Split"/> does, if it is the beginning of the encoded text.</summary>
    /// <inheritdoc cref="Split"/>
    public virtual IEnumerable<ReadOnlyMemory<char>> SplitBeginning(
        ReadOnlyMemory<char> text, CancellationToken cancellationToken) => Split(text, cancellationToken);

    /// <summary>Its form if there is a tokenizer_config.json next to tokenizer.json and it is not in a Sequence.</summary>
    public virtual PreTokenizer Configure(TokenizerConfig config) => this;
}
