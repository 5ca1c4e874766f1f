namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>The stage that turns a word into tokens. Thread-safe.</summary>
internal abstract class TokenizerModel
{
    /// <summary>The tokens and their ids.</summary>
    public abstract IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>Whether it reads words as bytes, as <see cref="PreTokenizers.ByteLevelPreTokenizer"/> produces them.</summary>
    public abstract bool ReadsBytes { get; }

    /// <summary>Everything that affects its result, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Encodes a word.</summary>
    /// <param name="word">The word, not empty and without lone surrogates.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public abstract void Encode(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken);
}
