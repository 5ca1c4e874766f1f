using System.Runtime.CompilerServices;

namespace CodeEmbed.Tests.Core;

/// <summary>Reads snippets from a list, and tells how many it has given out.</summary>
internal sealed class ListedSnippets(IEnumerable<CodeSnippet> snippets) : ISnippetReader
{
    /// <summary>How many snippets were given out.</summary>
    public int Given { get; private set; }

    public async IAsyncEnumerable<Outcome<CodeSnippet>> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (CodeSnippet snippet in snippets)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            Given++;
            yield return new Outcome<CodeSnippet>(snippet);
        }
    }
}
