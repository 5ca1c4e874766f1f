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

    /// <summary>What it is where tokenizer_config.json is beside tokenizer.json, if it is not in a Sequence.</summary>
    public virtual PreTokenizer Configure(TokenizerConfig config) => this;
}
