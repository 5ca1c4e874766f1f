namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   The stage that splits a text into words: the model makes no token across two of them. For several threads at once.
/// </summary>
internal abstract class PreTokenizer
{
    /// <summary>All that decides what it does, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Whether the words are bytes to what comes after it: it is <see cref="ByteLevelPreTokenizer"/>.</summary>
    public virtual bool GivesBytes => false;

    /// <summary>Splits a text that is not empty and has no lone surrogates.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The words, none of them empty, in order.</returns>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public abstract IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken);

    /// <summary>Whether it splits the beginning of a text in a way of its own.</summary>
    public virtual bool MindsBeginning => false;

    /// <summary>Splits a text as <see cref="Split"/> does, if it is the beginning of what is encoded.</summary>
    /// <inheritdoc cref="Split"/>
    public virtual IEnumerable<ReadOnlyMemory<char>> SplitBeginning(
        ReadOnlyMemory<char> text, CancellationToken cancellationToken) => Split(text, cancellationToken);

    /// <summary>What it is where tokenizer_config.json is beside tokenizer.json, if it is not in a Sequence.</summary>
    public virtual PreTokenizer Configure(TokenizerConfig config) => this;
}
