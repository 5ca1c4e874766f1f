namespace CodeEmbed;

/// <summary>What a model folder's files say of the model, without loading it.</summary>
public sealed record ModelSummary
{
    /// <summary>The architecture, as config.json names it; <see langword="null"/> where nothing is said.</summary>
    public string? Architecture { get; init; }

    /// <summary>The length of its vectors; <see langword="null"/> where nothing is said.</summary>
    public int? Dimensions { get; init; }

    /// <summary>
    ///   How many tokens it sees of a snippet unless it is told otherwise; <see langword="null"/> where nothing is said.
    /// </summary>
    public int? MaxLength { get; init; }
}
