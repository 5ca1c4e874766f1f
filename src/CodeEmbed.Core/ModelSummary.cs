namespace CodeEmbed;

/// <summary>What a model folder's files say about the model, without loading it.</summary>
public sealed record ModelSummary
{
    /// <summary>The architecture, as config.json names it; <see langword="null"/> if they do not say.</summary>
    public string? Architecture { get; init; }

    /// <summary>The length of its vectors; <see langword="null"/> if they do not say.</summary>
    public int? Dimensions { get; init; }

    /// <summary>
    ///   How many tokens of a snippet it sees by default; <see langword="null"/> if they do not say.
    /// </summary>
    public int? MaxLength { get; init; }
}
