namespace CodeEmbed.PowerShell.Engine;

/// <summary>Makes readers of source files. The parsers are loaded when the first one is made.</summary>
internal static class SourceEngine
{
    private static readonly Adapter Sources = new("sources", "CodeEmbed.Sources");

    /// <summary>Makes a reader.</summary>
    /// <exception cref="EmbeddingOptionException">The maximum length leaves no room for code.</exception>
    /// <exception cref="FileNotFoundException">The module's folder is not complete.</exception>
    public static ISourceReader Create(SourceReaderOptions options) => Sources.Make<ISourceReader>("SourceReader", options);
}
