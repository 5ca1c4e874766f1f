using System.Collections.Concurrent;
using CodeEmbed.Sources.Grammars;

namespace CodeEmbed.Sources.Outlines;

/// <summary>Parses with the grammars of tree-sitter, each loaded when its language first occurs.</summary>
internal sealed class TreeSitterParser : ISourceParser
{
    private static readonly Dictionary<string, Grammar> Known = KnownGrammars.All.ToDictionary(grammar => grammar.Language);
    private static readonly ConcurrentDictionary<string, Lazy<LoadedGrammar>> Loaded = new();

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Languages => Known.Keys;

    /// <inheritdoc/>
    public SourceOutline? Parse(string text, string language, CancellationToken cancellationToken = default)
    {
        try
        {
            LoadedGrammar grammar =
                Loaded.GetOrAdd(language, name => new Lazy<LoadedGrammar>(() => new LoadedGrammar(Known[name]))).Value;
            return grammar.Parse(text, nodes => OutlineBuilder.Build(grammar.Nodes, text, nodes), cancellationToken);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // On a system that Wasmtime has no library for, code is split like text.
            return null;
        }
    }
}
