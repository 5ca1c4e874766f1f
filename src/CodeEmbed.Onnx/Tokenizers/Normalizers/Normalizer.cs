namespace CodeEmbed.Onnx.Tokenizers.Normalizers;

/// <summary>The stage that changes a text before it is split. For several threads at once.</summary>
internal abstract class Normalizer
{
    /// <summary>All that decides what it does, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Normalizes a text without lone surrogates.</summary>
    public abstract string Normalize(string text);

    /// <summary>What it is where tokenizer_config.json is beside tokenizer.json, if it is not in a Sequence.</summary>
    public virtual Normalizer Configure(TokenizerConfig config) => this;
}
