namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>The stage that changes a text before it is split. For several threads at once.</summary>
internal abstract class Normalizer
{
    /// <summary>All that decides what it does, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Whether it makes letters lower case.</summary>
    public virtual bool Lowercases => false;

    /// <summary>Normalizes a text without lone surrogates.</summary>
    /// <exception cref="TimeoutException">A pattern takes too long.</exception>
    public abstract string Normalize(string text);

    /// <summary>
    ///   Whether the first character of what it makes of any text, unless that is <paramref name="space"/>, comes from the text's
    ///   first.
    /// </summary>
    /// <param name="space">The character that stands for a space.</param>
    public virtual bool KeepsBeginning(string space) => true;

    /// <summary>What it is where tokenizer_config.json is beside tokenizer.json, if it is not in a Sequence.</summary>
    public virtual Normalizer Configure(TokenizerConfig config) => this;
}
