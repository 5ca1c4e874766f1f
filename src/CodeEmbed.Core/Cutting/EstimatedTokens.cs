namespace CodeEmbed.Cutting;

/// <summary>
///   Estimates how many tokens a text has if no model is given: one for each four letters and digits begun in a run
///   of them, one for every other character that is not white space, one for each line end, and two for the whole.
/// </summary>
internal sealed class EstimatedTokens(int maxLength) : ITokenCounter
{
    private const int LettersInToken = 4, SpecialTokens = 2;

    /// <inheritdoc/>
    public int MaxLength => maxLength;

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<char> text, CancellationToken cancellationToken = default)
    {
        int tokens = SpecialTokens, run = 0;
        foreach (char letter in text)
        {
            if (char.IsAsciiLetterOrDigit(letter) || (letter >= 0x80 && char.IsLetterOrDigit(letter)))
            {
                // Letters that are not ASCII are rare in what tokenizers were trained on, and are mostly separate tokens.
                if (run == 0 || letter >= 0x80)
                    tokens++;

                run = (run + 1) % LettersInToken;
                continue;
            }

            run = 0;
            if (letter == '\n' || !char.IsWhiteSpace(letter))
                tokens++;
        }

        return tokens;
    }
}
