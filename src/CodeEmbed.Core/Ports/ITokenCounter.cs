namespace CodeEmbed;

/// <summary>The port that counts how many tokens of a text a model sees.</summary>
/// <remarks>An implementation can be called from several threads at once.</remarks>
public interface ITokenCounter
{
    /// <summary>How many tokens the model sees of a snippet at most, the special ones and its prompt included.</summary>
    int MaxLength { get; }

    /// <summary>Counts the tokens of a text that is not cut, the special ones and the model's prompt included.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    int Count(ReadOnlySpan<char> text, CancellationToken cancellationToken = default);
}
