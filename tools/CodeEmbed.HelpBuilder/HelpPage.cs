namespace CodeEmbed.HelpBuilder;

/// <summary>The page of a cmdlet.</summary>
internal sealed record HelpPage
{
    /// <summary>The page's file.</summary>
    public required string File { get; init; }

    /// <summary>What the cmdlet does, in a sentence.</summary>
    public required string Synopsis { get; init; }

    /// <summary>What the cmdlet does, at length.</summary>
    public required IReadOnlyList<TextBlock> Description { get; init; }

    /// <summary>The examples.</summary>
    public required IReadOnlyList<HelpExample> Examples { get; init; }

    /// <summary>The line of the heading over the parameters.</summary>
    public required int ParametersLine { get; init; }

    /// <summary>The parameters, by their names without the dash.</summary>
    public required IReadOnlyList<HelpItem> Parameters { get; init; }

    /// <summary>The types that come down the pipeline.</summary>
    public required IReadOnlyList<HelpItem> Inputs { get; init; }

    /// <summary>The line of the heading over what is passed on.</summary>
    public required int OutputsLine { get; init; }

    /// <summary>The types that are passed on.</summary>
    public required IReadOnlyList<HelpItem> Outputs { get; init; }

    /// <summary>What else there is to know.</summary>
    public required IReadOnlyList<TextBlock> Notes { get; init; }

    /// <summary>Where to read on.</summary>
    public required IReadOnlyList<string> RelatedLinks { get; init; }
}
