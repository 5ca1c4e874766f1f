namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>The stage that changes a text before it is split. Thread-safe.</summary>
internal abstract class Normalizer
{
    /// <summary>Everything that affects its result, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Whether it lower-cases letters.</summary>
    public virtual bool Lowercases => false;

    /// <summary>Normalizes a text without lone surrogates.</summary>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    public abstract string Normalize(string text);

    /// <summary>
    ///   Whether the first character of its result for any text, unless that is <paramref name="space"/>, comes from the text's
    ///   first.
    /// </summary>
    /// <param name="space">The character that represents a space.</param>
    public virtual bool KeepsBeginning(string space) => true;

    /// <summary>Its form if there is a tokenizer_config.json next to tokenizer.json and it is not in a Sequence.</summary>
    public virtual Normalizer Configure(TokenizerConfig config) => this;
}
