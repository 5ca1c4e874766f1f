namespace CodeEmbed.Onnx.Tokenizers.Models;

/// <summary>The stage that makes tokens of a word. For several threads at once.</summary>
internal abstract class TokenizerModel
{
    /// <summary>The tokens and their ids.</summary>
    public abstract IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>Whether it takes words for bytes, as <see cref="PreTokenizers.ByteLevelPreTokenizer"/> gives them.</summary>
    public abstract bool ReadsBytes { get; }

    /// <summary>All that decides what it does, for the fingerprint.</summary>
    public abstract string Identity { get; }

    /// <summary>Makes the ids of a word.</summary>
    /// <param name="word">The word, not empty and without lone surrogates.</param>
    /// <param name="ids">Gets the ids.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public abstract void Encode(ReadOnlySpan<char> word, List<int> ids, CancellationToken cancellationToken);
}
