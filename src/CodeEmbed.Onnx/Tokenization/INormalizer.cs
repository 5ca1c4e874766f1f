namespace CodeEmbed.Onnx.Tokenization;

/// <summary>Changes a text before it is split, as a normalizer of Hugging Face's tokenizers does.</summary>
internal interface INormalizer
{
    /// <summary>What it does, for the fingerprint.</summary>
    string Description { get; }

    /// <summary>Normalizes a text without lone surrogates.</summary>
    string Normalize(string text);
}
