namespace CodeEmbed.HelpBuilder;

/// <summary>The page of a cmdlet.</summary>
internal sealed record HelpPage
{
    /// <summary>The page's file.</summary>
    public required string File { get; init; }

    /// <summary>The synopsis: what the cmdlet does, in a sentence.</summary>
    public required string Synopsis { get; init; }

    /// <summary>The full description.</summary>
    public required IReadOnlyList<TextBlock> Description { get; init; }

    /// <summary>The examples.</summary>
    public required IReadOnlyList<HelpExample> Examples { get; init; }

    /// <summary>The line of the heading above the parameters.</summary>
    public required int ParametersLine { get; init; }

    /// <summary>The parameters, by name, without the dash.</summary>
    public required IReadOnlyList<HelpItem> Parameters { get; init; }

    /// <summary>The types of pipeline input.</summary>
    public required IReadOnlyList<HelpItem> Inputs { get; init; }

    /// <summary>The line of the heading above the outputs.</summary>
    public required int OutputsLine { get; init; }

    /// <summary>The output types.</summary>
    public required IReadOnlyList<HelpItem> Outputs { get; init; }

    /// <summary>The notes.</summary>
    public required IReadOnlyList<TextBlock> Notes { get; init; }

    /// <summary>The related links.</summary>
    public required IReadOnlyList<string> RelatedLinks { get; init; }
}
